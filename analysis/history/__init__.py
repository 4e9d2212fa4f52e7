"""A training over its checkpoints: what each epoch makes of its images, on aligned maps."""

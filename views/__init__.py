"""What a person sees: one file a panel, none imports another."""

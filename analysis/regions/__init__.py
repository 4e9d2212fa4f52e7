"""What the network would say between the samples of a map, and how faithful that is."""

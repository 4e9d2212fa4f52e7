"""What is known of a layer beyond its description: place, weights, feature maps, times."""

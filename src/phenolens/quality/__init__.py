"""Quality of images: focus, saturation, emptiness, debris, uneven light; flags, nothing dropped."""

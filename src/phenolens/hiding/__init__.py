"""What is taken out of images before they are embedded again: cells, their surroundings."""

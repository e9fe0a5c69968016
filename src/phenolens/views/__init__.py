"""Which images are a positive pair, and how views are cropped from them and augmented."""

"""Which images may stand as one positive pair, and how they are cropped and augmented."""

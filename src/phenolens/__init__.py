"""phenolens."""

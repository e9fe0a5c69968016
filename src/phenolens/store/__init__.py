"""The pixel store: prepared images, their intensity limits, and a few examples."""

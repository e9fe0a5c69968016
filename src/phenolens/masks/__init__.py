"""Masks: where in an image nuclei, cells and the background are."""

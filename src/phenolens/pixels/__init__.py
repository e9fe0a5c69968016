"""Pixel steps: which images and channels of a screen are used, and how their pixels are changed."""

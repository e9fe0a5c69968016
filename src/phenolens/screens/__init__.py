"""Screens: one file per layout, each turning a folder into a Screen."""

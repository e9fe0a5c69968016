"""Explanations: what a representation looked at; one file, one entry of the catalogue."""

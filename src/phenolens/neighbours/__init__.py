"""Neighbours: which rows are near, which may be compared, and how queries rank the others."""

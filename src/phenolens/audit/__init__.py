"""Audit: whether a score is real; Profiles in, one page of findings out."""

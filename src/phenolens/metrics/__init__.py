"""Metrics: Profiles in, Score out; one file per metric."""

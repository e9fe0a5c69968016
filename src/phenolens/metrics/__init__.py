"""Metrics: Profiles in, Score out; one file a metric."""

"""Profiling: Profiles in, Profiles out; one file a step."""

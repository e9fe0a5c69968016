"""Profiling: Profiles in, Profiles out; one file per step."""

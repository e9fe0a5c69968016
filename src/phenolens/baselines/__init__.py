"""Baselines: what a learned representation is compared with; one file each."""

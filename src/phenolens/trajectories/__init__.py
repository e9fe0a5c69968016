"""Curves over time: distances to matched controls, onset, time warping and clusters."""

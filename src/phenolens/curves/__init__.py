"""Curves: tables of measurements over time, as instruments write them, become Profiles."""

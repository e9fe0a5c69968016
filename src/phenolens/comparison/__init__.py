"""Comparison: many recipes under identical conditions, as one grid and one table."""

"""Grouping: rows that share values, and what one row becomes of them."""

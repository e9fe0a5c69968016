"""Neighbours: who is near, who may be compared, and what a query's ranking says."""

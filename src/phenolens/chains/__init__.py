"""Chains: steps and metrics as plain tables, read, built, applied and scored."""

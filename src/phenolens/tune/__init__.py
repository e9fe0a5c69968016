"""Tune: a chain of steps chosen by controls and replicates, never by the answer."""

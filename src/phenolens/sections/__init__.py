"""Sections: what the report of a run shows; one file each."""

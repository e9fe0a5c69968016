"""What a run left on disk, read once, as the sections of the report show it."""

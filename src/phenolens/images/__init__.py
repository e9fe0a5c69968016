"""Image files on disk, the tables that list them, and platemaps."""

"""A run: recipe in, scores out, everything on the way kept in one folder."""

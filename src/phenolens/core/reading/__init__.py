"""The border of tables: what a cell means, one rule per file, whatever format it came in."""

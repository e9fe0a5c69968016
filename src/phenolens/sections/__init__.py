"""Sections of the report: one file each, with its template and style next to it."""

"""Screens on a server: S3 and HTTP, through fsspec."""

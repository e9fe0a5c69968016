"""Index files of instruments and pipelines -> one row per image file."""

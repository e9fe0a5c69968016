"""Encoders: networks from the images of named channels to embeddings."""

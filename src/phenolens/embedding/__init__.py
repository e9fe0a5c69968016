"""From an encoder and a screen to embeddings."""

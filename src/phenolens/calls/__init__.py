"""Linear calls on embeddings: what an explanation explains."""

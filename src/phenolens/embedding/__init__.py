"""From a trained encoder and a screen to embeddings, and the baselines beside them."""

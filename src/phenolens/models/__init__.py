"""Trained models on disk: an encoder, what else was trained with it, and a card that says how."""

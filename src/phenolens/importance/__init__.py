"""Importance: which places of an image an encoder, or a call on its embedding, rests on."""

"""Lenses: a network that changes images before a frozen encoder, and what it changes."""

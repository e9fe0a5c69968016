"""Parts of networks: heads, layers, and weights that others have published."""

"""Two runs next to each other: what moved, what was gained and lost, and whether it is chance."""

"""One visible training loop, and the plain code around it."""

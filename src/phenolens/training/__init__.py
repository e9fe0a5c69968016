"""One visible loop, and the plain code around it."""

"""A comparison of many cells becomes one page that opens offline; it reads plain tables only."""

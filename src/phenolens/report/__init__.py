"""One run folder becomes one page that opens offline."""

"""Methods: what turns views into a loss; one file a method."""

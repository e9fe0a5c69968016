"""Statistics: intervals, folds, curves and tests; numbers in, numbers out."""

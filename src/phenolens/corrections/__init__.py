"""Corrections: the linear algebra and the models under the steps of profiling/."""

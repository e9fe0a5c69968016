"""Plates whose structure is known, for fitting on some and applying to others."""

from __future__ import annotations

from tests.profiling.conftest import wells

__all__ = ["wells"]

"""Tables shared with tests/metrics."""

from __future__ import annotations

from tests.metrics.conftest import batch_wells, scib

__all__ = ["batch_wells", "scib"]

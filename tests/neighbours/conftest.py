"""Tables shared with tests/metrics."""

from __future__ import annotations

from tests.metrics.conftest import (
    batch_wells,
    circle,
    jump_plates,
    lincs_plate,
    random_treatments,
    scib,
    scib_table,
)

__all__ = [
    "batch_wells",
    "circle",
    "jump_plates",
    "lincs_plate",
    "random_treatments",
    "scib",
    "scib_table",
]

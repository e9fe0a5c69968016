"""Tables shared with tests/profiling."""

from __future__ import annotations

from tests.profiling.conftest import real, wells

__all__ = ["real", "wells"]

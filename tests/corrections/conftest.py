"""Tables shared with tests/profiling."""

from __future__ import annotations

from tests.profiling.conftest import peer, real, wells

__all__ = ["peer", "real", "wells"]

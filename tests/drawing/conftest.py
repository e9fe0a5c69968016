"""Tables shared with tests/results."""

from __future__ import annotations

from tests.results.conftest import without_umap

__all__ = ["without_umap"]

"""Tables shared with tests/report."""

from __future__ import annotations

from tests.report.conftest import without_umap

__all__ = ["without_umap"]

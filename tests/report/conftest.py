"""Run folders and settings shared with tests/results."""

from __future__ import annotations

from tests.results.conftest import results, run_folder, without_umap

__all__ = ["results", "run_folder", "without_umap"]

"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every run: a failure here is one everywhere.
settings.register_profile("phenolens", derandomize=True, max_examples=25, deadline=None)
settings.load_profile("phenolens")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real images and tables, or skip where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("PHENOLENS_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real data not found in {folder} (set PHENOLENS_DATA)")
    return folder

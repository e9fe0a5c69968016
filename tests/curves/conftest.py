"""Files of curves to read: small ones that are written here, and the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

SINGLES = "incucyte-timecourses/ps-growth-model/singles"


@pytest.fixture(scope="session")
def singles(data_dir: Path) -> Path:
    return data_dir / SINGLES


@pytest.fixture(scope="session")
def grids(data_dir: Path) -> Path:
    return data_dir / "instrument-layouts" / "incucyte"

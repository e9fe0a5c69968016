"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import config, install_import_hook

# Before anything of ours is imported: these rooms' annotations, shapes included, are checked.
install_import_hook(
    ["phenolens.core", "phenolens.profiling", "phenolens.metrics", "phenolens.losses"],
    "beartype.beartype",
)

# The same examples on every run: a failure here is one everywhere.
settings.register_profile("phenolens", derandomize=True, max_examples=25, deadline=None)
settings.load_profile("phenolens")


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Leave annotations unchecked, as a user has them: for what is said of a wrong type."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real images and tables, or skip where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("PHENOLENS_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real data not found in {folder} (set PHENOLENS_DATA)")
    return folder

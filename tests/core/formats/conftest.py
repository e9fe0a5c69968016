"""The small tables of `golden/made.py`: peers and tests read the same files."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

collect_ignore = ["golden/peers.py"]  # the peers are not among our dependencies
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def tables() -> Iterator[Any]:
    """Return the module that makes the small tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(GOLDEN))
        patch.setattr(sys, "dont_write_bytecode", True)
        yield importlib.import_module("made")


@pytest.fixture
def wells(tables: Any) -> Any:
    """Return 24 wells with one step in their chain."""
    return tables.made()


@pytest.fixture(scope="session")
def peers() -> dict[str, Any]:
    """Return what the peers read from our files."""
    results: dict[str, Any] = json.loads((GOLDEN / "peers.json").read_text(encoding="utf-8"))
    return results


@pytest.fixture(scope="session")
def golden() -> Path:
    """Return the folder of files that peers wrote."""
    return GOLDEN

"""Epochs follow from a few timed steps of the real training."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from phenolens.auto.minutes import _MOST, epochs_for
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.progress import silent


def test_more_minutes_are_more_epochs(tiny: Path, tmp_path: Path) -> None:
    table = tomllib.loads(tiny.read_text(encoding="utf-8"))
    epochs, choice = epochs_for(600, table, tmp_path, Machine(threads=1), silent)
    assert epochs == _MOST
    assert "600 minutes at" in choice.reason
    with pytest.raises(InputError, match=r"--minutes: .* too few: an epoch takes"):
        epochs_for(1e-6, table, tmp_path, Machine(threads=1), silent)

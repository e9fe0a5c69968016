"""The note of a pixel store cannot leave out rows that it may not, nor rows that are not there."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.store.note import NOTE, PIXELS
from phenolens.store.pixel_store import open_store, prepare

RAW = np.random.default_rng(0).integers(0, 60_000, (40, 2, 4, 4)).astype(np.uint16)


@pytest.fixture
def screen() -> Screen:
    meta = pd.DataFrame({"plate": ["P"] * len(RAW), "well": [f"A{i % 12 + 1}" for i in range(40)]})
    return Screen(meta=meta, channels=("DNA", "Actin"), read=lambda rows: RAW[rows], size=(4, 4))


def made_again(screen: Screen, folder: Path, log: str) -> None:
    assert "it will be made again" in log
    assert np.array_equal(open_store(folder).read(np.arange(len(RAW))), RAW)
    assert len(open_store(folder)) == len(screen)


@pytest.mark.parametrize("rows", [[[10**9, "x"]], [[-5, "x"]], [[3, "x"]]])
def test_rows_that_are_left_out_are_there_and_may_be(
    screen: Screen, tmp_path: Path, rows: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    prepare(screen, tmp_path)
    note = json.loads((tmp_path / NOTE).read_text())
    (tmp_path / NOTE).write_text(json.dumps({**note, "unreadable": rows}))
    with pytest.raises(InputError, match="is damaged"):
        open_store(tmp_path)
    prepare(screen, tmp_path)
    made_again(screen, tmp_path, caplog.text)


def test_an_archive_is_no_array(
    screen: Screen, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """NumPy opens an .npz of the name as well, as something else."""
    caplog.set_level(logging.WARNING)
    prepare(screen, tmp_path)
    archive = io.BytesIO()
    np.savez(archive, pixels=RAW)
    (tmp_path / PIXELS).write_bytes(archive.getvalue())
    with pytest.raises(InputError, match="is damaged"):
        open_store(tmp_path)
    prepare(screen, tmp_path)
    made_again(screen, tmp_path, caplog.text)

"""Names of files become fields; `tests/screens/test_image_folder.py` has the corners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.fields import FRAME
from phenolens.images.named import Naming
from phenolens.images.problem import Problem

PATTERN = r"(?P<well>[A-H]\d\d)_(?P<channel>\w+)\.tif"


def _naming(**changes: Any) -> Naming:
    settings: dict[str, Any] = {
        "pattern": PATTERN,
        "channels": (),
        "names": {},
        "table": "",
        "columns": {},
        "allow_unmatched": False,
        "leave_out": False,
    }
    return Naming(**{**settings, **changes})


def test_fields_and_their_channels(tmp_path: Path) -> None:
    for name in ("A01_DNA", "A01_ER", "B02_DNA", "B02_ER"):
        tifffile.imwrite(tmp_path / f"{name}.tif", np.ones((4, 4), np.uint16))
    found = _naming().find(tmp_path)
    assert found.channels == ("DNA", "ER")
    assert found.meta["well"].tolist() == ["A01", "B02"]
    assert found.problems == []
    assert found.files.paths.tolist()[1] == ["B02_DNA.tif", "B02_ER.tif"]


def test_a_rule_of_times_gives_rows_and_frames(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "A01_x.tif", np.ones((2, 4, 4), np.uint16), metadata=None)

    def timed(files: pd.DataFrame, _: Path) -> tuple[pd.DataFrame, list[Problem]]:
        made = pd.concat([files, files], ignore_index=True)
        return made.assign(**{FRAME: [0, 1], "time": [0.0, 2.5]}), []

    found = _naming().find(tmp_path, timed)
    assert found.meta["time"].tolist() == [0.0, 2.5]
    assert FRAME not in found.meta
    assert found.files.frames is not None
    assert found.files.frames.tolist() == [0, 1]


def test_a_pattern_needs_a_well() -> None:
    with pytest.raises(InputError, match="needs a group well"):
        _naming(pattern=r"(?P<site>\d)\.tif")

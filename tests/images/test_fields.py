"""Files that are listed become fields, with the metadata of a platemap."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.images.fields import Gathering

FILES = pd.DataFrame(
    {
        "plate": "P1",
        "well": ["A01", "A01", "B02", "B02"],
        "channel": ["DNA", "ER", "DNA", "ER"],
        "path": ["a_d.tif", "a_e.tif", "b_d.tif", "b_e.tif"],
    }
)


def _gathering(**changes: object) -> Gathering:
    settings = {
        "channels": (),
        "table": "",
        "columns": {},
        "allow_unmatched": False,
        "leave_out": False,
    }
    return Gathering(**{**settings, **changes})  # type: ignore[arg-type]


def test_files_that_an_index_lists_are_missed_by_name(tmp_path: Path) -> None:
    found = _gathering().gather(FILES, tmp_path, [], "Index.xml")
    assert found.meta["well"].tolist() == ["A01", "B02"]
    assert found.files.paths.tolist() == [["a_d.tif", "a_e.tif"], ["b_d.tif", "b_e.tif"]]
    absences = [str(problem) for problem in found.files.absences()]
    assert absences[0] == "Index.xml: no such image a_d.tif"
    assert len(absences) == 4


def test_a_platemap_is_joined(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("well,compound\na1,DMSO\nB2,taxol\n")
    found = _gathering(table="map.csv").gather(FILES, tmp_path, [])
    assert found.meta["compound"].tolist() == ["DMSO", "taxol"]
    assert found.meta["control"].tolist() == [True, False]


def test_a_channel_that_no_file_has(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file of channel 'RNA'; found: DNA, ER"):
        _gathering(channels=("RNA",)).gather(FILES, tmp_path, [])


def test_a_field_without_a_channel_is_missing_or_left_out(tmp_path: Path) -> None:
    (problem,) = _gathering().gather(FILES[:3], tmp_path, []).problems
    assert problem.serious
    found = _gathering(leave_out=True).gather(FILES[:3], tmp_path, [])
    assert found.gone == ["no file of channel 'ER' for plate P1 well B02"]
    assert found.meta["well"].tolist() == ["A01"]

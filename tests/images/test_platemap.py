"""A platemap laid over the fields of a folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.images.platemap import lay_over

FIELDS = pd.DataFrame({"plate": ["1", "1", "2"], "well": ["A01", "B2", "A01"], "site": [1, 1, 1]})


def written(folder: Path, text: str) -> Path:
    path = folder / "map.csv"
    path.write_text(text)
    return path


def test_a_platemap_serves_every_plate(tmp_path: Path) -> None:
    path = written(tmp_path, "Well,Compound,Concentration\na1,taxol,0.3\nB02,DMSO,0\n")
    meta, problems = lay_over(FIELDS, path, {})
    assert not problems
    assert meta["treatment"].tolist() == ["taxol@0.3", "DMSO", "taxol@0.3"]
    assert meta["control"].tolist() == [False, True, False]
    assert meta["well"].tolist() == ["A01", "B2", "A01"]  # as the files spell them


def test_a_table_of_plates_joins_on_both(tmp_path: Path) -> None:
    path = written(tmp_path, "Plate,Well,donor\n2,A1,x\n01,A1,y\n1,B2,z\n")
    meta, problems = lay_over(FIELDS, path, {})
    assert not problems
    assert meta["donor"].tolist() == ["y", "z", "x"]


def test_fields_without_a_row_are_counted_and_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "Well,Compound,Metadata_Control\nA01,DMSO,True\nC09,taxol,False\n")
    meta, problems = lay_over(FIELDS, path, {})
    assert {p.kind: p.what for p in problems} == {
        "no metadata": "1 fields have no row in the table: B2",
        "unused row": "1 rows of the table have no image: C9",
    }
    assert meta["control"].tolist() == [True, False, True]
    assert meta["compound"].isna().tolist() == [False, True, False]


def test_a_table_that_fits_nothing_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "Plate,Well\n9,A01\n")
    with pytest.raises(
        InputError, match=r"no image matches a row of the table by plate, well.*'1 A1'.*'9 A1'"
    ):
        lay_over(FIELDS, path, {})

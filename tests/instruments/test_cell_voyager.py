"""Measurements of CellVoyager: a real one, and what a broken one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.instruments.cell_voyager import FILE, read_cell_voyager

HEAD = '<b:MeasurementData xmlns:b="urn:x">'
RECORD = (
    '<b:MeasurementRecord b:Type="{type}" b:Time="2024-01-01T{hour}:00:00+01:00" b:Column="8" '
    'b:Row="{row}" b:TimePoint="{time}" b:FieldIndex="1" b:ZIndex="1" b:Ch="1">a.tif'
    "</b:MeasurementRecord>"
)


def _written(root: Path, *records: dict[str, object]) -> Path:
    base = {"type": "IMG", "hour": 10, "row": 4, "time": 1}
    body = "".join(RECORD.format(**{**base, **record}) for record in records)
    (root / FILE).write_text(f"{HEAD}{body}</b:MeasurementData>")
    return root


def test_a_real_measurement(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "cv8000"
    (path,) = root.rglob(FILE)
    index = read_cell_voyager(root, path.relative_to(root).as_posix())
    assert len(index.files) == 96
    assert sorted(index.files["well"].unique()) == ["D08", "E03", "F08"]
    assert index.files.nunique()[["site", "z", "channel"]].tolist() == [4, 4, 2]
    assert index.channels == ("405", "488")
    assert index.pixel_size == 0.325
    assert index.plate == "CV8000-Minimal-DataSet-2C-3W-4S-FP2-stack"
    assert all((root / name).is_file() for name in index.files["path"])
    name = index.files["path"].str.extract(r"_([A-P]\d\d)_T0001F(\d+)L01A0\dZ(\d+)C")
    assert (name[0] == index.files["well"]).all()
    assert (name[1].astype(int) == index.files["site"]).all()
    assert (name[2].astype(int) == index.files["z"]).all()


def test_times_and_records_of_errors(tmp_path: Path) -> None:
    _written(tmp_path, {}, {"time": 2, "hour": 13}, {"type": "ERR"})
    index = read_cell_voyager(tmp_path, FILE)
    assert index.files["time"].tolist() == [0.0, 3.0]
    assert (index.channels, index.plate, index.pixel_size) == (("C01",), "", None)
    assert [problem.kind for problem in index.problems] == ["error record"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"row": 0}, "is on no plate: row 0"),
        ({"row": "D"}, "has Row 'D', not a whole number"),
        ({"type": "ERR"}, "lists no image"),
    ],
)
def test_records_that_cannot_be(tmp_path: Path, record: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_cell_voyager(_written(tmp_path, record), FILE)

"""Long tables in parquet are read as those in text are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.curves import parquet_sheet as module
from phenolens.curves.curve_files import CurveFiles
from phenolens.curves.parquet_sheet import parquet_sheet

TABLE = pd.DataFrame(
    {
        "Metadata_Well": ["B02", "B02", "B03"],
        "Metadata_dose": ["156.25", "156.25", "19.53"],
        "Time (h)": [0.0, 3.0, 0.0],
        "shuffled": [True, False, False],
        "n": pd.array([1, None, 3], dtype="Int64"),
        "x": [0.5, None, 2.0],
    }
)


def test_types_become_cells(tmp_path: Path) -> None:
    TABLE.to_parquet(tmp_path / "a.parquet")
    sheet = parquet_sheet(tmp_path / "a.parquet")
    assert sheet.rows[0] == list(TABLE.columns)
    assert sheet.rows[1] == ["B02", "156.25", 0.0, "True", 1, 0.5]
    assert sheet.rows[2] == ["B02", "156.25", 3.0, "False", None, None]
    curves = CurveFiles(files="*.parquet").read(tmp_path)
    assert curves.profiles.names == ("n", "x")
    assert curves.runs[0].drugs == {"unnamed": ("19.53", "156.25")}
    assert curves.runs[0].further == {"shuffled": 2}


def test_what_is_no_parquet_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.parquet").write_text("x")
    with pytest.raises(InputError, match=r"x\.parquet: cannot be read"):
        parquet_sheet(tmp_path / "x.parquet")
    TABLE.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(module, "MOST_CELLS", 17)
    with pytest.raises(InputError, match="has 18 cells, more than the 17 of a table of curves"):
        parquet_sheet(tmp_path / "a.parquet")


def test_the_real_staurosporine_profiles(data_dir: Path) -> None:
    """30 wells x 13 times, with the authors' null next to the model's answers."""
    name = "predicted_terminal_profiles.parquet"
    files = CurveFiles(files=name, unit="nM", where="shuffled == 'False'")
    curves = files.read(data_dir / "timelapse-apoptosis")
    (run,) = curves.runs
    assert len(curves.profiles) == run.left_out == 390
    assert (run.curves, run.wells, run.times.count) == (30, 30, 13)
    doses = ("0.61", "1.22", "2.44", "4.88", "9.77", "19.53", "39.06", "78.13", "156.25")
    assert [float(d) * 1000 for d in run.drugs["unnamed"]] == pytest.approx([*map(float, doses)])
    assert run.controls == ("unnamed",)
    treatments = curves.profiles.meta["concentration"].drop_duplicates()
    assert treatments.is_monotonic_increasing  # in the file doses are sorted as text

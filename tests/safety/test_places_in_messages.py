"""The place that a message names is the place: file, plate, well and a spreadsheet's row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from phenolens.cli.program import app
from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import build

METRICS = (
    *("nsc", "nscb", "lisi", "linear_probe", "silhouette", "drug_vs_control", "grit"),
    *("replicate_retrieval", "average_precision", "drop", "cluster_enrichment"),
)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return wells in mixed order, one of which has a value that is missing; and its place."""
    rng = np.random.default_rng(0)
    names = (["DMSO"] * 4 + [f"c{i}" for i in range(12)]) * 4
    table = pd.DataFrame(
        {
            "Metadata_Plate": np.repeat(["P1", "P2", "P3", "P4"], 16),
            "Metadata_Well": [f"{r}{c:02d}" for r in "AB" for c in range(1, 9)] * 4,
            "Metadata_Compound": names,
            "Metadata_moa": [None if n == "DMSO" else f"m{int(n[1:]) % 4}" for n in names],
            "Metadata_Batch": np.repeat(["b1", "b2"], 32),
            "Metadata_Cell_Line": "u",
        }
    )
    table[[f"Cells_f{i}" for i in range(6)]] = rng.normal(size=(64, 6))
    table = table.sample(frac=1, random_state=1).reset_index(drop=True)
    row = int(np.flatnonzero(table["Metadata_Compound"] != "DMSO")[5])
    table.loc[row, "Cells_f0"] = np.nan
    path = tmp_path_factory.mktemp("places") / "wells.csv"
    table.to_csv(path, index=False)
    plate, well = table.loc[row, ["Metadata_Plate", "Metadata_Well"]]
    return path, f"plate {plate}, well {well} (wells.csv row {row + 2})"


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_names_itself_and_the_row_of_the_file(
    damaged: tuple[Path, str], metric: str
) -> None:
    """Metrics leave out controls and sort: the row is still the one in the file."""
    path, place = damaged
    profiles = Profiles.load(path)
    mixed = profiles.take(np.random.default_rng(1).permutation(len(profiles)))
    for table in (profiles, mixed):
        with pytest.raises(InputError) as error:
            build("metrics", {"metric": metric}, "metric")(table)
        assert error.value.what.startswith(f"{metric} needs finite features; 'Cells_f0' is nan in")
        assert place in error.value.what


@pytest.mark.parametrize("step", ["standardize", "sphere", "aggregate", "regress_position"])
def test_a_step_names_the_row_of_the_file(damaged: tuple[Path, str], step: str) -> None:
    path, place = damaged
    profiles = ProfileTable(table=str(path), where="compound != 'c3'").load(Path())
    with pytest.raises(InputError) as error:
        build("profiling", {"step": step}, "step")(profiles)
    assert place in error.value.what


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("P1,A01,x,low,1.5", "t.csv: row 2: concentration 'low' is not a number"),
        ("P1,A01,x,1 uM,1.5", "write the number alone, in one unit (1, not '1 uM')"),
        ("P1,A01,x,1,#DIV/0!", "t.csv: row 2: 'Cells_a' is '#DIV/0!', not a number"),
        ("P1,A49,x,1,1.5", "t.csv: row 2: 'well' is 'A49', which is no well"),
    ],
)
def test_a_row_of_a_table_is_numbered_as_a_spreadsheet_does(
    tmp_path: Path, cells: str, message: str
) -> None:
    """The header is row 1, so the first row of data is row 2."""
    head = "Metadata_Plate,Metadata_Well,Metadata_Compound,Metadata_Concentration,Cells_a"
    (tmp_path / "t.csv").write_text(f"{head}\n{cells}\n")
    with pytest.raises(InputError) as error:
        Profiles.load(tmp_path / "t.csv")
    assert message in str(error.value)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_without_rows_is_named_as_such(tmp_path: Path, ending: str) -> None:
    table = pd.DataFrame({"Metadata_Plate": [], "Cells_a": pd.Series([], dtype=float)})
    path = tmp_path / f"t.{ending}"
    table.to_csv(path, index=False) if ending == "csv" else table.to_parquet(path)
    with pytest.raises(InputError, match="the table has no rows"):
        Profiles.load(path)


def test_what_a_separator_or_a_control_should_be(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("Metadata_Well;Cells_a\nA1;1,5\n")
    with pytest.raises(InputError, match="the separator is ';'.* the decimal sign is ','"):
        Profiles.load(tmp_path / "s.csv")
    head = "Metadata_Well,Metadata_Control,Cells_a"
    (tmp_path / "c.csv").write_text(f"{head}\nA1,yes,1.5\nA2,no,2.5\nA3,,2.5\n")
    assert Profiles.load(tmp_path / "c.csv").meta["control"].tolist() == [True, False, False]
    (tmp_path / "m.csv").write_text(f"{head}\nA1,maybe,1.5\n")
    with pytest.raises(InputError, match="row 2: 'control' is 'maybe'.* write true or false"):
        Profiles.load(tmp_path / "m.csv")
    plain = Profiles.load(tmp_path / "c.csv").take(np.array([1, 2]))
    with pytest.raises(InputError, match="a control is a row whose compound is DMSO, whose"):
        plain.controls("standardize")


def test_a_batch_pattern_has_one_group_and_is_shown(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Metadata_Plate,Metadata_Well,Cells_a\nP1,A1,1.5\n")
    for pattern in ("(.)(.)", "P", "("):
        with pytest.raises(InputError) as error:
            ProfileTable(table="t.csv", batch_of_plate=pattern).load(tmp_path)
        assert repr(pattern) in str(error.value)
    with pytest.raises(InputError, match="finds no batch in the plate name 'P1'"):
        ProfileTable(table="t.csv", batch_of_plate="(Q)").load(tmp_path)


def test_an_empty_room_is_no_room() -> None:
    said = CliRunner().invoke(app, ["list", ""])
    assert isinstance(said.exception, InputError)
    assert str(said.exception).startswith("'': nothing of that kind")

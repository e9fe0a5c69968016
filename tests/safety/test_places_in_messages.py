"""The place that a message names is the place, and the message says the way out."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from phenolens.cli.program import app
from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import find


def wells() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [(plate, f"{r}{c:02d}") for plate in ("P1", "P2") for r in "AB" for c in range(1, 7)]
    drugs = ["a", "b", "c", "d", "DMSO", "DMSO"] * 4
    return pd.DataFrame(
        {
            "Metadata_Plate": [plate for plate, _ in rows],
            "Metadata_Well": [well for _, well in rows],
            "Metadata_Batch": [plate.replace("P", "b") for plate, _ in rows],
            "Metadata_Compound": drugs,
            "Metadata_moa": [{"a": "x", "b": "x", "c": "y", "d": "y"}.get(d) for d in drugs],
            **{f"Cells_f{i}": rng.normal(size=len(rows)) for i in range(4)},
        }
    )


def write(folder: Path, **changed: object) -> Path:
    wells().assign(**changed).to_csv(folder / "t.csv", index=False)
    return folder / "t.csv"


@pytest.mark.parametrize(
    "metric", ["nsc", "nscb", "kbet", "lisi", "linear_probe", "silhouette", "drug_vs_control"]
)
def test_a_metric_names_plate_and_well(tmp_path: Path, metric: str) -> None:
    frame = wells()
    frame.loc[8, "Cells_f0"] = np.nan
    frame.sample(frac=1, random_state=3).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=r"'Cells_f0' is nan in plate P1, well B03"):
        find("metrics", metric)()(Profiles.load(tmp_path / "t.csv"))


def test_rows_are_numbered_as_by_a_spreadsheet(tmp_path: Path) -> None:
    path = write(tmp_path, Metadata_Concentration=["low"] + ["1"] * 23)
    with pytest.raises(InputError, match=r"t.csv: row 2: concentration 'low' is not a number"):
        Profiles.load(path)
    text = path.read_text().splitlines()
    path.write_text("\n".join(["", text[0].replace("Concentration", "x"), "", *text[1:5]]))
    assert len(Profiles.load(path)) == 4  # lines of blanks are no rows
    path.write_text("\n".join(["", text[0], "", *text[1:5]]))
    with pytest.raises(InputError, match=r"t.csv: row 4: concentration 'low'"):
        Profiles.load(path)


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "h5ad"])
def test_a_table_without_rows_is_named(tmp_path: Path, ending: str) -> None:
    none, path = wells().iloc[:0], tmp_path / f"t.{ending}"
    if ending == "parquet":
        none.to_parquet(path)
    elif ending == "h5ad":
        anndata = pytest.importorskip("anndata")
        anndata.AnnData(
            X=np.empty((0, 2), np.float32), obs=none.iloc[:, :3].set_axis(none.index.astype(str))
        ).write_h5ad(path)
    else:
        none.to_csv(path, index=False, sep="," if ending == "csv" else "\t")
    with pytest.raises(InputError, match="the table has no rows"):
        Profiles.load(path)


def test_yes_and_no_are_read_and_others_are_explained(tmp_path: Path) -> None:
    given = ["yes", "no"] * 12
    assert Profiles.load(write(tmp_path, Metadata_Control=given)).meta["control"].sum() == 12
    with pytest.raises(InputError, match=r"row 2: 'control' is '2', .*write true or false"):
        Profiles.load(write(tmp_path, Metadata_Control=2))
    wells().assign(Metadata_Control=2).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"row 2: 'control' is 2, "):  # not np.int64(2)
        Profiles.load(tmp_path / "t.parquet")


def test_a_dose_with_its_unit_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 2: concentration '1 uM' .*not '1 uM'"):
        Profiles.load(write(tmp_path, Metadata_Concentration="1 uM"))


def test_no_controls_say_how_one_is_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no row is one; a control is a row whose compound is"):
        Profiles.load(write(tmp_path, Metadata_Compound="a")).controls("standardize")


def test_a_semicolon_is_named(tmp_path: Path) -> None:
    wells().to_csv(tmp_path / "t.csv", index=False, sep=";", decimal=",")
    with pytest.raises(InputError, match="the separator is ';', not ',', and the decimal sign"):
        Profiles.load(tmp_path / "t.csv")


def test_a_pattern_of_batches_has_one_group(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(InputError, match=r"'\(\.\)\(\.\)' .* it has 2; put the part in brackets"):
        ProfileTable(table="t.csv", batch_of_plate="(.)(.)").load(tmp_path)
    with pytest.raises(InputError, match=r"'\^\(Week\)' finds no batch in the plate name 'P1'"):
        ProfileTable(table="t.csv", batch_of_plate="^(Week)").load(tmp_path)


def test_the_same_file_by_glob_and_name_is_read_once(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "._t.csv").write_bytes(b"\x00\x05")
    for names in (
        ("*.csv", "t.csv"),
        ("t.csv", "*.csv"),
        ("t.csv", "../" + tmp_path.name + "/t.csv"),
    ):
        assert len(ProfileTable(table=names).load(tmp_path)) == 24


def test_a_plate_in_two_files_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wells().to_csv(tmp_path / "t.csv", index=False)
    wells().to_csv(tmp_path / "t.csv.gz", index=False)
    with pytest.raises(InputError, match=r"plate P1, well A01 is in t.csv and, .* in t.csv.gz"):
        ProfileTable(table="t.csv*").load(tmp_path)
    wells().assign(Cells_f0=0.5).to_csv(tmp_path / "t.csv.gz", index=False)
    with caplog.at_level(logging.WARNING, "phenolens"):
        ProfileTable(table="t.csv*").load(tmp_path)
    assert "plate P1, well A01 is in t.csv and in t.csv.gz (24 places are in both)" in caplog.text


def test_an_empty_room_is_none() -> None:
    made = CliRunner().invoke(app, ["list", ""])
    assert made.exit_code != 0

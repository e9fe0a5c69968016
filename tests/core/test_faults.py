"""Small inputs that once failed do what their README says; they are next to the real data."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import find


@pytest.fixture(scope="module")
def faults(data_dir: Path) -> Path:
    folder = data_dir.parent / "faults"
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}")
    return folder


def load(folder: Path, table: str, *join: str, **columns: str) -> Profiles:
    return ProfileTable(table=table, join=join, columns=columns).load(folder)


def test_roles_are_found_after_joins(faults: Path) -> None:
    folder = faults / "01_join_roles"
    meta = load(folder, "wells.csv", "controls.csv").meta
    assert meta["control"].tolist() == (meta["compound"] == "JCP2022_033924").tolist()
    assert {"c0@0.1", "c0@10"} <= set(load(folder, "two_doses.csv", "doses.csv").meta["treatment"])
    blank = load(folder, "blank.csv", "control_type.csv").meta
    assert blank["control"].tolist() == [False] * 6 + [True] * 4
    assert blank["compound"].notna().all()


@pytest.mark.parametrize("name", ["decimal_type.parquet", "numbers_as_text.parquet", "percent.csv"])
def test_every_measurement_is_a_feature(faults: Path, name: str) -> None:
    made = load(faults / "02_lost_measurements", name)
    assert len(made.names) == 5
    assert np.isfinite(made.features).all()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("decimal_comma.tsv", "row 2: 'Cells_AreaShape_F0' is '0,0993'.*decimal sign is a comma"),
        ("mostly_nd.csv", "row 2: 'Cells_AreaShape_F1' is '#N/D'.*leave the cell empty"),
    ],
)
def test_what_is_not_certain_is_refused(faults: Path, name: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        load(faults / "02_lost_measurements", name)


@pytest.mark.parametrize(
    ("name", "features"),
    [("embedding_and_count.csv", 5), ("fourth_compartment.csv", 8), ("per_well_means.csv", 5)],
)
def test_all_unmarked_numbers_are_features(faults: Path, name: str, features: int) -> None:
    assert len(load(faults / "03_other_features", name).names) == features


@pytest.mark.parametrize("platemap", ["platemap_A1.csv", "platemap_lower.csv"])
def test_wells_have_one_spelling(faults: Path, platemap: str) -> None:
    meta = load(faults / "06_well_names", "wells.csv", platemap).meta
    assert meta["compound"].notna().sum() == 32
    assert meta["control"].sum() == 8


@pytest.mark.parametrize("columns", [{}, {"well": "well_position", "compound": "broad_sample"}])
def test_the_fields_bare_names_join(faults: Path, columns: dict[str, str]) -> None:
    folder = faults / "07_jump_platemap"
    table = ProfileTable(table="wells.csv", join=("platemap.txt",), columns=columns)
    if columns:  # the table itself has its well under the name of the convention
        table = ProfileTable(
            table="wells.csv", join=("platemap.txt",), columns={"compound": "broad_sample"}
        )
    meta = table.load(folder).meta
    assert meta["compound"].notna().sum() == 24
    assert (meta["solvent"] == "DMSO").all()


def test_two_answers_are_refused_and_an_empty_column_is_filled(faults: Path) -> None:
    folder = faults / "09_join_leaves_out"
    assert load(folder, "wells.csv", "moa.csv").meta["moa"].nunique() == 3
    with pytest.raises(InputError, match=r"compound c0 has two .* values of 'moa': m0 and m1"):
        load(folder, "wells.csv", "moa_c0_twice.csv")
    filled = load(folder, "wells_empty_moa.csv", "moa.csv")
    assert filled.meta["moa"].notna().sum() == 18
    assert filled.provenance[1]["filled"] == ["moa"]


def test_gaps_in_control_are_no_controls() -> None:
    gaps = (
        [True, False, np.nan],
        pd.array([True, False, None], dtype="boolean"),
        ["True", "False", "False"],
    )
    for control in gaps:
        meta = pd.DataFrame({"plate": ["P1"] * 3, "control": control})
        made = Profiles(meta=meta, features=np.eye(3)).controls("x")
        assert made.tolist() == [True, False, False]


def test_no_rows(faults: Path) -> None:
    with pytest.raises(InputError, match="the table has no rows"):
        load(faults / "12_crashes", "no_rows.parquet")


def test_small_tables_end_in_a_result(faults: Path) -> None:
    """One batch of one well is left out and named; a row without a compound is kept."""
    folder = faults / "12_crashes"
    probe = find("metrics", "linear_probe")()(load(folder, "last_batch_one_well.csv"))
    assert any("left out: 1 (b3)" in note for note in probe.notes)
    drop = find("metrics", "drop")(permutations=10)(load(folder, "one_row_without_compound.csv"))
    assert np.isfinite(drop.low)


def test_a_column_of_lists_is_the_features(faults: Path) -> None:
    folder = faults / "14_list_column"
    assert load(folder, "embedding_list.parquet").features.shape[1] == 4
    with_score = load(folder, "embedding_list_and_score.parquet")
    assert len(with_score.names) == 5
    assert with_score.names[0] == "all_emb_0"


@pytest.mark.parametrize("name", ["Nuclei.csv", "Nuclei_as_the_mend_says.csv"])
def test_cellprofilers_objects(faults: Path, name: str) -> None:
    made = load(faults / "15_cellprofiler_objects", name)
    assert {kind.split("_")[0] for kind in made.names} == {"AreaShape", "Intensity"}
    assert {"ImageNumber", "Number_Object_Number", "Parent_Cells"} <= set(made.meta)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("semicolon.csv", "the separator is ';'"),
        ("semicolon_decimal_comma.csv", "the separator is ';', not ',', and the decimal sign is"),
        ("row_number.csv", "row 7: 'Cells_AreaShape_F1' is '#DIV/0!'"),
    ],
)
def test_messages(faults: Path, name: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        load(faults / "16_messages", name)


def test_a_plate_twice(faults: Path) -> None:
    with pytest.raises(InputError, match=r"plate P1, well A01 is in P1.csv and, .* in P1.csv.gz"):
        load(faults / "20_plate_twice", "*")


def test_blank_ids_meet(faults: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "phenolens"):
        meta = load(faults / "21_join_on_blank", "wells.csv", "platemap.tsv", "compounds.tsv").meta
    assert meta["control"].tolist() == [False] * 6 + [True] * 4
    assert meta["compound"].tolist()[6:] == ["DMSO"] * 4
    assert "compounds.tsv: 4 of 10 rows have no match on ['compound']: compound c2;" in caplog.text

"""Small inputs that once failed do what their README says; they are next to the real data.

Those of 11_control_gaps and scripts of 12_crashes make what they need: so do the tests here.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens import profile
from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import find
from phenolens.screens.image_folder import ImageFolder


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


@pytest.mark.parametrize(
    "name", ["controls_only", "last_batch_one_well", "one_row_without_compound"]
)
@pytest.mark.parametrize("metric", ["nsc", "nscb", "drop", "linear_probe", "kbet"])
def test_small_tables_end_in_a_score_or_one_line(faults: Path, name: str, metric: str) -> None:
    """No other exception: metrics of each kind on each small table."""
    made = load(faults / "12_crashes", f"{name}.csv")
    with contextlib.suppress(InputError):  # any other exception fails
        assert find("metrics", metric)()(made).value is not None


def test_integer_names_of_columns() -> None:
    meta = pd.DataFrame({"plate": ["P1"] * 2, "well": ["A01"] * 2, 7: ["x", "x"]})
    made = profile(Profiles(meta=meta, features=np.eye(2)), "aggregate")
    assert made.meta["7"].tolist() == ["x"]
    anndata = pytest.importorskip("anndata")
    obs = pd.DataFrame(
        {"Metadata_Plate": ["P1", "P1"], 0: pd.Categorical(["a", "b"])}, index=["x", "y"]
    )
    with pytest.raises(InputError, match="'0' is metadata, but is among the features"):
        Profiles.from_anndata(anndata.AnnData(X=np.eye(2, dtype=np.float32), obs=obs))


def test_an_optional_group_of_a_pattern(tmp_path: Path) -> None:
    """The images of optional_group.sh: one name has no site."""
    (tmp_path / "P1").mkdir()
    for name in ("A01_DNA", "A01_s2_DNA"):
        tifffile.imwrite(tmp_path / "P1" / f"{name}.tif", np.full((16, 16), 900, np.uint16))
    group = r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)(?:_s(?P<site>\d))?_(?P<channel>\w+)\.tif"
    meta = ImageFolder(pattern=group)(tmp_path).meta
    assert meta["site"].fillna("none").tolist() == ["none", "2"]


def test_every_fault_has_a_test(faults: Path) -> None:
    """A folder that is added needs a test here; each input is named in this file."""
    text = Path(__file__).read_text(encoding="utf-8")
    scripts = {"control_gaps", "integer_column", "integer_obs", "optional_group"}
    absent = [
        path.relative_to(faults).as_posix()
        for path in sorted(faults.glob("*/*"))
        if path.parent.name not in text
        or not (path.name in text or path.stem in text or path.stem in scripts)
    ]
    assert absent in ([], ["20_plate_twice/P2.csv", "20_plate_twice/P2.csv.gz"])  # by the glob


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

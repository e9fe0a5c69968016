"""The field's column names become ours and go back; roles are derived, never guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.columns import (
    KNOWN,
    names_an_id,
    outside_name,
    refuse_metadata,
    to_ours,
    to_outside,
)
from phenolens.core.errors import InputError
from phenolens.core.roles import with_roles

HEADERS = [
    pytest.param(
        "bbbc021-metadata/BBBC021_v1_image.csv.gz",
        {
            "plate": "Image_Metadata_Plate_DAPI",
            "well": "Image_Metadata_Well_DAPI",
            "replicate": "Replicate",
            "compound": "Image_Metadata_Compound",
            "concentration": "Image_Metadata_Concentration",
        },
        id="bbbc021-images",
    ),
    pytest.param(
        "bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
        {"plate": "Image_Metadata_Plate", "well": "Image_Metadata_Well"},
        id="bbbc021-profiles",
    ),
    pytest.param(
        "bbbc021-metadata/BBBC021_v1_moa.csv",
        {"compound": "compound", "concentration": "concentration", "moa": "moa"},
        id="bbbc021-moa",
    ),
    pytest.param(
        "cpjump1-cellprofiler-wells/BR00117010_normalized_feature_select_negcon_batch.csv.gz",
        {
            "plate": "Metadata_Plate",
            "well": "Metadata_Well",
            "compound": "Metadata_broad_sample",
            "control_type": "Metadata_control_type",
            "target": "Metadata_gene",
        },
        id="jump",
    ),
    pytest.param(
        "lincs-a549-one-plate/SQ00015054_normalized_feature_select.csv.gz",
        {
            "plate": "Metadata_Plate",
            "Assay_Plate_Barcode": "Metadata_Assay_Plate_Barcode",
            "well": "Metadata_Well",
            "compound": "Metadata_broad_sample",
            "concentration": "Metadata_mmoles_per_liter",
            "moa": "Metadata_moa",
            "target": "Metadata_target",
            "cell_line": "Metadata_cell_id",
        },
        id="lincs",
    ),
]


@pytest.mark.parametrize(("file", "expected"), HEADERS)
def test_the_real_headers_become_ours(data_dir: Path, file: str, expected: dict[str, str]) -> None:
    table = pd.read_csv(data_dir / file, nrows=3)
    ours = to_ours(table)
    for name, outside in expected.items():
        pd.testing.assert_series_equal(ours[name], table[outside], check_names=False)
    assert not [name for name in ours if str(name).startswith("Metadata_")]


def test_to_outside_and_back_is_the_same_table() -> None:
    meta = pd.DataFrame({name: [1, 2] for name in [*KNOWN, "donor", "Assay_Plate_Barcode"]})
    outside = to_outside(meta)
    assert all(str(name).startswith("Metadata_") for name in outside)
    pd.testing.assert_frame_equal(to_ours(outside), meta)


def test_names_on_disk_are_pycytominers() -> None:
    disk = [outside_name(name) for name in ("plate", "well", "site", "batch", "moa", "donor")]
    assert disk == [
        "Metadata_Plate",
        "Metadata_Well",
        "Metadata_Site",
        "Metadata_Batch",
        "Metadata_moa",
        "Metadata_donor",
    ]


def test_a_caller_names_columns_of_no_convention() -> None:
    table = pd.DataFrame({"Assay": ["p"], "Position": ["A01"], "Metadata_Plate_Map": ["m"]})
    ours = to_ours(table, {"plate": "Assay", "well": "Position"})
    assert list(ours) == ["plate", "well", "Plate_Map"]


def test_the_callers_name_wins_over_the_convention() -> None:
    table = pd.DataFrame({"Metadata_broad_sample": ["BRD-1"], "Metadata_pert_iname": ["taxol"]})
    ours = to_ours(table, {"compound": "Metadata_pert_iname"})
    assert ours["compound"].tolist() == ["taxol"]
    assert ours["broad_sample"].tolist() == ["BRD-1"]


def test_a_named_column_that_is_absent_is_refused() -> None:
    with pytest.raises(InputError, match="no column 'Platte'") as error:
        to_ours(pd.DataFrame({"Plate": ["p"]}), {"plate": "Platte"})
    assert error.value.fix == "did you mean 'Plate'? the table has: Plate"


def test_one_column_cannot_be_two_things() -> None:
    with pytest.raises(InputError, match="'X' is named as compound and as treatment"):
        to_ours(pd.DataFrame({"X": ["p"]}), {"compound": "X", "treatment": "X"})


def test_duplicates_are_refused() -> None:
    with pytest.raises(InputError, match=r"more than one column would be named \['donor'\]"):
        to_ours(pd.DataFrame({"donor": ["a"], "Metadata_donor": ["b"]}))
    with pytest.raises(InputError, match=r"more than one column would be named \['plate'\]"):
        to_ours(pd.DataFrame({"plate": ["a"], "Code": ["b"]}), {"plate": "Code"})


def test_two_columns_are_not_written_under_one_name() -> None:
    with pytest.raises(InputError, match=r"\['plate', 'Plate'\] would both be written as"):
        to_outside(pd.DataFrame({"plate": ["a"], "Plate": ["b"]}))


def test_the_best_of_several_names_is_taken_and_the_others_keep_theirs() -> None:
    table = pd.DataFrame(
        {
            "Metadata_JCP2022": ["JCP1"],
            "Metadata_InChIKey": ["KEY"],
            "Metadata_broad_sample": ["BRD-1"],
            "Metadata_gene": ["TUBB"],
            "Metadata_Source": ["source_4"],
            "Metadata_timepoint": [48],
            "Metadata_Count_Cells": [90],
            "Metadata_pert_iname": ["taxol"],
            "Metadata_dose_recode": [3],
        }
    )
    ours = to_ours(table)
    assert ours.iloc[0].to_dict() == {
        "JCP2022": "JCP1",
        "InChIKey": "KEY",
        "compound": "BRD-1",
        "target": "TUBB",
        "source": "source_4",
        "time": 48,
        "count": 90,
        "pert_iname": "taxol",
        "dose_recode": 3,
    }
    no_broad = to_ours(table.drop(columns="Metadata_broad_sample"))
    assert no_broad["compound"].tolist() == ["JCP1"]
    assert no_broad["InChIKey"].tolist() == ["KEY"]
    assert to_ours(table[["Metadata_InChIKey"]]).columns.tolist() == ["compound"]


@pytest.mark.parametrize(
    ("values", "ours"),
    [
        (["A549", "A549"], "cell_line"),  # LINCS
        (["A549"], "cell_line"),
        ([1, 2], "cell"),
        (["p1_A01_1", "p1_A01_2"], "cell"),
    ],
)
def test_a_cell_id_is_a_cell_or_a_cell_line_by_what_it_holds(
    values: list[object], ours: str
) -> None:
    assert to_ours(pd.DataFrame({"Metadata_cell_id": values})).columns.tolist() == [ours]


def test_a_dose_is_the_concentration_where_it_is_a_number() -> None:
    assert "concentration" in to_ours(pd.DataFrame({"Metadata_dose": [0.5, np.nan]}))
    assert "dose" in to_ours(pd.DataFrame({"Metadata_dose": ["0.61nM", "1.22nM"]}))
    both = to_ours(pd.DataFrame({"Metadata_dose": [5.0], "Metadata_Concentration": [0.5]}))
    assert both.iloc[0].to_dict() == {"dose": 5.0, "concentration": 0.5}


def test_a_running_number_with_and_without_prefix_stays_twice() -> None:
    """CytoTable writes `ImageNumber` and `Metadata_ImageNumber`; both survive saving."""
    table = pd.DataFrame({"Metadata_ImageNumber": [1, 2], "ImageNumber": [1, 1]})
    ours = to_ours(table)
    assert list(ours) == ["Metadata_ImageNumber", "ImageNumber"]
    pd.testing.assert_frame_equal(to_ours(to_outside(ours)), ours)


def test_a_name_that_a_role_has_taken_stays_whole() -> None:
    table = pd.DataFrame({"Metadata_Object_Count": [40], "Metadata_count": [3]})
    assert to_ours(table).iloc[0].to_dict() == {"count": 40, "Metadata_count": 3}


# Roles ------------------------------------------------------------------------------------------


def test_dmso_is_the_control_and_treatment_the_compound_at_its_concentration() -> None:
    meta = with_roles(
        pd.DataFrame(
            {
                "compound": ["DMSO", "taxol", "taxol", "alln", None],
                "concentration": [0.0, 3.0, 0.3, np.nan, 1.0],
                "moa": ["DMSO", "Microtubule stabilizers", "", None, "x"],
            }
        )
    )
    assert meta["control"].tolist() == [True, False, False, False, False]
    assert meta["control"].dtype == bool
    assert meta["treatment"].tolist()[:4] == ["DMSO", "taxol@3", "taxol@0.3", "alln"]
    assert pd.isna(meta["treatment"][4])
    assert meta["moa"].tolist() == ["DMSO", "Microtubule stabilizers", "", None, "x"]


@pytest.mark.parametrize("name", ["control_type", "pert_type"])
def test_jumps_negcon_is_a_control_and_its_poscon_is_not(name: str) -> None:
    meta = with_roles(
        pd.DataFrame({"compound": [np.nan, "BRD-1", "BRD-2"], name: ["negcon", "poscon_cp", None]})
    )
    assert meta["control"].tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"pert_iname": ["DMSO", "taxol"]}, "DMSO"),
        ({"solvent": ["DMSO", "DMSO"]}, "DMSO"),
        ({"pert_iname": ["vehicle", "x"], "solvent": ["DMSO", "DMSO"]}, "vehicle"),
        ({"pert_iname": ["LacZ", "x"]}, "negcon"),
        ({}, "negcon"),
    ],
)
def test_jumps_controls_are_one_compound_and_one_treatment(
    columns: dict[str, list[str]], expected: str
) -> None:
    meta = with_roles(
        pd.DataFrame({"compound": [None, "BRD-1"], "control_type": ["negcon", None], **columns})
    )
    assert meta["compound"].tolist() == [expected, "BRD-1"]
    assert meta["treatment"].tolist() == [expected, "BRD-1"]
    given = with_roles(meta.assign(compound=[None, "BRD-1"], treatment=[None, "t"]))
    assert given["treatment"].tolist() == [expected, "t"]


def test_a_blank_compound_of_no_control_stays_blank() -> None:
    meta = with_roles(pd.DataFrame({"compound": [np.nan, np.nan], "solvent": ["DMSO", "DMSO"]}))
    assert meta["compound"].isna().all()
    assert meta["treatment"].isna().all()
    assert not meta["control"].any()


def test_real_controls_are_all_found(data_dir: Path) -> None:
    jump = data_dir / "cpjump1-cellprofiler-wells"
    plate = pd.read_csv(jump / "BR00117010_normalized_feature_select_negcon_batch.csv.gz")
    assert with_roles(to_ours(plate))["control"].sum() == 64
    lincs = pd.read_csv(
        data_dir / "lincs-a549-one-plate/SQ00015054_normalized_feature_select.csv.gz"
    )
    assert with_roles(to_ours(lincs))["control"].sum() == 24


def test_bbbc021_has_103_treatments_of_38_compounds(data_dir: Path) -> None:
    table = pd.read_csv(data_dir / "bbbc021-metadata/BBBC021_v1_moa.csv")
    meta = with_roles(to_ours(table))
    treated = meta[~meta["control"]]
    assert (treated["treatment"].nunique(), treated["compound"].nunique()) == (103, 38)
    assert treated["moa"].nunique() == 12


@pytest.mark.parametrize(
    ("flags", "read"),
    [
        ([True, False], [True, False]),
        (["True", "false "], [True, False]),
        ([1, 0], [True, False]),
        ([1.0, np.nan], [True, False]),
        ([True, None], [True, False]),
    ],
)
def test_control_is_read_as_it_was_meant(flags: list[object], read: list[bool]) -> None:
    made = with_roles(pd.DataFrame({"control": pd.Series(flags)}))["control"]
    assert made.dtype == bool
    assert made.tolist() == read


def test_a_given_treatment_and_control_stay() -> None:
    given = pd.DataFrame({"compound": ["DMSO"], "treatment": ["mock"], "control": [False]})
    pd.testing.assert_frame_equal(with_roles(given), given)


def test_the_table_given_is_not_changed() -> None:
    given = pd.DataFrame({"compound": [7, 8]}, index=[3, 4])
    made = with_roles(given)
    assert given["compound"].tolist() == [7, 8]
    assert made["compound"].tolist() == ["7", "8"]
    assert made.index.tolist() == [0, 1]


def test_odd_values_are_named_with_their_row() -> None:
    with pytest.raises(InputError, match="row 3: 'control' is 'maybe', neither true nor false"):
        with_roles(pd.DataFrame({"control": ["true", "maybe"]}))
    with pytest.raises(InputError, match="row 2: concentration 'low' is not a number"):
        with_roles(pd.DataFrame({"compound": ["a"], "concentration": ["low"]}))


# Ids among the features -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Metadata_Anything",
        "Image_Metadata_Site",
        "plate",
        "Concentration",
        "Unique_Compounds",
        "Unique_MoA",
        "Batch",
        "wellID",
        "plate_id",
        "label",
        "Unnamed: 0",
        "ImageNumber",
        "Image_ImageNumber",
        "Cells_ObjectNumber",
        "Image_Group_Index",
        "donor",
    ],
)
def test_an_id_among_the_features_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"'{name}' is metadata, but is among the features"):
        refuse_metadata(["f0", name], ["donor"])


def test_measurements_are_let_through(data_dir: Path) -> None:
    refuse_metadata(["f0000", "cell_area", "mitotic_index", "Nuclei_AreaShape_Area"], ["plate"])
    for folder in ("bbbc021-cellprofiler-wells", "cpjump1-cellprofiler-wells"):
        file = next((data_dir / folder).glob("*.csv.gz"))
        header = pd.read_csv(file, nrows=0).columns
        refuse_metadata([name for name in header if "Metadata_" not in name], [])


@pytest.mark.parametrize("name", ["Area - Mean per Well", "area_per_well", "Cells per Wells"])
def test_a_measurement_per_well_is_no_id(name: str) -> None:
    assert not names_an_id(name)
    assert names_an_id("upper_well")


def test_a_feature_with_the_name_of_metadata_that_is_there_is_to_be_dropped() -> None:
    with pytest.raises(InputError, match="has metadata of this name too: drop or rename 'Null'"):
        refuse_metadata(["Null"], ["Null"])

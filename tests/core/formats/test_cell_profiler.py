"""CellProfiler's object tables of one export are joined to one row per cell."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles


def tables() -> dict[str, pd.DataFrame]:
    """Return 2 images with 3 nuclei each; the cells are numbered in another order."""
    image = [1, 1, 1, 2, 2, 2]
    nuclei = pd.DataFrame({"ImageNumber": image, "ObjectNumber": [1, 2, 3] * 2})
    nuclei["AreaShape_Area"] = [10, 20, 30, 40, 50, 60]
    nuclei["Location_Center_X"] = np.arange(6) + 0.5
    nuclei["Number_Object_Number"] = [1, 2, 3] * 2
    cells = pd.DataFrame({"ImageNumber": image, "ObjectNumber": [1, 2, 3] * 2})
    cells["Parent_Nuclei"] = [3, 1, 2, 1, 2, 3]
    cells["AreaShape_Area"] = [130, 110, 120, 140, 150, 160]
    cells["Intensity_MeanIntensity_DNA"] = np.linspace(0, 1, 6)
    images = pd.DataFrame({"ImageNumber": [1, 2], "Metadata_Plate": ["0042", "0042"]})
    images["Metadata_Well"] = ["a1", "A02"]
    images["Count_Cells"] = [3, 3]
    images["FileName_DNA"] = ["1.tif", "2.tif"]
    return {"Nuclei": nuclei, "Cells": cells, "Image": images}


def written(folder: Path, made: dict[str, pd.DataFrame], prefix: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    for name, table in made.items():
        table.to_csv(folder / f"{prefix}{name}.csv", index=False)
    return folder


@pytest.mark.parametrize("prefix", ["", "MyExpt_"])
def test_a_cell_has_its_nucleus_and_its_image(tmp_path: Path, prefix: str) -> None:
    folder = written(tmp_path / "out", tables(), prefix)
    (folder / f"{prefix}Experiment.csv").write_text("Key,Value\nPipeline,x\n")
    made = Profiles.load(folder)
    assert made.names == (
        "Cells_AreaShape_Area",
        "Cells_Intensity_MeanIntensity_DNA",
        "Nuclei_AreaShape_Area",
    )
    # By hand: cell 1 of image 1 has nucleus 3, and so on.
    assert made.features[:, 2].tolist() == [30, 10, 20, 40, 50, 60]
    assert made.features[:, 0].tolist() == [130, 110, 120, 140, 150, 160]
    assert made.meta["plate"].tolist() == ["0042"] * 6
    assert made.meta["well"].tolist() == ["A01"] * 3 + ["A02"] * 3
    assert made.meta["Nuclei_Location_Center_X"].tolist() == [2.5, 0.5, 1.5, 3.5, 4.5, 5.5]
    assert made.meta["cell"].tolist() == [1, 2, 3] * 2
    assert made.provenance[0]["facts"]["joined"] == ["Cells", "Nuclei"]
    kept = ProfileTable(table="out", coordinates=True).load(tmp_path)
    assert "Nuclei_Location_Center_X" in kept.names


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    made = tables()
    one = Profiles.load(written(tmp_path / "one", made))
    made["Nuclei"] = made["Nuclei"].sample(frac=1, random_state=0)
    made["Image"] = made["Image"].iloc[::-1]
    other = Profiles.load(written(tmp_path / "other", made))
    np.testing.assert_array_equal(one.features, other.features)
    pd.testing.assert_frame_equal(one.meta, other.meta)


def test_a_cytoplasm_names_its_cell(tmp_path: Path) -> None:
    made = tables()
    cytoplasm = made["Cells"][["ImageNumber", "ObjectNumber"]].copy()
    cytoplasm["Parent_Cells"] = [2, 3, 1, 3, 1, 2]
    cytoplasm["Texture_Variance_DNA"] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    read = Profiles.load(written(tmp_path, {**made, "Cytoplasm": cytoplasm}))
    column = read.names.index("Cytoplasm_Texture_Variance_DNA")
    assert read.features[:, column].tolist() == [3, 1, 2, 5, 6, 4]


def test_children_and_lost_cells_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = tables()
    spots = pd.DataFrame({"ImageNumber": [1, 1], "ObjectNumber": [1, 2], "Parent_Cells": [1, 1]})
    spots["AreaShape_Area"] = [1.0, 2.0]
    made["Nuclei"] = made["Nuclei"].iloc[:-1]
    read = Profiles.load(written(tmp_path, {**made, "Spots": spots}))
    assert len(read) == 5
    assert read.provenance[0]["facts"] | {"coordinates_left_out": 1} == {
        "joined": ["Cells", "Nuclei"],
        "left_out": ["Spots"],
        "rows_unmatched": 1,
        "coordinates_left_out": 1,
    }
    assert "Spots left out: several of them belong to one of Cells" in caplog.text
    assert "1 of 6 Cells lack an object of another table" in caplog.text


def test_what_is_refused(tmp_path: Path) -> None:
    made = tables()
    twice = pd.concat([made["Cells"], made["Cells"].iloc[:1]])
    with pytest.raises(InputError, match="Cells: object 1 of image 1 appears twice"):
        Profiles.load(written(tmp_path / "twice", {**made, "Cells": twice}))
    with pytest.raises(InputError, match="contains no table of objects"):
        Profiles.load(written(tmp_path / "images", {"Image": made["Image"]}))
    images = pd.concat([made["Image"], made["Image"]])
    with pytest.raises(InputError, match="Image: image 1 appears twice"):
        Profiles.load(written(tmp_path / "again", {**made, "Image": images}))
    other = made["Nuclei"].assign(ImageNumber=[8, 8, 8, 9, 9, 9])
    with pytest.raises(InputError, match="no object of Cells has one of Nuclei"):
        Profiles.load(written(tmp_path / "other", {**made, "Nuclei": other}))


def test_a_database_of_either_kind_is_the_same_table(tmp_path: Path) -> None:
    """cytominer-database has a table for each object; ExportToDatabase may have one for all."""
    made = tables()
    folder = Profiles.load(written(tmp_path / "out", made))
    prefixed = {
        name: table.rename(
            columns=lambda c, name=name: c if c.endswith("ImageNumber") or c == "ObjectNumber"
            else f"{name}_{c}"
        )
        for name, table in made.items()
    }  # fmt: skip
    path = tmp_path / "backend.sqlite"
    with closing(sqlite3.connect(path)) as opened:
        for name, table in prefixed.items():
            table.assign(TableNumber=7).to_sql(name, opened, index=False)
    from_sqlite = Profiles.load(path)
    assert from_sqlite.names == folder.names
    np.testing.assert_array_equal(from_sqlite.features, folder.features)
    assert from_sqlite.meta["well"].tolist() == folder.meta["well"].tolist()
    assert from_sqlite.meta["plate"].tolist() == folder.meta["plate"].tolist()

    one = prefixed["Nuclei"].merge(
        prefixed["Cells"].rename(columns={"ObjectNumber": "o"}),
        left_on=["ImageNumber", "ObjectNumber"],
        right_on=["ImageNumber", "Cells_Parent_Nuclei"],
    )
    path = tmp_path / "export.db"
    with closing(sqlite3.connect(path)) as opened:
        one.drop(columns="o").to_sql("MyExpt_Per_Object", opened, index=False)
        prefixed["Image"].to_sql("MyExpt_Per_Image", opened, index=False)
    merged = Profiles.load(path)
    assert set(merged.names) == set(folder.names)
    assert merged.meta["well"].tolist() == ["A01"] * 3 + ["A02"] * 3


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("no database at all, only text")
    with pytest.raises(InputError, match=r"x.sqlite: cannot be read as a table"):
        Profiles.load(tmp_path / "x.sqlite")


def test_odd_names_are_no_fault_and_a_blank_parent_is_none(tmp_path: Path) -> None:
    made = tables()
    made["Cells"]["Parent_Nuclei"] = [3.0, 1, 2, 0, np.nan, np.nan]
    made["Cells"]["_merge"] = 1.5
    assert len(Profiles.load(written(tmp_path / "out", made))) == 3


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("Cells", "ObjectNumber", 1.5),
        ("Cells", "ObjectNumber", np.nan),
        ("Nuclei", "ImageNumber", 1.5),
        ("Nuclei", "ImageNumber", np.nan),
        ("Cells", "Parent_Nuclei", 2.9),
        ("Cells", "Parent_Nuclei", np.inf),
        ("Cells", "Parent_Nuclei", 1e300),
        ("Cells", "Parent_Nuclei", "x"),
    ],
)
def test_what_is_not_the_number_of_an_object_is_named(
    tmp_path: Path, table: str, column: str, value: object
) -> None:
    """Cut to a whole number, it would meet the nucleus of another cell."""
    made = tables()
    made[table][column] = made[table][column].astype(object)
    made[table].loc[5, column] = value
    with pytest.raises(InputError, match=rf"{table}: '\w*{column}' is .*not the number of an"):
        Profiles.load(written(tmp_path / "out", made))


def test_numbers_with_a_decimal_point_are_the_same_numbers(tmp_path: Path) -> None:
    made, path = tables(), tmp_path / "e.sqlite"
    made["Cells"]["ImageNumber"] = made["Cells"]["ImageNumber"].astype(float)
    images = made["Image"].astype({"ImageNumber": object})
    made["Image"] = pd.concat([images, images.head(1).assign(ImageNumber=None)])
    with closing(sqlite3.connect(path)) as opened:
        for name, table in made.items():
            table.to_sql(f"Per_{name}", opened, index=False)
    assert Profiles.load(path).meta["plate"].tolist() == ["0042"] * 6


def test_a_table_without_rows_is_named(tmp_path: Path) -> None:
    made = tables()
    made["Cells"] = made["Cells"].head(0)
    with pytest.raises(InputError, match="Cells: has no rows"):
        Profiles.load(written(tmp_path / "out", made))


def test_keys_as_text_in_one_table_and_two_tables_of_one_object(tmp_path: Path) -> None:
    made, path = tables(), tmp_path / "e.sqlite"
    with closing(sqlite3.connect(path)) as opened:
        for name, table in made.items():
            kept = table.astype({"ImageNumber": str}) if name == "Cells" else table
            kept.to_sql(f"Per_{name}", opened, index=False)
    assert len(Profiles.load(path)) == 6
    with closing(sqlite3.connect(path)) as opened:
        made["Cells"].to_sql("My_Per_Cells", opened, index=False)
    with pytest.raises(InputError, match="holds 'Cells' twice"):
        Profiles.load(path)

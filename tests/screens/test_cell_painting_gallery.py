"""Projects of the Cell Painting Gallery: batches, platemaps, and a table that replaces them."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.screens.cell_painting_gallery import CellPaintingGallery


def test_batch_and_platemap_of_each_plate(tmp_path: Path) -> None:
    screen = CellPaintingGallery.fake(tmp_path)(tmp_path)
    assert set(screen.meta["batch"]) == {"Batch1"}
    assert screen.meta["compound"].tolist() == ["negcon", "negcon", "BRD-1", "BRD-1"]
    assert screen.meta["control"].tolist() == [True, True, False, False]


def test_a_table_of_the_user_replaces_the_platemaps(tmp_path: Path) -> None:
    CellPaintingGallery.fake(tmp_path)
    (tmp_path / "mine.csv").write_text("well,compound\nA1,DMSO\nB2,taxol\n")
    meta = CellPaintingGallery(table="mine.csv")(tmp_path).meta
    assert meta["compound"].tolist() == ["DMSO", "DMSO", "taxol", "taxol"]


def test_plates_without_a_map_and_no_tables(tmp_path: Path) -> None:
    layout = CellPaintingGallery.fake(tmp_path)
    maps = tmp_path / "workspace" / "metadata" / "platemaps" / "Batch1"
    (maps / "platemap" / "map1.txt").unlink()
    with pytest.raises(InputError, match="names the platemap 'map1'"):
        layout(tmp_path)
    (maps / "barcode_platemap.csv").unlink()
    assert "compound" not in layout(tmp_path).meta
    with pytest.raises(InputError, match="no table in a folder load_data_csv"):
        layout(tmp_path / "images")


def test_a_batch_is_a_folder_of_the_project_and_never_made_up(tmp_path: Path) -> None:
    layout = CellPaintingGallery.fake(tmp_path)
    tables = tmp_path / "workspace" / "load_data_csv"
    (tables / "Batch1" / "BR01").rename(tables / "BR01")
    (tables / "Batch1").rmdir()
    assert "batch" not in layout(tmp_path).meta

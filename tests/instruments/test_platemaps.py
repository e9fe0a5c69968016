"""Platemaps of the Cell Painting Gallery: real maps of JUMP under a list of plates."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.instruments.platemaps import BARCODES, read_platemaps


def _maps(root: Path, rows: str) -> Path:
    (root / "platemap").mkdir(parents=True)
    (root / BARCODES).write_text(f"Assay_Plate_Barcode,Plate_Map_Name\n{rows}")
    return root / "platemap"


def test_a_real_map_serves_the_plates_that_name_it(data_dir: Path, tmp_path: Path) -> None:
    folder = _maps(tmp_path / "maps", "BR1,JUMP\nBR2,JUMP\nBR9,other\n")
    real = data_dir / "instrument-layouts" / "platemaps" / "JUMP-Target-2_compound_platemap.tsv"
    shutil.copy(real, folder / "JUMP.txt")
    table, notes = read_platemaps(Contents.of(tmp_path), frozenset({"BR1", "BR2", "BR3"}))
    assert table is not None
    assert table["plate"].value_counts().to_dict() == {"BR1": 384, "BR2": 384}
    assert table.set_index(["plate", "well"]).loc[("BR2", "A02"), "compound"].startswith("BRD-K48")
    assert [note.what for note in notes] == ["1 plate has no platemap: BR3"]


def test_maps_that_are_not_there(tmp_path: Path) -> None:
    _maps(tmp_path / "maps", "BR1,JUMP\n")
    contents = Contents.of(tmp_path)
    assert read_platemaps(contents, frozenset({"BR2"})) == (None, [])
    with pytest.raises(InputError, match="names the platemap 'JUMP', which is not in"):
        read_platemaps(contents, frozenset({"BR1"}))

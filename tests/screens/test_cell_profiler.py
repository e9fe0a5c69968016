"""CellProfiler's tables: a real one with one image, and one with illumination columns only."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.screens.cell_profiler import CellProfiler, load_data_tables


def test_a_real_table_and_its_one_image(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "phenix" / "Version5"
    screen = CellProfiler(channels=("DPC",))(root)
    assert screen.meta[["plate", "well", "site"]].iloc[0].tolist() == ["BR00122249", "A01", 1]
    with pytest.raises(InputError, match=r"no such image images/r01c01f01p01-ch3"):
        CellProfiler()(root)


def test_a_table_and_its_copy_with_illumination_are_one(tmp_path: Path) -> None:
    layout = CellProfiler.fake(tmp_path)
    assert load_data_tables(Contents.of(tmp_path)) == ["load_data.csv"]
    plain = layout(tmp_path)
    (tmp_path / "load_data.csv").unlink()
    assert load_data_tables(Contents.of(tmp_path)) == ["load_data_with_illum.csv"]
    assert layout(tmp_path).meta.equals(plain.meta)
    (note,) = layout.problems(tmp_path)
    assert note.what.endswith("listed, and not applied: IllumDNA, IllumER")


def test_a_named_table_and_none(tmp_path: Path) -> None:
    CellProfiler.fake(tmp_path)
    assert len(CellProfiler(load_data="*illum.csv")(tmp_path)) == 4
    with pytest.raises(InputError, match="no load_data table"):
        CellProfiler(load_data="none*.csv")(tmp_path)

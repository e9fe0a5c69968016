"""Stores as screens: pixels, metadata that came later, images that were left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.intake.prepare import plan, write
from phenolens.screens.image_folder import ImageFolder
from phenolens.screens.prepared import Prepared


def test_a_platemap_can_come_later(tmp_path: Path) -> None:
    Prepared.fake(tmp_path / "store")
    (tmp_path / "map.csv").write_text("well,dye\nA1,x\nB2,y\n")
    screen = Prepared(table=str(tmp_path / "map.csv"))(tmp_path / "store")
    assert screen.meta["dye"].tolist() == ["x", "x", "y", "y"] * 2
    assert screen.meta["compound"].tolist()[:3] == ["DMSO", "DMSO", "taxol"]


def test_metadata_that_came_later_replace_those_of_the_store(tmp_path: Path) -> None:
    """A compound that the store has too is not a column to join on."""
    Prepared.fake(tmp_path / "store")
    (tmp_path / "map.csv").write_text("well,compound,concentration\nA1,DMSO,0\nB2,colchicine,1\n")
    screen = Prepared(table=str(tmp_path / "map.csv"))(tmp_path / "store")
    assert screen.meta["compound"].tolist() == ["DMSO", "DMSO", "colchicine", "colchicine"] * 2
    assert screen.meta["treatment"].unique().tolist() == ["DMSO", "colchicine@1"]
    (tmp_path / "map.csv").write_text("well,dose\nA1,0\nB2,0.3\n")
    screen = Prepared(table=str(tmp_path / "map.csv"))(tmp_path / "store")
    assert screen.meta["treatment"].unique().tolist() == ["DMSO", "taxol@0.3"]
    assert screen.meta["control"].tolist() == [True, True, False, False] * 2


def test_hashes_follow_the_images_that_are_kept(tmp_path: Path) -> None:
    root = tmp_path / "plates"
    ImageFolder.fake(root)
    write(plan(root), tmp_path / "whole", 1)
    (root / "P1" / "A01_s1_DNA.tif").write_bytes(b"")
    write(plan(root), tmp_path / "less", 1)
    whole, less = Prepared()(tmp_path / "whole"), Prepared()(tmp_path / "less")
    assert (len(whole), len(less)) == (8, 7)
    assert whole.identify is not None
    assert less.identify is not None
    hashes = whole.identify(np.arange(8))
    assert len(np.unique(hashes, axis=0)) == 8
    again = Prepared()(tmp_path / "whole").identify
    assert again is not None
    np.testing.assert_array_equal(again(np.arange(8)), hashes)
    assert len(np.unique(less.identify(np.arange(7)), axis=0)) == 7
    np.testing.assert_array_equal(less.read(np.arange(7)), whole.read(np.arange(1, 8)))


def test_what_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match="no finished pixel store"):
        Prepared()(tmp_path)
    (problem,) = Prepared().problems(tmp_path)
    assert problem.kind == "folder"

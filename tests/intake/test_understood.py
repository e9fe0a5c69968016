"""Facts and flags of a screen, on examples with known faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from phenolens.core.screen import Screen
from phenolens.intake.prepare import plan
from phenolens.intake.understood import Understood, flag_lines
from phenolens.screens.image_folder import ImageFolder
from phenolens.screens.phenix import Phenix


def _understood(root: Path, platemap: str = "") -> Understood:
    planned = plan(root, platemap=platemap)
    return Understood.of(planned.recognition.words(), planned.screen, planned.problems)


def test_facts_of_a_whole_plate(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    found = _understood(tmp_path, str(tmp_path / "platemap.csv"))
    facts = dict(found.facts)
    assert facts["images"] == "8 fields of 32 x 40 pixels"
    assert facts["channels"] == "2: Actin, DNA"
    assert facts["plates"] == "2: P1, P2; 96 wells"
    assert facts["controls"] == "1 well per plate"
    assert facts["compounds"] == "2: DMSO, taxol"
    assert facts["batches"] == "not known"
    assert found.flags == {}
    assert found.plates["control wells"].tolist() == [1, 1]
    assert found.table["facts"]["wells"] == "4 with images"


def test_pixel_size_and_unknown_controls(tmp_path: Path) -> None:
    Phenix.fake(tmp_path)
    facts = dict(_understood(tmp_path).facts)
    assert facts["images"].endswith(", 0.598 um per pixel")
    assert facts["controls"] == "not known: name a table with --platemap"
    (tmp_path / "map.csv").write_text("well,compound\nA1,x\nB2,y\n")
    assert dict(_understood(tmp_path, str(tmp_path / "map.csv")).facts)["controls"].startswith(
        "none"
    )


def test_planes_are_not_counted_as_fields(tmp_path: Path) -> None:
    for well in ("A01", "B02"):
        for site in (1, 2):
            for z in (1, 2, 3):
                path = tmp_path / "P1" / f"{well}_s{site}_z{z}_DNA.tif"
                path.parent.mkdir(exist_ok=True)
                tifffile.imwrite(path, np.ones((9, 8), np.uint16))
    pattern = r"(?P<plate>\w+)/(?P<well>\w+)_s(?P<site>\d)_z(?P<z>\d)_(?P<channel>\w+)\.tif"
    planned = plan(tmp_path, "image_folder", {"pattern": pattern})
    found = Understood.of(planned.words(), planned.screen, planned.problems)
    facts = dict(found.facts)
    assert facts["images"] == "12 images of 9 x 8 pixels: 4 fields, 3 z planes"
    assert facts["sites"] == "2: 1, 2"
    assert found.plates[["fields", "images"]].to_numpy().tolist() == [[4, 12]]


def test_missing_sites_other_bits_and_unused_wells_are_flagged(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    for channel in ("DNA", "Actin"):
        (tmp_path / "P1" / f"A01_s2_{channel}.tif").unlink()
    tifffile.imwrite(tmp_path / "P2" / "A01_s1_DNA.tif", np.ones((32, 40), np.uint8))
    (tmp_path / "m.csv").write_text("well,compound\nA1,DMSO\nB2,taxol\nC3,x\n")
    flags = _understood(tmp_path, str(tmp_path / "m.csv")).flags
    assert set(flags) == {"missing site", "unused row", "other bits"}
    assert flags["missing site"] == ["plate P1: A01 (1 of 2) images"]
    assert "is 8-bit" in flags["other bits"][0]


def test_repeated_fields_and_long_lists(tmp_path: Path) -> None:
    screen = ImageFolder.fake(tmp_path)(tmp_path)
    doubled: Screen = screen.take(np.repeat(np.arange(8), 2))
    found = Understood.of(["layout x"], doubled, [])
    assert len(found.flags["repeated field"]) == 8
    lines = flag_lines(found.flags)
    assert lines[0] == "repeated field: 8"
    assert lines[-1] == "  and 5 more"


def test_columns_without_a_role_are_named(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    text = (
        "well,Row,compound,moa,density,donor age\nA1,A,DMSO,,2000,31\nB2,B,taxol,tubulin,2000,55\n"
    )
    (tmp_path / "m.csv").write_text(text)
    facts = dict(_understood(tmp_path, str(tmp_path / "m.csv")).facts)
    assert facts["metadata"].startswith("density (1 value), donor age (2 values); no role: kept")
    assert "--set columns.batch=NAME" in facts["metadata"]
    assert facts["mechanisms"] == "1: tubulin"
    assert "metadata" not in dict(_understood(tmp_path).facts)

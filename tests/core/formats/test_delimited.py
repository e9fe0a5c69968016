"""CSV and TSV: what is written comes back, with its chain; damaged files are named."""

from __future__ import annotations

import gzip
import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.delimited import note_path, read_frame
from phenolens.core.formats.origin import sha256_of
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "tsv.gz"])
def test_nothing_is_lost(wells: Profiles, tmp_path: Path, ending: str) -> None:
    path = wells.save(tmp_path / f"wells.{ending}")
    back = Profiles.load(path)
    assert back.features.tobytes() == wells.features.tobytes()
    assert back.names == wells.names
    assert back.provenance == wells.provenance
    assert back.meta["batch"].tolist()[0] == "01"  # text that looks like a number
    same = back.meta[list(wells.meta)]
    missing = (table.astype(object).where(table.notna(), None) for table in (same, wells.meta))
    pd.testing.assert_frame_equal(*missing)
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, path.name + ".json"]


def test_the_same_table_is_the_same_bytes(wells: Profiles, tmp_path: Path) -> None:
    one, two = (wells.save(tmp_path / f"{name}.csv.gz") for name in "ab")
    assert gzip.decompress(one.read_bytes()) == gzip.decompress(two.read_bytes())
    assert one.read_bytes()[4:8] == b"\x01\x00\x00\x00"  # the header's time


def test_the_chain_of_another_table_is_not_used(
    wells: Profiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = wells.save(tmp_path / "wells.csv")
    path.write_text(path.read_text().replace("P2", "P3"))
    with caplog.at_level(logging.WARNING, "phenolens"):
        back = Profiles.load(path)
    assert "wells.csv changed since wells.csv.json was written" in caplog.text
    assert [entry["step"] for entry in back.provenance] == ["load"]
    assert back.provenance[0]["sha256"] == sha256_of(path)


def test_a_json_of_another_program_is_left_alone(wells: Profiles, tmp_path: Path) -> None:
    path = wells.save(tmp_path / "wells.csv")
    for content in ({"version": 3}, [1, 2]):
        note_path(path).write_text(json.dumps(content))
        assert [entry["step"] for entry in Profiles.load(path).provenance] == ["load"]
    note_path(path).write_text("{")
    with pytest.raises(InputError, match=r"wells.csv.json: its note .* is damaged: it is not JSON"):
        Profiles.load(path)


def test_bad_tables_are_named(tmp_path: Path) -> None:
    cases = {
        "twice.csv": ("a,b,a\n1.5,2.5,3.5\n", "column 'a' appears twice"),
        "wide.csv": ("a,b\n1.5,2.5\n1.5,2.5,3.5\n", "Expected 2 fields in line 3, saw 3"),
        "wider.csv": ("a,b\n1.5,2.5,3.5\n1.5,2.5,3.5\n", "rows have more cells than the header"),
        "text.csv": (
            "Metadata_Well,Cells_Area\nA1,1.5\nA2,2.5\nA3,x\n",
            "row 4: 'Cells_Area' is 'x', not a number",
        ),
        "empty.csv": ("", "cannot be read as a table"),
    }
    for name, (content, what) in cases.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(InputError, match=what) as error:
            Profiles.load(tmp_path / name)
        assert str(tmp_path / name) in str(error.value)


def test_gzip_that_is_torn_or_changed(wells: Profiles, tmp_path: Path) -> None:
    path = wells.save(tmp_path / "wells.csv.gz")
    note_path(path).unlink()
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 0xFF
    for torn in (whole[: len(whole) // 2], bytes(changed)):
        path.write_bytes(torn)
        with pytest.raises(InputError, match=r"wells.csv.gz: cannot be read as a table"):
            read_frame_or_load(path)


def read_frame_or_load(path: Path) -> None:
    Profiles.load(path)


def test_tabs_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "map.tsv"
    path.write_text("\ufeffplate\twell\np1\tA01\n", encoding="utf-8")
    assert read_frame(path).to_dict("list") == {"plate": ["p1"], "well": ["A01"]}


@pytest.mark.parametrize("renames", [0, 1, 2, 3])
def test_a_table_has_its_note_wherever_the_write_is_stopped(
    wells: Profiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """The note is replaced, then the table, then the note again, now without the old note."""
    path = wells.save(tmp_path / "wells.csv")
    new = wells.take(np.arange(2)).after(PairRule())
    left, replace = renames, Path.replace

    def stop(self: Path, target: Path) -> Path:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        if renames < 3:
            with pytest.raises(KeyboardInterrupt):
                new.save(path)
        else:
            new.save(path)
    back = Profiles.load(path)
    expected = new if renames >= 2 else wells
    assert len(back) == len(expected)
    assert back.provenance == expected.provenance
    assert ("previous" in note_path(path).read_text()) == (renames in (1, 2))


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', "my notes"])
def test_a_file_that_has_the_name_of_the_note_is_never_overwritten(
    wells: Profiles, tmp_path: Path, text: str
) -> None:
    path = wells.save(tmp_path / "wells.csv")
    note_path(path).write_text(text)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"wells\.csv\.json"):
        wells.save(path)
    assert note_path(path).read_text() == text
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["WELLS.CSV", "WELLS.CSV.GZ", "wells.Tsv.gz"])
def test_an_ending_in_capitals_is_the_same_format(
    wells: Profiles, tmp_path: Path, name: str
) -> None:
    path = wells.save(tmp_path / name)
    assert Profiles.load(path).names == wells.names
    note_path(path).unlink()
    assert Profiles.load(path).provenance[0]["step"] == "load"

"""Text of instruments: encodings, line ends, separators, decimal commas."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.curves.text_sheet import text_of, text_sheet


def test_latin_1_and_utf_8_are_the_same_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Elapsed,LCL 5 \u00b5M\n0,1\n".encode("latin-1"))
    (tmp_path / "b.csv").write_bytes("\ufeffElapsed,LCL 5 \u00b5M\r0,1\r".encode())
    one, other = text_sheet(tmp_path / "a.csv"), text_sheet(tmp_path / "b.csv")
    assert one.rows[0] == other.rows[0] == ["Elapsed", "LCL 5 \u00b5M"]
    assert one.rows[1] == other.rows[1] == ["0", "1"]
    assert one.notes == ("its encoding is Latin-1, not UTF-8",)
    assert other.notes == ()


def test_decimal_commas_are_points_where_commas_separate_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Elapsed\tA1, Image 1\n0\t3,07\n1,5\t-2,5e-3\n")
    sheet = text_sheet(tmp_path / "a.txt")
    assert sheet.rows[1:] == [["0", "3.07"], ["1.5", "-2.5e-3"]]
    assert sheet.rows[0] == ["Elapsed", "A1, Image 1"]
    (tmp_path / "b.csv").write_text("Elapsed;A\n0;3,07\n")
    assert text_sheet(tmp_path / "b.csv").rows[1] == ["0", "3.07"]


def test_mixed_decimal_signs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Elapsed\tA\n0\t3,07\n1.5\t2\n")
    with pytest.raises(InputError, match=r"decimal commas \(3,07\) and decimal points \(1\.5\)"):
        text_sheet(tmp_path / "a.txt")


def test_gzip_is_read_and_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"Elapsed,A\n0,1\n"))
    assert text_sheet(tmp_path / "a.csv.gz").rows[1] == ["0", "1"]
    (tmp_path / "b.csv").write_bytes(b"a\0b")
    with pytest.raises(InputError, match="has a NUL"):
        text_of(tmp_path / "b.csv")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"Elapsed,A\n0,1\n")[:-9])
    with pytest.raises(InputError, match=r"c\.csv\.gz: cannot be read"):
        text_of(tmp_path / "c.csv.gz")
    with pytest.raises(InputError, match="no such file"):
        text_of(tmp_path / "d.csv")

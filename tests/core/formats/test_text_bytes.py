"""The bytes of a text are looked at as they are read, compressed or not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats import memory, text_bytes
from phenolens.core.formats.text_bytes import ends, is_gzipped, opened
from phenolens.core.profiles import Profiles


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_nul_is_named_by_its_row(tmp_path: Path, name: str) -> None:
    """pandas would read 3.25 as 3."""
    text = b"Metadata_Well,f\nA01,1.5\nA02,3.\x0025\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if is_gzipped(path) else text)
    with pytest.raises(InputError, match=f"{name}: row 3: holds a NUL"):
        Profiles.load(path)


@pytest.mark.parametrize("text", [b"a\n1\n", b"a\n1", b"a\r1\r", b"a" * 600_000, b""])
def test_the_end_of_the_last_line_is_known(tmp_path: Path, text: bytes) -> None:
    for name in ("t.csv", "t.csv.gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text) if is_gzipped(path) else text)
        with opened(path) as (source, counted):
            content = source.read_bytes() if isinstance(source, Path) else source.read()
        assert content == text
        assert ends(path, counted) == text.endswith((b"\n", b"\r"))


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_lines_that_fit_into_no_memory_are_refused_before_they_are_read(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"plate,Cells_a\n" + b"\n" * 100_000
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if is_gzipped(path) else text)
    with opened(path, 2):  # there is enough
        pass
    monkeypatch.setattr(memory, "free_memory", lambda: 2_000_000)
    with pytest.raises(InputError, match="more than 27777 rows of 2 columns"):
        Profiles.load(path)


def test_a_file_of_blank_lines_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"plate,Cells_a\np,1\n" + b",\r\n" * 400_000))
    assert len(Profiles.load(path)) == 1  # as a spreadsheet leaves them
    monkeypatch.setattr(text_bytes, "_MOST_BLANK", 200_000)
    with pytest.raises(InputError, match="more than 200000 blank lines one after another"):
        Profiles.load(path)

"""A blocklist is a file of names; only its path, fingerprint and count are written out."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.inside import Fence, fenced
from phenolens.corrections.blocklist import MOST_BYTES, Blocklist


def test_a_blocklist_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "block.csv"
    path.write_text('blocklist\n"Cells_Area"\n\nCells_Form*\n', encoding="utf-8")
    read = Blocklist(file=str(path))
    assert read.names == ("Cells_Area", "Cells_Form*")
    assert Blocklist(file=str(path), sha256=read.sha256) == read
    assert str(read) == f"{path} (2 names, sha256 {read.sha256})"
    assert "Cells_" not in repr(read)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "block.csv"
    path.write_text("blocklist\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds no name"):
        Blocklist(file=str(path))
    with pytest.raises(InputError, match="has changed: its sha256 is"):
        Blocklist(file=str(path), sha256="0")
    with pytest.raises(InputError, match="no such file"):
        Blocklist(file=str(tmp_path / "absent.txt"))
    path.write_bytes(b"\xff\xfe\x00secret")
    with pytest.raises(InputError, match="is not a file of text") as error:
        Blocklist(file=str(path))
    assert "secret" not in str(error.value)
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(InputError, match="is too large"):
        Blocklist(file=str(path))


def test_a_file_cannot_name_one_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "block.csv"
    path.write_text("a\n")
    with fenced(Fence((tmp_path / "data",))), pytest.raises(InputError, match="leads out of"):
        Blocklist(file=str(path))

"""Settings and notes are read whole: what cannot be one is named, not read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from phenolens.chains.chain_folder import read_steps
from phenolens.chains.settings import read_toml
from phenolens.core import small_files
from phenolens.core.errors import InputError
from phenolens.core.formats.delimited import read
from phenolens.core.small_files import read_small
from phenolens.models.card import read_card
from phenolens.results.contents import RunContents
from phenolens.runs.recipe import Recipe


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 10 bytes be the most."""
    monkeypatch.setattr(small_files, "MOST_BYTES", 10)


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("é = 1\r\nb\rc\n".encode())
    assert read_small(tmp_path / "a") == (tmp_path / "a").read_text() == "é = 1\nb\nc\n"


def test_a_sparse_file_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InputError, match=r"r\.toml: has more than 64 MB"):
        read_toml(path)


READERS: dict[str, Callable[[Path], object]] = {
    "r.toml": lambda place: Recipe.load(place / "r.toml"),
    "chain.toml": read_steps,
    "config.json": read_card,
    "results.json": lambda place: RunContents.read(place),
    "t.csv.json": lambda place: read(place / "t.csv", {}),
}


@pytest.mark.usefixtures("most")
@pytest.mark.parametrize("name", READERS)
def test_every_reader_names_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "t.csv").write_text("plate,f1\np,1\n")
    (tmp_path / name).write_text('{"longer": "than ten bytes"}')
    with pytest.raises(InputError, match=f"{name}: .*has more than"):
        READERS[name](tmp_path)

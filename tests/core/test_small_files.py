"""Settings and notes are read whole: what cannot be one is named, not read."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from phenolens import core
from phenolens.chains.chain_folder import read_steps
from phenolens.chains.settings import read_toml
from phenolens.core import small_files
from phenolens.core.errors import InputError
from phenolens.core.formats.delimited import read
from phenolens.core.small_files import lines_of, read_small
from phenolens.corrections.blocklist import Blocklist
from phenolens.models.card import read_card
from phenolens.results.contents import RunContents
from phenolens.runs.kept import is_kept
from phenolens.runs.recipe import Recipe
from phenolens.runs.score import load_score
from phenolens.store.note import read_note


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
    "score.json": load_score,
    "names.txt": lambda place: Blocklist(file=str(place / "names.txt")),
}


@pytest.mark.usefixtures("most")
@pytest.mark.parametrize("name", READERS)
def test_every_reader_names_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "t.csv").write_text("plate,f1\np,1\n")
    (tmp_path / name).write_text('{"longer": "than ten bytes"}')
    with pytest.raises(InputError, match=f"{name}: .*has more than"):
        READERS[name](tmp_path)


@pytest.mark.usefixtures("most")
def test_a_note_of_ours_that_is_too_large_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "store.json").write_text('{"longer": "than ten bytes"}')
    with pytest.raises(InputError, match="is damaged"):
        read_note(tmp_path)
    said: list[str] = []
    assert not is_kept(tmp_path / "store.json", "key", (), said.append)
    assert "is damaged; it will be made again" in said[0]


@pytest.mark.usefixtures("most")
def test_lines_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"123456789\n\r\n\xff\nlast")
    assert list(lines_of(path)) == ["123456789", "", "\ufffd", "last"]
    path.write_bytes(b"1\n12345678901")
    with pytest.raises(InputError, match="lines: has more than"):
        list(lines_of(path))


# What else is read as text: the system's own files, and those of this package.
OTHERS = {
    "cli/diagnosis.py": "/proc/cpuinfo",
    "core/docs.py": "our pages",
    "core/files.py": "/proc/self/status",
    "core/formats/memory.py": "/proc/meminfo",
    "core/peak_memory.py": "/proc/self/status",
    "core/registry.py": "source files of entries",
    "drawing/template.py": "our templates",
}


def test_nothing_else_reads_settings_or_notes() -> None:
    """Every JSON and TOML file is read by `read_small`, and none by the parser itself."""
    source = Path(str(core.__file__)).parent.parent
    found = {}
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            called, call = ast.unparse(node.func), ast.unparse(node)
            whole = called in ("json.load", "tomllib.load") or node.func.attr == "read_text"
            bytes_read = ".read(" in call or ".read_bytes(" in call
            if whole or (called in ("json.loads", "tomllib.loads") and bytes_read):
                found[path.relative_to(source).as_posix()] = call
    assert {name: found[name] for name in sorted(set(found) - set(OTHERS))} == {}
    assert set(OTHERS) <= set(found)

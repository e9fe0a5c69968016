"""The examples and patterns of `docs/layouts.md` do what it says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from phenolens.core.registry import catalogue
from phenolens.screens.base import Indexed

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "layouts.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_each_pattern_fits_the_name_above_it() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    lines = block.strip().splitlines()
    assert len(lines) == 6
    for comment, line in zip(lines[::2], lines[1::2], strict=True):
        name = comment.rpartition(": ")[2]
        found = re.fullmatch(tomllib.loads(line)["pattern"], name)
        assert found, name
        assert {"channel", "site"} <= set(found.groupdict())


@pytest.mark.parametrize("name", ["bbbc021", "cells", "image_folder", "brightfield", "time_lapse"])
def test_every_setting_is_documented(name: str) -> None:
    section = TEXT.split(f"## `{name}`")[1].split("\n## ")[0]
    for setting in catalogue("screens")[name].load().__dataclass_fields__:
        assert f"| `{setting}` |" in section, setting


OF_INSTRUMENTS = [
    name for name, entry in catalogue("screens").items() if issubclass(entry.load(), Indexed)
]


@pytest.mark.parametrize("name", [*OF_INSTRUMENTS, "ome_zarr", "prepared"])
def test_layouts_of_instruments_are_documented_together(name: str) -> None:
    title = "## `prepared`" if name == "prepared" else "## Folders of instruments"
    section = TEXT.split(title)[1].split("\n## ")[0]
    assert f"`{name}`" in title + section
    for setting in catalogue("screens")[name].load().__dataclass_fields__:
        assert f"| `{setting}` |" in section, setting

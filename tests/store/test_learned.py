"""What steps estimated is written next to the pixels, and found again."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.store.learned import keep_learned
from phenolens.store.note import FILES
from phenolens.store.pixel_store import prepare, remove_store


@dataclass
class Noted:
    name: str = "illumination.npz"
    calls: list[str] = field(default_factory=list)

    def save(self, path: Path) -> None:
        self.calls.append("save")
        path.write_text("known")

    def load(self, path: Path) -> None:
        self.calls.append("load")
        if path.read_text() != "known":
            raise InputError("is damaged", where=path)


def test_it_is_written_once_and_then_taken_over(tiny_screen: Screen, tmp_path: Path) -> None:
    noted = Noted()
    screen = replace(tiny_screen, learned=(noted,))
    keep_learned(screen, tmp_path)
    keep_learned(screen, tmp_path)
    assert noted.calls == ["save", "load"]


def test_a_damaged_file_is_made_again(
    tiny_screen: Screen, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    noted = Noted()
    (tmp_path / noted.name).write_text("broken")
    with caplog.at_level(logging.WARNING):
        keep_learned(replace(tiny_screen, learned=(noted,)), tmp_path)
    assert noted.calls == ["load", "save"]
    assert "illumination.npz: is damaged; it will be made again" in caplog.text


def test_it_is_part_of_the_store(tiny_screen: Screen, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    prepare(replace(tiny_screen, learned=(Noted(),)), folder)
    assert (folder / "illumination.npz").is_file()
    assert "illumination.npz" in FILES
    remove_store(folder)
    assert not folder.exists()


def test_a_name_that_no_store_has_is_refused(tiny_screen: Screen, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a pixel store has no file"):
        keep_learned(replace(tiny_screen, learned=(Noted("pixels.npy"),)), tmp_path)

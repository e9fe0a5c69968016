"""Folders with links; loops are also in `tests/safety/test_images_that_lie.py`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.images.walk import walk


def test_files_come_sorted_from_all_folders_and_links(tmp_path: Path) -> None:
    for name in ("b/2.tif", "a/1.tif", "a/deep/3.tif", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "c").symlink_to(tmp_path / "b", target_is_directory=True)
    (tmp_path / "gone.tif").symlink_to(tmp_path / "nowhere")
    files, notes = walk(tmp_path, lambda path: path.suffix == ".tif" and path.exists())
    names = [path.relative_to(tmp_path).as_posix() for path in files]
    assert names == ["a/1.tif", "a/deep/3.tif", "b/2.tif", "c/2.tif"]
    assert [str(note) for note in notes] == [
        f"{tmp_path / 'gone.tif'}: is a link that leads nowhere: it is passed over"
    ]


def test_a_plate_whose_link_leads_nowhere_is_named(tmp_path: Path) -> None:
    """Of a disk that is not connected, or of itself."""
    (tmp_path / "a.tif").touch()
    (tmp_path / "P1").symlink_to(tmp_path / "nowhere")
    (tmp_path / "P2").symlink_to(tmp_path / "P2")
    files, notes = walk(tmp_path, lambda path: path.suffix == ".tif")
    assert files == [tmp_path / "a.tif"]
    assert sorted(Path(note.where).name for note in notes) == ["P1", "P2"]
    assert not any(note.serious for note in notes)


def test_folders_that_link_to_each_other_end(tmp_path: Path) -> None:
    """Twelve of them have some 1,300,000,000 ways through them."""
    for name in "abcdefghijkl":
        (tmp_path / name).mkdir()
        for other in "abcdefghijkl":
            (tmp_path / name / other).symlink_to(tmp_path / other)
    with pytest.raises(InputError, match="is reached by more than 16 links; link every folder"):
        walk(tmp_path, Path.is_file)


def test_a_folder_that_cannot_be_opened_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(InputError, match="cannot be opened: permission denied; change its rights"):
        walk(tmp_path, Path.is_file)

"""Records of a store: written with its pixels, kept through a kill, never taken if damaged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.screen import Images, Rows, Screen
from phenolens.store.looks import LooksFile, LooksReader
from phenolens.store.note import LOOKS, marks, read_note
from phenolens.store.pixel_store import open_store, prepare, remove_store


@dataclass(frozen=True)
class Sums:
    """The sum of each image; counts how many images it was shown."""

    shown: list[int]

    def dtype(self, channels: int, size: tuple[int, int]) -> np.dtype[np.void]:  # noqa: ARG002
        return np.dtype([("sums", "<i8", (channels,))])

    def __call__(self, images: Images) -> np.ndarray:
        self.shown.append(len(images))
        made = np.zeros(len(images), dtype=self.dtype(images.shape[1], images.shape[2:]))
        made["sums"] = images.sum(axis=(2, 3), dtype=np.int64)
        return made


def sums_of(screen: Screen) -> np.ndarray:
    return screen.read(np.arange(len(screen))).sum(axis=(2, 3), dtype=np.int64)


def test_records_are_read_by_row(tiny_screen: Screen, tmp_path: Path) -> None:
    store = prepare(tiny_screen, tmp_path, look=Sums([]))
    assert store.looks is not None
    found = store.take(np.array([3, 1])).looks
    assert found is not None
    records = found(np.array([0, 1]))
    assert records is not None
    assert records["sums"].tolist() == sums_of(tiny_screen)[[3, 1]].tolist()
    remove_store(tmp_path)
    assert not tmp_path.exists()


def test_a_resume_measures_what_is_missing(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading fails in the second chunk: the first is not read or measured again."""
    monkeypatch.setattr("phenolens.store.pixel_store.CHUNK", 10)
    read = tiny_screen.read

    def stops(rows: Rows) -> Images:
        if rows[0] >= 10 and len(rows) > 1:  # single ones are for the fingerprint
            raise KeyboardInterrupt
        return read(rows)

    object.__setattr__(tiny_screen, "read", stops)
    with pytest.raises(KeyboardInterrupt):
        prepare(tiny_screen, tmp_path, 1, look=Sums([]))
    object.__setattr__(tiny_screen, "read", read)
    look = Sums([])
    store = prepare(tiny_screen, tmp_path, 1, look=look)
    assert sum(look.shown) == len(tiny_screen) - 10
    assert store.looks is not None
    records = store.looks(np.arange(len(store)))
    assert records is not None
    assert records["sums"].tolist() == sums_of(store).tolist()


def known(folder: Path, rows: list[int]) -> np.ndarray | None:
    note = read_note(folder)
    assert note is not None
    return LooksReader(folder, note)(np.array(rows))


def test_what_is_missing_or_damaged_is_not_known(tiny_screen: Screen, tmp_path: Path) -> None:
    prepare(tiny_screen, tmp_path, look=Sums([]))
    path = tmp_path / LOOKS
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert known(tmp_path, [len(tiny_screen) - 1]) is None
    assert known(tmp_path, [0]) is not None
    np.save(path, np.load(path)[:3])
    assert known(tmp_path, [0]) is None
    path.write_bytes(b"damaged")
    assert known(tmp_path, [0]) is None
    path.unlink()
    store = open_store(tmp_path)
    assert store.looks is not None
    assert store.looks(np.array([0])) is None


def test_records_of_another_store_or_row_are_not_known(tiny_screen: Screen, tmp_path: Path) -> None:
    prepare(tiny_screen, tmp_path / "one", look=Sums([]))
    other = tiny_screen.take(np.arange(len(tiny_screen))[::-1])
    prepare(other, tmp_path / "other", look=Sums([]))
    path = tmp_path / "one" / LOOKS
    mine = np.load(path)
    np.save(path, np.roll(mine, 1))
    assert known(tmp_path / "one", [0, 1, 2]) is None
    path.write_bytes((tmp_path / "other" / LOOKS).read_bytes())
    assert known(tmp_path / "one", [0]) is None
    path.unlink()
    path.symlink_to(tmp_path / "other" / LOOKS)
    assert known(tmp_path / "one", [0]) is None


def test_a_file_of_other_records_is_begun_anew(tiny_screen: Screen, tmp_path: Path) -> None:
    """A link is replaced, and what it leads to stays."""
    prepare(tiny_screen, tmp_path, look=Sums([]))
    note, mine = read_note(tmp_path), tmp_path / "thesis.txt"
    assert note is not None
    mine.write_text("mine", encoding="utf-8")
    (tmp_path / LOOKS).unlink()
    (tmp_path / LOOKS).symlink_to(mine)
    made = LooksFile.begin(tmp_path, note, Sums([]))
    mark = int(marks(tmp_path, note)[0])
    made.write(2, Sums([])(tiny_screen.read(np.array([2]))), mark)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert known(tmp_path, [1]) is None
    assert known(tmp_path, [2]) is not None

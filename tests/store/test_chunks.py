"""Pixels that changed after they were written are read again, and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.screen import Rows, Screen, UnreadableImage
from phenolens.store import chunks, pixel_store
from phenolens.store.chunks import checksum, of_chunk, sound
from phenolens.store.earlier import find_earlier
from phenolens.store.note import read_note
from phenolens.store.pixel_store import Reuse, prepare


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_store, "CHUNK", 5)  # 24 images: five chunks, the last one short


def flip(path: Path, row: int = 0) -> None:
    """Flip a bit of an image, or of a small file."""
    content = bytearray(path.read_bytes())
    content[128 + row * 2 * 40 * 48 * 2] ^= 1
    path.write_bytes(content)


def begun(screen: Screen, folder: Path) -> None:
    """Begin a store whose fourth chunk cannot be read."""

    def read(rows: Rows) -> np.ndarray:
        if len(rows) > 1 and rows[0] >= 15:
            raise OSError("the disk is gone")
        return screen.read(rows)

    with pytest.raises(OSError, match="the disk is gone"):
        prepare(replace(screen, read=read), folder, threads=1)


def reads_of(screen: Screen) -> tuple[Screen, list[int]]:
    """Return the screen, and the rows that are read of it."""
    seen: list[int] = []

    def read(rows: Rows) -> np.ndarray:
        if len(rows) > 1:  # one at a time: the fingerprint
            seen.extend(map(int, rows))
        return screen.read(rows)

    return replace(screen, read=read), seen


def test_a_mark_is_of_pixels_place_and_what_could_not_be_read() -> None:
    marks = {checksum(b"ab", 0, {}), checksum(b"ac", 0, {}), checksum(b"ab", 5, {})}
    assert len(marks | {checksum(b"ab", 0, {1: "cut"})}) == 4
    assert 0 not in marks


@pytest.mark.parametrize("name", ["pixels.npy", "done.npy"])
def test_a_changed_chunk_of_a_killed_store_is_read_again(
    tiny_screen: Screen, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun(tiny_screen, tmp_path)
    flip(tmp_path / name, row=7 if name == "pixels.npy" else 0)
    again, seen = reads_of(tiny_screen)
    opened = prepare(again, tmp_path, threads=1)
    part = range(5, 10) if name == "pixels.npy" else range(5)
    assert seen == [*part, *range(15, 24)]
    assert np.array_equal(opened.read(np.arange(24)), tiny_screen.read(np.arange(24)))
    (line,) = caplog.messages
    assert line == f"{tmp_path}/pixels.npy: is damaged in 1 of 5 chunks; they will be made again"


def test_a_finished_store_that_changed_is_made_again(
    tiny_screen: Screen, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(tiny_screen, tmp_path)
    again, seen = reads_of(tiny_screen)
    prepare(again, tmp_path)
    assert seen == []
    flip(tmp_path / "pixels.npy", row=20)
    opened = prepare(again, tmp_path, threads=1)
    assert seen == [*range(24)]
    assert np.array_equal(opened.read(np.arange(24)), tiny_screen.read(np.arange(24)))
    assert "is damaged (its content has changed); it will be made again" in caplog.text


def test_of_a_large_finished_store_some_chunks_are_read(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tiny_screen, tmp_path)
    note = read_note(tmp_path)
    assert note is not None
    for row in (0, 6, 12, 18, 23):
        flip(tmp_path / "pixels.npy", row)
    assert sound(tmp_path, note).tolist() == [False] * 5
    monkeypatch.setattr(chunks, "WHOLE", 0)
    monkeypatch.setattr(chunks, "_SOME", 2)
    assert sound(tmp_path, note).tolist() == [False, True, True, True, False]
    assert sound(tmp_path, note, np.array([1, 1])).tolist() == [True, False, True, True, True]
    (tmp_path / "done.npy").unlink()  # of an earlier version
    assert sound(tmp_path, note).all()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:0],
        lambda text: text.replace("[7,", "[8,"),
        lambda text: text + '[2, "not so"]\n',
        lambda text: text + "[" * 99999,
    ],
)
def test_an_image_is_left_out_only_where_it_could_not_be_read(
    tiny_screen: Screen, tmp_path: Path, change: Callable[[str], str]
) -> None:
    """A lost note would let zeros pass for an image; another row would lose a good one."""

    def read(rows: Rows) -> np.ndarray:
        if 7 in rows:
            raise UnreadableImage("cut short", where="row 7")
        return tiny_screen.read(rows)

    screen = replace(tiny_screen, read=read, left_out=())
    begun(screen, tmp_path)
    path = tmp_path / "unreadable.jsonl"
    path.write_text(change(path.read_text()))
    opened = prepare(screen, tmp_path, threads=1)
    rest = np.array([row for row in range(24) if row != 7])
    assert np.array_equal(opened.read(np.arange(23)), tiny_screen.read(rest))
    assert opened.left_out == ("row 7: cut short",)


def test_no_changed_pixels_are_taken_from_an_earlier_store(
    tiny_screen: Screen, tmp_path: Path
) -> None:
    def identify(rows: np.ndarray) -> np.ndarray:
        return np.repeat(rows[:, None], 16, axis=1).astype(np.uint8)

    prepare(replace(tiny_screen, identify=identify), tmp_path, reuse=Reuse("x"))
    flip(tmp_path / "pixels.npy", row=7)
    note = read_note(tmp_path)
    assert note is not None
    found = find_earlier([tmp_path], note, identify(np.arange(3, 12)))
    assert found is not None
    assert found.rows.tolist() == [3, 4, -1, -1, -1, -1, -1, 10, 11]


def test_what_could_not_be_read_is_of_one_chunk(tiny_screen: Screen, tmp_path: Path) -> None:
    prepare(tiny_screen, tmp_path)
    note = read_note(tmp_path)
    assert note is not None
    assert of_chunk({4: "a", 5: "b", 9: "c", 10: "d"}, note, 1) == {5: "b", 9: "c"}

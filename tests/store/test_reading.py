"""Where pixels come from: files, or an earlier store; and which of them cannot be read."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import UnreadableImage
from phenolens.store.earlier import Earlier
from phenolens.store.reading import Reading, Workers, read_chunks
from phenolens.store.unreadable import Piece


def read(rows: np.ndarray) -> np.ndarray:
    if 9 in rows:
        raise InputError("is of another size", where="9.tif")
    if 3 in rows:
        raise UnreadableImage("is empty", where="3.tif")
    side = 3 if 11 in rows else 2
    return np.tile(rows[:, None, None, None], (1, 1, side, 2)).astype(np.uint16)


def reading(*, lenient: bool = True, earlier: Earlier | None = None) -> Reading:
    return Reading(
        read=read,
        identify=None,
        shape=(1, 2, 2),
        lenient=lenient,
        where="store",
        earlier=earlier,
    )


def test_unreadable_images_are_zeros_and_other_errors_pass() -> None:
    piece = reading()(np.array([2, 3, 4]))
    assert piece.images[:, 0, 0, 0].tolist() == [2, 0, 4]
    assert piece.unreadable == {3: "3.tif: is empty"}
    with pytest.raises(InputError, match="another size"):
        reading()(np.array([3, 9]))
    with pytest.raises(UnreadableImage):
        reading(lenient=False)(np.array([2, 3, 4]))
    with pytest.raises(InputError, match=r"store: the screen gives .* \(2, 1, 3, 2\), expected"):
        reading()(np.array([10, 11]))


def test_an_earlier_store_gives_what_it_has(tmp_path: Path) -> None:
    np.save(tmp_path / "pixels.npy", np.full((2, 1, 2, 2), 77, dtype=np.uint16))
    places = np.full(12, -1)
    places[[3, 5]] = [1, 0]
    known = reading(earlier=Earlier(tmp_path / "pixels.npy", places))
    piece = known(np.array([2, 3, 4, 5]))
    assert piece.images[:, 0, 0, 0].tolist() == [2, 77, 4, 77]
    assert piece.unreadable == {}
    assert known(np.array([3, 5])).images[:, 0, 0, 0].tolist() == [77, 77]


def test_chunks_are_kept_once_each_and_a_failure_ends_it() -> None:
    kept: dict[int, Piece] = {}
    chunks = {4: np.array([0, 1]), 7: np.array([2, 3]), 8: np.array([4])}
    counts = list(read_chunks(reading(), chunks, kept.__setitem__, Workers(threads=2)))
    assert counts == [2, 2, 1]
    assert {n: piece.images[:, 0, 0, 0].tolist() for n, piece in kept.items()} == {
        4: [0, 1],
        7: [2, 0],
        8: [4],
    }
    with pytest.raises(InputError, match="another size"):
        list(read_chunks(reading(), {1: np.array([9])}, kept.__setitem__, Workers()))


def test_the_next_chunk_is_read_while_one_waits_for_the_disk_and_no_more_at_once() -> None:
    second, at_once, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def read(rows: np.ndarray) -> np.ndarray:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        if rows[0] == 1:
            second.set()
        made = np.zeros((len(rows), 1, 2, 2), dtype=np.uint16)
        with lock:
            at_once -= 1
        return made

    def keep(number: int, _: Piece) -> None:
        if number == 0:
            assert second.wait(30), "nothing was read meanwhile"

    known = Reading(read=read, identify=None, shape=(1, 2, 2), lenient=False, where="store")
    chunks = {number: np.array([number]) for number in range(4)}
    assert list(read_chunks(known, chunks, keep, Workers(threads=1))) == [1, 1, 1, 1]
    assert most == 1

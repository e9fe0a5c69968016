"""A store holds the screen's pixels bit for bit, whatever killed its making and how often."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.files import PARTIAL
from phenolens.core.screen import Images, IntensityRule, Rows, Screen
from phenolens.pixels.base import apply_chain
from phenolens.pixels.rescale import Rescale
from phenolens.pixels.resize import Resize
from phenolens.pixels.where import Where
from phenolens.store import begin
from phenolens.store import pixel_store as store
from phenolens.store.fingerprint import fingerprint
from phenolens.store.pixel_store import open_store, prepare


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHUNK", 5)  # 24 images: five chunks, the last one short


def everything(screen: Screen) -> Images:
    return screen.read(np.arange(len(screen)))


def watched(
    screen: Screen, refuse: Callable[[int], bool] = lambda _: False
) -> tuple[Screen, list[int]]:
    """Return the screen, and the rows read of it in chunks; some of them cannot be read."""
    seen: list[int] = []

    def read(rows: Rows) -> Images:
        if any(refuse(int(row)) for row in rows):
            raise OSError("the disk is gone")
        if len(rows) > 1:  # one at a time: the fingerprint
            seen.extend(map(int, rows))
        return screen.read(rows)

    return replace(screen, read=read), seen


def test_round_trip_is_exact(tiny_screen: Screen, tmp_path: Path) -> None:
    counts: list[tuple[int, int]] = []
    opened = prepare(
        tiny_screen, tmp_path / "store", progress=lambda *at: counts.append(at), threads=1
    )
    assert np.array_equal(everything(opened), everything(tiny_screen))
    assert everything(opened).dtype == np.uint16
    assert opened.channels == tiny_screen.channels
    assert opened.size == tiny_screen.size
    pd.testing.assert_frame_equal(opened.meta, tiny_screen.meta, check_dtype=False)
    assert counts == [(5, 24), (10, 24), (15, 24), (20, 24), (24, 24)]
    assert not (tmp_path / "store" / "unreadable.jsonl").exists()
    rows = np.array([23, 0, 7, 7])  # any order, and twice
    assert np.array_equal(opened.read(rows), everything(tiny_screen)[rows])


def test_the_end_of_the_chain_is_written_with_its_history_and_rule(
    tiny_screen: Screen, tmp_path: Path
) -> None:
    steps = (Where(query="plate == 'p1'"), Resize(factor=0.5), Rescale(low=1.0, standardize=True))
    screen = apply_chain(steps, replace(tiny_screen, pixel_size=0.5))
    prepare(screen, tmp_path)
    opened = open_store(tmp_path)
    assert np.array_equal(everything(opened), everything(screen))
    assert opened.meta["plate"].tolist() == ["p1"] * 12
    assert (opened.size, opened.pixel_size) == ((20, 24), 1.0)
    assert opened.history == screen.history
    assert [entry["step"] for entry in opened.history] == ["where", "resize", "rescale"]
    assert opened.rescale == screen.rescale == IntensityRule(low=1.0, standardize=True)
    assert fingerprint(opened) == fingerprint(screen)


def test_a_store_without_marks_is_written_anew(tiny_screen: Screen, tmp_path: Path) -> None:
    broken, _ = watched(tiny_screen, refuse=lambda row: row == 11)
    with pytest.raises(OSError, match="disk is gone"):
        prepare(broken, tmp_path, threads=1)
    (tmp_path / "done.npy").unlink()
    whole, seen = watched(tiny_screen)
    prepare(whole, tmp_path)
    assert sorted(seen) == list(range(24))


def test_a_failed_store_goes_on_where_it_stopped(tiny_screen: Screen, tmp_path: Path) -> None:
    broken, first = watched(tiny_screen, refuse=lambda row: row == 11)
    with pytest.raises(OSError, match="disk is gone"):
        prepare(broken, tmp_path, threads=1)
    with pytest.raises(InputError, match="no finished pixel store"):
        open_store(tmp_path)
    whole, second = watched(tiny_screen)
    opened = prepare(whole, tmp_path, threads=1)
    assert first[:10] == list(range(10))
    assert sorted(first + second) == list(range(24))  # nothing twice, nothing left out
    assert np.array_equal(everything(opened), everything(tiny_screen))
    again, third = watched(tiny_screen)
    prepare(again, tmp_path)
    assert third == []


@pytest.mark.parametrize("stage", ["pixels.npy", "meta.parquet", "done.npy", "store.json"])
def test_a_kill_while_it_is_begun_leaves_no_store(
    tiny_screen: Screen, tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever file was the last one written, the next start makes all of them."""
    with monkeypatch.context() as broken:
        broken.setattr(begin, "_write_meta", lambda *_: (_ for _ in ()).throw(OSError))
        with pytest.raises(OSError):  # noqa: PT011
            prepare(tiny_screen, tmp_path)
    assert not json.loads((tmp_path / "store.json").read_text())["ready"]
    (tmp_path / stage).write_bytes(b"half")
    if stage == "store.json":
        (tmp_path / f"{PARTIAL}killed").mkdir()
    assert np.array_equal(everything(prepare(tiny_screen, tmp_path)), everything(tiny_screen))


def test_another_screen_is_refused(tiny_screen: Screen, tmp_path: Path) -> None:
    prepare(tiny_screen, tmp_path)
    meta = tiny_screen.meta.assign(well="A01")
    others = [
        replace(tiny_screen, meta=meta),
        replace(tiny_screen, channels=("DNA", "Mito")),
        tiny_screen.take(np.arange(20)),
        replace(tiny_screen, read=lambda rows: tiny_screen.read(rows) + 1),  # its pixels alone
    ]
    for other in others:
        with pytest.raises(InputError, match=r"pixels of another screen \(.*differ\)"):
            prepare(other, tmp_path)
    with pytest.raises(InputError, match=r"\(size, history, images or metadata differ\)"):
        prepare(Resize(factor=0.5)(tiny_screen), tmp_path)
    with pytest.raises(InputError, match=r"\(history, rescale differ\)"):
        prepare(Rescale()(tiny_screen), tmp_path)


def test_there_is_no_store_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished pixel store; prepare it again"):
        open_store(tmp_path)


def test_reader_pickles_without_its_pixels(tiny_screen: Screen, tmp_path: Path) -> None:
    opened = prepare(tiny_screen, tmp_path)
    everything(opened)  # now the file is open
    sent = pickle.dumps(opened.read)
    assert len(sent) < 1000
    assert np.array_equal(pickle.loads(sent)(np.array([3])), opened.read(np.array([3])))


def test_fingerprint_tells_screens_apart(tiny_screen: Screen) -> None:
    assert fingerprint(tiny_screen) == fingerprint(tiny_screen)
    assert fingerprint(tiny_screen) != fingerprint(tiny_screen.take(np.arange(24)[::-1]))


def test_fingerprint_changes_with_the_chain_but_not_with_the_rule(tiny_screen: Screen) -> None:
    """Also where the step changes none of the three images that are read."""
    untouched = tiny_screen.after(Resize(factor=1.0), tiny_screen)
    assert fingerprint(untouched) != fingerprint(tiny_screen)
    assert fingerprint(Rescale(low=1.0)(untouched)) == fingerprint(untouched)


SLOW = """
import sys, time
from dataclasses import replace
from pathlib import Path
import tiny_layout
from phenolens.store import pixel_store as store
store.CHUNK = 5
screen = tiny_layout.Tiny()(Path())
def slowly(rows):
    time.sleep(30 * (rows[0] >= 15 and len(rows) > 1))  # here it is killed, however slow all is
    return screen.read(rows)
store.prepare(replace(screen, read=slowly), Path(sys.argv[1]), threads=1)
"""


@pytest.mark.usefixtures("tiny")
def test_a_killed_process_costs_only_the_chunk_under_way(
    tiny_screen: Screen, tmp_path: Path
) -> None:
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(tmp_path)], env=dict(os.environ))
    marks, deadline = tmp_path / "done.npy", time.monotonic() + 60
    while time.monotonic() < deadline:
        written = np.count_nonzero(np.load(marks)) if marks.exists() else 0
        if written >= 2:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = np.count_nonzero(np.load(marks))
    assert kept in (2, 3)
    assert not json.loads((tmp_path / "store.json").read_text())["complete"]
    rest, seen = watched(tiny_screen)
    opened = prepare(rest, tmp_path, threads=1)
    assert len(set(seen)) == 24 - 5 * kept
    assert np.array_equal(everything(opened), everything(tiny_screen))

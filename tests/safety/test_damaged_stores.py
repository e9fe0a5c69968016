"""Damaged stores and shards are named and made again; a damaged field costs itself alone."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.screen import Screen
from phenolens.embedding.shards import Shards
from phenolens.runs.check import check
from phenolens.runs.run import run
from phenolens.screens.bbbc021 import Bbbc021
from phenolens.screens.image_folder import ImageFolder
from phenolens.store import pixel_store
from phenolens.store.fingerprint import fingerprint
from phenolens.store.limits import Limits
from phenolens.store.note import AGAIN
from phenolens.store.pixel_store import Reuse, open_store, prepare, remove_store


def content(folder: Path) -> dict[str, str]:
    """Return the checksum of every file of a store."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def everything(screen: Screen) -> np.ndarray:
    return screen.read(np.arange(len(screen)))


def half_done(screen: Screen, folder: Path) -> None:
    """Begin a store whose third chunk cannot be read."""

    def read(rows: np.ndarray) -> np.ndarray:
        if len(rows) > 1 and rows[0] >= 10:  # not where the fingerprint is taken
            raise OSError("the disk is gone")
        return screen.read(rows)

    with pytest.raises(OSError, match="the disk is gone"):
        prepare(replace(screen, read=read), folder, threads=1)


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def of_floats(folder: Path) -> None:
    np.save(folder / "pixels.npy", np.load(folder / "pixels.npy").astype(np.float32))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no pixels": lambda folder: (folder / "pixels.npy").unlink(),
    "pixels of 0 bytes": changed("pixels.npy", lambda _: b""),
    "pixels cut short": changed("pixels.npy", lambda raw: raw[:-100]),
    "pixels longer": changed("pixels.npy", lambda raw: raw + b"0"),
    "pixels are garbage": changed("pixels.npy", lambda raw: b"garbage" * (len(raw) // 7)),
    "pixels are floats": of_floats,
    "pixels of another shape": lambda folder: np.save(
        folder / "pixels.npy", np.zeros((3, 2, 40, 48), np.uint16)
    ),
    "pixels are a pickle": lambda folder: np.save(
        folder / "pixels.npy", np.array([{}], dtype=object), allow_pickle=True
    ),
    "no table": lambda folder: (folder / "meta.parquet").unlink(),
    "a table of garbage": changed("meta.parquet", lambda _: b"garbage"),
    "a table of fewer rows": lambda folder: pd.read_parquet(folder / "meta.parquet")[:9].to_parquet(
        folder / "meta.parquet"
    ),
    "a note of garbage": changed("store.json", lambda _: b"{garbage"),
    "an empty note": changed("store.json", lambda _: b""),
    "a note that is a list": changed("store.json", lambda _: b"[]"),
    "a note without its keys": changed("store.json", lambda _: b"{}"),
    "a note nested deeply": changed("store.json", lambda _: b"[" * 100_000),
    "a note of another kind": changed(
        "store.json", lambda raw: raw.replace(b'"images": 24', b'"images": "many"')
    ),
}
ONLY_BEGUN: dict[str, Callable[[Path], object]] = {
    "no marks": lambda folder: (folder / "done.npy").unlink(),
    "marks of 0 bytes": changed("done.npy", lambda _: b""),
    "marks cut short": changed("done.npy", lambda raw: raw[:-2]),
    "marks of garbage": changed("done.npy", lambda _: b"garbage"),
    "marks of another length": lambda folder: np.save(folder / "done.npy", np.ones(9, np.uint8)),
}


@pytest.mark.parametrize("name", [*DAMAGE, *ONLY_BEGUN])
def test_what_is_damaged_is_named_and_made_again(
    tiny_screen: Screen,
    tmp_path: Path,
    name: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pixel_store, "CHUNK", 5)
    whole = tmp_path / "whole"
    prepare(tiny_screen, whole)
    damage = {**DAMAGE, **ONLY_BEGUN}[name]
    for begun in (True,) if name in ONLY_BEGUN else (True, False):
        store = tmp_path / f"store-{begun}"
        (half_done if begun else prepare)(tiny_screen, store)
        damage(store)
        if not begun:
            with pytest.raises(InputError, match=r"store-False.*(damaged|missing|finished)") as bad:
                open_store(store)
            assert "\n" not in str(bad.value)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            opened = prepare(tiny_screen, store)
        lines = [r.getMessage() for r in caplog.records if AGAIN in r.getMessage()]
        assert len(lines) == 1
        assert str(store) in lines[0]
        assert "\n" not in lines[0]
        assert content(store) == content(whole)
        assert np.array_equal(everything(opened), everything(tiny_screen))


def test_a_file_of_somebody_else_is_neither_overwritten_nor_deleted(
    tiny_screen: Screen, tmp_path: Path
) -> None:
    (tmp_path / "pixels.npy").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"holds pixels\.npy, but no store\.json"):
        prepare(tiny_screen, tmp_path)
    remove_store(tmp_path)
    assert (tmp_path / "pixels.npy").read_bytes() == b"mine"
    store = tmp_path / "store"
    prepare(tiny_screen, store)
    (store / "thesis.txt").write_text("mine")
    remove_store(store)
    assert [path.name for path in store.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda raw: raw[:-4],
        lambda raw: raw[:-4] + b"\0\0\0\1",
        lambda _: b"garbage",
    ],
)
def test_a_damaged_shard_is_made_again(
    tmp_path: Path, spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    features = np.arange(12, dtype=np.float32).reshape(4, 3)
    shards, made = Shards(tmp_path, dim=3), []

    def make(begin: int) -> np.ndarray:
        made.append(begin)
        return features

    shards.obtain(0, 4, make)
    (path,) = tmp_path.glob("*.npy")
    path.write_bytes(spoil(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(shards.obtain(0, 4, make), features)
    assert made == [0, 0]
    assert f"{path}: is damaged; it will be made again" in caplog.text
    assert np.array_equal(shards.obtain(0, 4, make), features)  # the new one is whole
    assert made == [0, 0]
    assert np.array_equal(Shards(tmp_path, dim=3).obtain(4, 4, make), features)
    (tmp_path / "mine.npy").write_bytes(b"mine")
    shards.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.npy"]


def test_damaged_limits_are_named(tmp_path: Path) -> None:
    (tmp_path / "limits.parquet").write_bytes(b"garbage")
    with pytest.raises(InputError, match=r"limits\.parquet: is damaged; delete it"):
        Limits.load(tmp_path / "limits.parquet")


# One damaged image


FILE = "Week1_22123/003_Tubulin.tif"


def spoil(root: Path) -> None:
    """Damage one image so that only a decoder notices it."""
    tifffile.imwrite(root / FILE, np.zeros((32, 40), np.uint16), compression="deflate")
    raw = bytearray((root / FILE).read_bytes())
    with tifffile.TiffFile(root / FILE) as tif:
        begin = tif.pages[0].dataoffsets[0]
    raw[begin : begin + 8] = b"\xff" * 8
    (root / FILE).write_bytes(raw)


LENIENT = Bbbc021(unreadable="leave_out")


def test_a_damaged_image_stops_the_work_and_says_what_to_do(tmp_path: Path) -> None:
    layout = Bbbc021.fake(tmp_path)
    spoil(tmp_path)
    with pytest.raises(InputError, match=r"row 5: .*003_Tubulin\.tif cannot be read.*leave_out"):
        prepare(layout(tmp_path), tmp_path / "store")


@pytest.mark.parametrize("how", ["damaged", "removed", "empty", "a folder"])
def test_it_can_be_left_out_and_is_named(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The result is that of the same screen without the row."""
    root = tmp_path / "data"
    whole = Bbbc021.fake(root)(root)
    spoil(root)
    if how != "damaged":
        (root / FILE).unlink()
    if how == "empty":
        (root / FILE).write_bytes(b"")
    if how == "a folder":
        (root / FILE).mkdir()
    with caplog.at_level(logging.WARNING):
        opened = prepare(LENIENT(root), tmp_path / "store")
    rest = whole.take(np.arange(24) != 3)
    assert np.array_equal(everything(opened), everything(rest))
    assert opened.meta.equals(rest.meta)
    assert opened.left_out is not None
    assert len(opened.left_out) == 1
    assert "row 5: " in opened.left_out[0]
    assert FILE in opened.left_out[0]
    assert "1 image left out, not readable: BBBC021_v1_image.csv row 5: " in caplog.text
    again = open_store(tmp_path / "store")
    assert np.array_equal(everything(again), everything(rest))
    report = check(LENIENT, root, pixels=True)
    assert report.ok
    assert FILE in str(report)
    assert not check(Bbbc021(), root, pixels=True).ok


def test_a_killed_store_remembers_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_store, "CHUNK", 5)
    root = tmp_path / "data"
    Bbbc021.fake(root)
    spoil(root)
    screen = LENIENT(root)
    half_done(screen, tmp_path / "store")
    with (tmp_path / "store" / "unreadable.jsonl").open("a") as file:
        file.write('[7, "cut sh')  # by the kill
    opened = prepare(screen, tmp_path / "store")
    assert len(opened) == 23
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [
        "done.npy", "meta.parquet", "pixels.npy", "sources.npy", "store.json",
    ]  # fmt: skip


def test_a_field_that_lacks_a_channel_is_left_out_of_a_folder(tmp_path: Path) -> None:
    layout = replace(ImageFolder.fake(tmp_path), unreadable="leave_out")
    (tmp_path / "P1" / "A01_s1_DNA.tif").unlink()
    screen = layout(tmp_path)
    assert len(screen) == 7
    assert screen.left_out == ("no file of channel 'DNA' for plate P1 well A01 site 1",)
    assert check(layout, tmp_path).ok


def test_what_is_not_the_files_fault_always_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network disk that is lost makes no screen with fewer fields."""
    Bbbc021.fake(tmp_path)
    screen = LENIENT(tmp_path)

    def lost(*_: object, **__: object) -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(tifffile, "TiffFile", lost)
    with pytest.raises(InputError, match="Stale file handle"):
        prepare(screen, tmp_path / "store")
    monkeypatch.undo()
    small = np.zeros((8, 8), np.uint16)
    tifffile.imwrite(tmp_path / FILE, small)
    with pytest.raises(InputError, match="holds the pixels of another screen"):
        prepare(screen, tmp_path / "store")
    with pytest.raises(InputError, match="is 8 x 8 pixels, the other images are 32 x 40"):
        prepare(screen, tmp_path / "second")


# A field more or less, and the pixels of the others


def test_the_pixels_of_unchanged_fields_are_taken_over(tmp_path: Path) -> None:
    root = tmp_path / "data"
    layout = ImageFolder.fake(root)
    first = prepare(layout(root), tmp_path / "first", reuse=Reuse("x"))
    whole = everything(first)
    for name in ("A01_s1_DNA.tif", "A01_s1_Actin.tif"):
        (root / "P1" / name).unlink()
    shutil.copy(root / "P2" / "A01_s1_DNA.tif", root / "P2" / "A01_s2_DNA.tif")
    screen, seen = layout(root), []

    def read(rows: np.ndarray) -> np.ndarray:
        seen.extend(rows.tolist())
        return screen.read(rows)

    for made_by, expected in (("x", [4]), ("y", list(range(7)))):
        seen.clear()
        store = tmp_path / f"second-{made_by}"
        opened = prepare(
            replace(screen, read=read), store, 1, reuse=Reuse(made_by, [tmp_path / "first"])
        )
        assert seen == expected
        assert np.array_equal(everything(opened), everything(screen))
    assert np.array_equal(everything(opened)[:3], whole[1:4])


def test_pixels_of_a_store_that_was_stopped_are_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged image stopped it; now such images are left out, which is another recipe."""
    monkeypatch.setattr(pixel_store, "CHUNK", 5)
    root = tmp_path / "data"
    strict = Bbbc021.fake(root)
    (root / FILE).rename(root / "kept")
    shutil.copy(root / "kept", root / FILE)
    late = "Week4_27481/020_Tubulin.tif"
    (root / late).write_bytes((root / late).read_bytes()[:-50])
    with pytest.raises(InputError, match="020_Tubulin"):
        prepare(strict(root), tmp_path / "first", 1, reuse=Reuse("x"))
    screen, seen = LENIENT(root), []

    def read(rows: np.ndarray) -> np.ndarray:
        seen.extend(rows.tolist())
        return screen.read(rows)

    lenient = replace(screen, read=read)
    opened = prepare(lenient, tmp_path / "second", 1, reuse=Reuse("x", [tmp_path / "first"]))
    assert min(seen) == 20
    assert len(opened) == 23
    # Removing the damaged file afterwards gives the same pixels and the same table.
    (root / late).unlink()
    removed = prepare(LENIENT(root), tmp_path / "third")
    assert np.array_equal(everything(removed), everything(opened))
    assert removed.meta.equals(opened.meta)


@pytest.mark.parametrize("damaged", ["store.json", "sources.npy", "pixels.npy"])
def test_nothing_is_taken_from_a_damaged_store(tmp_path: Path, damaged: str) -> None:
    root = tmp_path / "data"
    screen = ImageFolder.fake(root)(root)
    prepare(screen, tmp_path / "first", reuse=Reuse("x"))
    path = tmp_path / "first" / damaged
    path.write_bytes(path.read_bytes()[:-1] + b"?!")
    opened = prepare(screen, tmp_path / "second", reuse=Reuse("x", [tmp_path / "first"]))
    assert np.array_equal(everything(opened), everything(screen))


# The identity of the data


def test_every_changed_image_changes_the_fingerprint_and_a_copy_does_not(tmp_path: Path) -> None:
    root = tmp_path / "data"
    layout = Bbbc021.fake(root)
    first = fingerprint(layout(root))
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    assert fingerprint(layout(copy)) == first
    for number in range(0, 24, 5):
        path = next(root.glob(f"*/{number:03d}_Actin.tif"))
        before = path.read_bytes()
        tifffile.imwrite(path, tifffile.imread(path) + 1)
        assert len(path.read_bytes()) == len(before)
        assert fingerprint(layout(root)) != first
        path.write_bytes(before)
    assert fingerprint(layout(root)) == first


def test_a_note_says_what_there_is(tiny_screen: Screen, tmp_path: Path) -> None:
    prepare(tiny_screen, tmp_path)
    note = json.loads((tmp_path / "store.json").read_text())
    assert note["complete"]
    assert note["images"] == 24
    assert note["sums"]["meta.parquet"] == content(tmp_path)["meta.parquet"]


# The whole run


RECIPE = """
name = "damaged"
[screen]
layout = "bbbc021"
unreadable = "UNREADABLE"
[encoder]
name = "conv_net"
widths = [4, 4]
[embedding.tiles]
size = 16
rows = 1
columns = 1
[[profiling]]
step = "aggregate"
by = ["plate", "well"]
[metrics.nsc]
same = "compound"
"""


def recipe(folder: Path, unreadable: str) -> Path:
    path = folder / f"{unreadable}.toml"
    path.write_text(RECIPE.replace("UNREADABLE", unreadable))
    return path


def test_a_run_goes_on_without_the_damaged_field(  # noqa: PLR0915  # one story
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)  # it takes seconds to compile
    monkeypatch.setattr(pixel_store, "CHUNK", 2)
    root, out = tmp_path / "data", tmp_path / "runs" / "out"
    Bbbc021.fake(root)
    whole = (root / "Week4_27481" / "015_Actin.tif").read_bytes()
    damaged = root / "Week4_27481" / "015_Actin.tif"
    damaged.write_bytes(whole[:-50])
    strict, lenient = recipe(tmp_path, "stop"), recipe(tmp_path, "leave_out")
    machine = Machine(threads=1)
    with pytest.raises(InputError, match=r"015_Actin\.tif is truncated.*leave such images out"):
        run(strict, root, out, machine=machine)
    with caplog.at_level(logging.INFO):
        results = run(lenient, root, out, machine=machine)  # the same folder: nothing was finished
    assert "of 24 images are taken from the pixels in " in caplog.text
    assert any("1 image left out, not readable" in note for note in results.notes)
    said = json.loads((out / "provenance.json").read_text())
    assert "015_Actin.tif" in json.dumps(said)
    assert "015_Actin.tif" in (out / "report.html").read_text()
    embedded = Profiles.load(out / "embeddings" / "joint.parquet")
    assert len(embedded) == 23
    # The file is removed afterwards: the same result.
    damaged.unlink()
    other = run(lenient, root, tmp_path / "runs" / "other", machine=machine)
    again = Profiles.load(tmp_path / "runs" / "other" / "embeddings" / "joint.parquet")
    assert np.array_equal(again.features, embedded.features)
    assert again.meta.equals(embedded.meta)
    assert other.scores == results.scores
    # Or it is copied again: the pixels of the others are not prepared again.
    damaged.write_bytes(whole)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        run(strict, root, tmp_path / "runs" / "third", machine=machine)
    assert "23 of 24 images are taken from the pixels in " in caplog.text

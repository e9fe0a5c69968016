"""A store made of a server is that of the local folder, whatever the connection does."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.remote.conftest import Server
from tests.store.s3_server import _Handler

from phenolens.core import mirror
from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen
from phenolens.intake.prepare import plan, write
from phenolens.remote.mirror import LISTING, mirrored


def prepared(root: Path, out: Path) -> tuple[Screen, list[str]]:
    store, left_out = write(plan(root), out, threads=2)
    return store, list(left_out)


def same(one: Screen, other: Screen) -> bool:
    rows = np.arange(len(one))
    return one.meta.equals(other.meta) and np.array_equal(one.read(rows), other.read(rows))


def test_over_http_as_from_the_disk(web: Server, project: Path, tmp_path: Path) -> None:
    local, _ = prepared(project, tmp_path / "local")
    root = mirrored(web.url, tmp_path / "far")
    images = list(root.rglob("*.tiff"))
    assert len(images) == 8
    assert all(path.stat().st_size == 0 for path in images), "names alone"
    assert (root / "workspace" / "metadata" / "platemaps" / "Batch1").is_dir()
    store, left_out = prepared(root, tmp_path / "store")
    assert left_out == []
    assert same(local, store)
    assert sorted(web.asked) == sorted(path.name for path in images), "each once, headers included"
    web.asked.clear()
    mirror._KNOWN.clear()
    again = mirrored(web.url, tmp_path / "far")
    prepared(again, tmp_path / "store")
    assert web.asked == []


@pytest.mark.parametrize("kept", [0, 4])
def test_what_is_stored_is_not_asked_for_again(
    web: Server, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """Stopped in the middle: the second process asks for the images that are missing, once each."""
    monkeypatch.setattr("phenolens.store.pixel_store.CHUNK", 1)
    monkeypatch.setattr("phenolens.remote.mirror._KEPT", kept)
    local, _ = prepared(project, tmp_path / "local")
    planned = plan(mirrored(web.url, tmp_path / "far"))

    read = planned.screen.read

    def killed(rows: Rows) -> Images:
        if rows.max() >= 2:
            raise KeyboardInterrupt
        return read(rows)

    stopped = replace(planned, screen=replace(planned.screen, read=killed))
    with pytest.raises(KeyboardInterrupt):
        write(stopped, tmp_path / "store", 1)
    done = np.load(tmp_path / "store" / "done.npy") != 0
    assert done.tolist() == [True, True, False, False]
    web.asked.clear()
    mirror._KNOWN.clear()
    root = mirrored(web.url, tmp_path / "far")
    planned = plan(root)
    headers, web.asked[:] = list(web.asked), []
    assert bool(headers) == (kept == 0), "of a few images, where they were not kept"
    store, left_out = write(planned, tmp_path / "store", 1)
    assert not left_out
    assert same(local, store)
    paths = planned.screen.read.args[0].paths[~done]  # type: ignore[attr-defined]
    missing = [Path(name).name for row in paths for name in row]
    there = {path.name for path in root.rglob("*.tiff") if path.stat().st_size}
    assert len(there) == kept
    assert sorted(web.asked) == sorted(set(missing) - there)


def test_an_image_that_cannot_be_had_is_tried_four_times_in_all(
    web: Server, project: Path, tmp_path: Path
) -> None:
    names = sorted(path.name for path in project.rglob("*.tiff"))
    bad = names[-1]
    web.drops = {bad: 99}
    _, left_out = prepared(mirrored(web.url, tmp_path / "far"), tmp_path / "store")
    assert len(left_out) == 1
    assert "could not be fetched in 4 tries" in left_out[0]
    assert web.asked.count(bad) == 4


def test_from_s3_as_from_the_disk(bucket: dict[str, bytes], project: Path, tmp_path: Path) -> None:
    local, _ = prepared(project, tmp_path / "local")
    root = mirrored("s3://b/cpg", tmp_path / "far")
    store, left_out = prepared(root, tmp_path / "store")
    assert left_out == []
    assert same(local, store)
    known = json.loads((root / LISTING).read_text())
    assert known["address"] == "s3://b/cpg"
    assert len(known["files"]) == len(bucket)
    part = mirrored("s3://b/cpg", tmp_path / "part", ["images/*A01*", "workspace/*"])
    assert len(list(part.rglob("*.tiff"))) == 4
    with pytest.raises(InputError, match="lists no file that fits none"):
        mirrored("s3://b/cpg", tmp_path / "none", ["none*"])


def test_a_dropped_connection_costs_a_try_and_one_that_never_holds_its_field(
    web: Server, project: Path, tmp_path: Path
) -> None:
    names = sorted(path.name for path in project.rglob("*.tiff"))
    web.drops = {names[-1]: 2, names[-3]: 99}
    root = mirrored(web.url, tmp_path / "far")
    store, left_out = prepared(root, tmp_path / "store")
    assert len(left_out) == 1
    assert names[-3] in left_out[0]
    assert "could not be fetched in 4 tries" in left_out[0]
    local, _ = prepared(project, tmp_path / "local")
    assert len(store) == len(local) - 1
    web.drops = {}
    root = mirrored(web.url, tmp_path / "far")  # as the next command does
    whole, left_out = prepared(root, tmp_path / "whole")
    assert left_out == []
    assert same(local, whole)


def test_one_damaged_image_costs_no_other_a_second_request(
    web: Server, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its chunk is read image by image then: what was fetched is at hand."""
    monkeypatch.setattr("phenolens.remote.mirror._KEPT", 0)
    names = sorted(path.name for path in project.rglob("*.tiff"))
    local, _ = prepared(project, tmp_path / "local")
    bad = next(project.rglob(names[-1]))
    bad.write_bytes(b"II*\0" + bytes(len(bad.read_bytes()) - 4))
    planned = plan(mirrored(web.url, tmp_path / "far"))
    web.asked.clear()
    store, left_out = write(planned, tmp_path / "store", threads=2)
    assert sorted(web.asked) == names
    assert len(left_out) == 1
    assert names[-1] in left_out[0]
    sound = [f"{well} {site}" for well, site in local.meta[["well", "site"]].to_numpy()]
    rows = [row for row, name in enumerate(sound) if bad.name[:5] != name.replace(" ", "_")]
    np.testing.assert_array_equal(store.read(np.arange(3)), local.read(np.array(rows)))


def test_a_short_answer_is_never_an_image(web: Server, project: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in project.rglob("*.tiff"))
    root = mirrored(web.url, tmp_path / "far")
    web.short = {names[-1]}
    _, left_out = prepared(root, tmp_path / "store")
    assert len(left_out) == 1
    assert "2 bytes came" in left_out[0]


def test_folders_of_others_are_refused(web: Server, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(InputError, match="is not the copy of a server's folder"):
        mirrored(web.url, tmp_path / "mine")
    mirrored(web.url, tmp_path / "far")
    with pytest.raises(InputError, match="is the copy of http"):
        mirrored(web.url, tmp_path / "far", ["workspace/*"])
    (tmp_path / "far" / LISTING).write_text("[")
    with pytest.raises(InputError, match="is damaged"):
        mirrored(web.url, tmp_path / "far")


def test_a_folder_whose_page_cannot_be_had_is_not_an_empty_one(
    web: Server, project: Path, tmp_path: Path
) -> None:
    web.resets = {"BR01__2024": 99}
    with pytest.raises(InputError, match="could not be fetched in 4 tries"):
        mirrored(web.url, tmp_path / "far")
    assert not (tmp_path / "far").exists(), "no listing with holes is kept"
    web.resets = {"BR01__2024": 3}
    root = mirrored(web.url, tmp_path / "far")
    assert len(list(root.rglob("*.tiff"))) == len(list(project.rglob("*.tiff")))


def test_names_that_an_address_spells_otherwise_and_compressed_tables(
    web: Server, project: Path, tmp_path: Path
) -> None:
    images = project / "images" / "Batch1" / "images"
    (images / "BR01__2024").rename(images / "BR01 50%+#é__2024")
    for table in (project / "workspace" / "load_data_csv").rglob("*.csv"):
        text = table.read_text(encoding="utf-8").replace("BR01__2024", "BR01 50%+#é__2024")
        table.with_name(f"{table.name}.gz").write_bytes(gzip.compress(text.encode()))
        table.unlink()
    local, _ = prepared(project, tmp_path / "local")
    store, left_out = prepared(mirrored(web.url, tmp_path / "far"), tmp_path / "store")
    assert left_out == []
    assert same(local, store)


def test_a_signed_address_is_read_and_never_shown(
    web: Server, project: Path, tmp_path: Path
) -> None:
    names = sorted(path.name for path in project.rglob("*.tiff"))
    web.drops = {names[-1]: 99}
    web.gone = {names[-2]}
    signed = web.url.replace("//", "//me:hidden@") + "?sig=a%2Bhidden%3D"
    store, left_out = prepared(mirrored(signed, tmp_path / "far"), tmp_path / "store")
    assert web.queries == {"sig=a%2Bhidden%3D"}
    assert len(store) == len(left_out) + 2 == 3
    assert "hidden" not in left_out[0]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in written if b"hidden" in path.read_bytes()]


@pytest.mark.usefixtures("bucket")
def test_libraries_below_multiply_no_tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """s3fs and botocore would make hundreds of requests of the four, for minutes."""
    root = mirrored("s3://b/cpg", tmp_path / "far")
    asked: list[str] = []

    def busy(self: _Handler) -> None:
        asked.append(self.path)
        self._answer(503, b"<Error><Code>SlowDown</Code><Message>wait</Message></Error>")

    monkeypatch.setattr(_Handler, "do_GET", busy)
    found = mirror.mirror_of(next(root.rglob("*.tiff")))
    assert found is not None
    with pytest.raises(InputError, match="could not be fetched in 4 tries"):
        found[0].fetch(found[1])
    assert len(asked) == 4


def test_a_table_too_large_to_copy_is_named(
    web: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phenolens.remote.mirror._LARGEST", 10)
    with pytest.raises(InputError, match=r"tables of more than .* not copied: .*\.csv"):
        mirrored(web.url, tmp_path / "far")


@pytest.mark.parametrize("key", ["x.tiff/y.csv", f"{'x' * 300}.tiff", f"{'x' * 300}/y.csv"])
def test_names_that_no_disk_takes_are_named(
    bucket: dict[str, bytes], tmp_path: Path, key: str
) -> None:
    bucket |= {"cpg/x.tiff": b"II", f"cpg/{key}": b"a"}
    with pytest.raises(InputError, match="cannot be a file on this disk"):
        mirrored("s3://b/cpg", tmp_path / "far")

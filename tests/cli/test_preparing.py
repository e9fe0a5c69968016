"""The command `prepare`: what it prints, what it writes, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from phenolens.cli.program import app
from phenolens.core.errors import InputError
from phenolens.screens.image_folder import ImageFolder
from phenolens.store import cluster
from phenolens.store.pixel_store import open_store

RUNNER = CliRunner()


def _run(*arguments: object) -> tuple[int, str, str]:
    done = RUNNER.invoke(app, ["prepare", *map(str, arguments)])
    if isinstance(done.exception, InputError):  # the program prints it, with status 2
        return 2, done.stdout, str(done.exception)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    ImageFolder.fake(tmp_path / "plates")
    return tmp_path / "plates"


def test_a_dry_run_shows_and_writes_no_store(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.store"
    status, shown, told = _run(root, "--out", out, "--dry-run")
    assert status == 0
    assert "layout image_folder (certainty 0.70)" in shown
    assert " A ?..........." in shown
    assert "page:" in told
    assert not out.exists()
    assert (tmp_path / "a.store.html").is_file()


def test_a_damaged_file_is_named_and_the_status_is_3(root: Path, tmp_path: Path) -> None:
    (root / "P2" / "A01_s1_DNA.tif").write_bytes(b"II*\0nonsense")
    out = tmp_path / "a.store"
    status, _, told = _run(root, "--platemap", root / "platemap.csv", "--out", out)
    assert status == 3
    assert "left out:" in told
    assert "A01_s1_DNA.tif" in told
    store = open_store(out)
    assert len(store) == 7
    assert store.meta["control"].sum() == 3
    assert np.asarray(store.read(np.arange(7))).std() > 0
    assert _run(root, "--platemap", root / "platemap.csv", "--out", out, "--allow-missing")[0] == 0
    assert "A01_s1_DNA.tif" in (tmp_path / "a.store.html").read_text(encoding="utf-8")


def test_what_the_pixels_show_is_printed_and_on_the_page(root: Path, tmp_path: Path) -> None:
    (root / "P1" / "A01_s1_DNA.tif").write_bytes((root / "P1" / "A01_s1_Actin.tif").read_bytes())
    out = tmp_path / "a.store"
    status, shown, _ = _run(root, "--out", out)
    assert status == 0
    assert "pixels: all images were looked at" in shown
    assert "flag: copied channel: 1" in shown
    page = (tmp_path / "a.store.html").read_text(encoding="utf-8")
    assert "channels Actin and DNA have the same pixels in 1 of 4 images" in page
    assert "data:image/png;base64," in page
    found = json.loads(_run(root, "--out", out, "--json")[1])
    assert "copied channel" in found["pixels"]["flags"]


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_file_of_the_user_is_never_written_over(
    root: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    page = tmp_path / "notes.html"
    page.write_text("<p>mine</p>")
    for _ in range(2):
        status, _, told = _run(root, "--out", tmp_path / "notes", *more)
        assert status == 2
        assert "is not a page of phenolens" in told
    assert page.read_text() == "<p>mine</p>"
    assert not (tmp_path / "notes").exists()


def test_the_page_of_a_run_is_never_written_over(root: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "byol"
    run.mkdir(parents=True)
    for name in ("stages.json", "recipe.toml", "report.html"):
        (run / name).write_text("of the run")
    status, _, told = _run(root, "--out", run / "report", "--dry-run")
    assert status == 2
    assert "is a file of the run byol" in told
    assert (run / "report.html").read_text() == "of the run"


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_folder_that_is_no_store_is_refused_before_the_page(
    root: Path, tmp_path: Path, more: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    for out, why in ((".", "holds"), ("/", "is not the name of a folder"), (root, "holds")):
        status, _, told = _run(root, "--out", out, *more)
        assert status == 2
        assert why in told
    (tmp_path / "file").write_text("x")
    assert "is a file" in _run(root, "--out", tmp_path / "file", *more)[2]
    assert not list(tmp_path.glob("*.html"))


def test_json_and_settings(root: Path, tmp_path: Path) -> None:
    arguments = ("--layout", "image_folder", "--set", 'channels=["DNA"]', "--json", "--dry-run")
    status, shown, _ = _run(root, "--out", tmp_path / "s", *arguments)
    assert status == 0
    table = json.loads(shown)
    assert table["facts"]["channels"] == "1: DNA"
    assert table["layout"][0].startswith("layout image_folder (as asked)")
    assert "left out" in table["flags"]


def test_formats(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, told = _run(root, "--format", "ome_zarr")
    assert status == 0
    assert "store: plates.plates (8 images)" in told
    assert sorted(path.name for path in (tmp_path / "plates.plates").iterdir()) == [
        *("P1.zarr", "P2.zarr", "export.json")
    ]
    url = f"memory://{tmp_path.name}/far.zarr"
    status, shown, told = _run("plates.plates", "--format", "zarr", "--out", url)
    assert status == 0
    assert "layout ome_zarr" in shown
    assert f"store: {url} (8 images)" in told
    assert (tmp_path / "far.zarr.html").is_file()
    assert "unknown format 'tiff'" in _run(root, "--format", "tiff")[2]


def test_a_cluster_that_does_not_answer(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 0.3)
    for option in (("--dask", "tcp://127.0.0.1:1"), ("--machine", "dask=tcp://127.0.0.1:1")):
        status, _, told = _run(root, "--out", tmp_path / "a.store", *option)
        assert status == 2
        assert "no Dask scheduler answers" in told


def test_several_platemaps_and_a_code_of_controls(root: Path, tmp_path: Path) -> None:
    maps = []
    for plate, codes in (("P1", ("0", "1")), ("P2", ("1", "0"))):
        maps.append(tmp_path / f"{plate}.csv")
        maps[-1].write_text(f"well,compound,code\nA01,x,{codes[0]}\nB02,y,{codes[1]}\n")
    given = [word for path in maps for word in ("--platemap", path)]
    out = tmp_path / "a.store"
    status, shown, _ = _run(root, *given, "--controls", "code == '0'", "--out", out)
    assert status == 0
    assert "controls: 2 of 4 wells, where code == '0'" in shown
    assert open_store(out).meta["control"].tolist() == [True, True, *[False] * 4, True, True]
    page = (tmp_path / "a.store.html").read_text(encoding="utf-8")
    assert "controls: 2 of 4 wells" in page
    status, _, told = _run(root, *given, "--controls", "code == '7'", "--out", tmp_path / "b")
    assert (status, "code has ['0', '1']" in told) == (2, True)


def test_another_table_of_the_same_images(root: Path, tmp_path: Path) -> None:
    out, maps = tmp_path / "a.store", root / "platemap.csv"
    assert _run(root, "--out", out)[0] == 0
    before = (out / "pixels.npy").stat().st_mtime_ns
    status, _, told = _run(root, "--platemap", maps, "--out", out)
    assert status == 0
    assert "metadata replaced (" in told
    assert "), pixels kept" in told
    status, shown, told = _run(
        *(root, "--platemap", maps, "--controls", "well == 'A01'", "--out", out, "--json")
    )
    assert status == 0
    assert json.loads(shown)["facts"]["controls"] == "1 well per plate"
    assert open_store(out).meta["control"].tolist() == [True, True, False, False] * 2
    assert (out / "pixels.npy").stat().st_mtime_ns == before
    status, _, told = _run(root, "--out", out)  # a table that was forgotten takes nothing away
    assert status == 2
    assert "images or metadata differ" in told
    assert "give the settings and tables as before" in told

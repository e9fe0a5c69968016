"""Paths that a file names stay in the folders that the user chose."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.inside import (
    Fence,
    fenced,
    found,
    inside,
    literal,
    looked_for,
    path_of,
    permitted,
    permitted_below,
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table, next to a private file that a link in it leads to."""
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "wells.csv").touch()
    (tmp_path / "private").touch()
    (folder / "link").symlink_to(tmp_path / "private")
    (folder / "within").symlink_to(folder / "wells.csv")
    (folder / "loop").symlink_to(folder / "loop")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", ["wells.csv", "deep/../wells.csv", "within", "absent", "deep"])
def test_what_is_inside(root: Path, name: str) -> None:
    assert inside(root / name, [root]) == root / name
    with fenced(Fence((root,))):
        assert permitted(name) == Path(name)
        assert permitted(name, root / name) == root / name


@pytest.mark.parametrize("name", ["../private", "/etc/passwd", "link", "deep/../../private", ".."])
def test_what_leads_out_is_refused(root: Path, name: str) -> None:
    with pytest.raises(InputError, match="leads out of the folder of the data") as error:
        inside(root / name, [root], "blocklist")
    assert error.value.where == "blocklist"
    assert "--allow-outside" in error.value.fix
    assert permitted(name) == Path(name), "what is written in Python leads anywhere"
    with fenced(Fence((root,))), pytest.raises(InputError, match="leads out"):
        permitted(name)
    with fenced(Fence((root,)).wider(Path("/"))):
        assert permitted(name) == Path(name)


def test_a_folder_of_a_similar_name_is_outside(root: Path) -> None:
    with pytest.raises(InputError):
        inside(root.parent / "data2" / "x", [root])


@pytest.mark.parametrize("name", ["loop", "a\0b"])
def test_what_cannot_be_followed_is_named(root: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"cannot be followed|leads out"):
        inside(root / name, [root / "deep"])


def test_what_was_typed_leads_anywhere(root: Path) -> None:
    fence = Fence.of([root / "chain.toml"], ["select_features(blocklist=../private)", "a='/x y'"])
    assert fence.roots == (Path(), root)
    with fenced(fence):
        assert permitted("../private") == Path("../private")
        assert permitted("/x y") == Path("/x y")
        for name in ("../privat", "/x", "../private/a", "./../private"):
            with pytest.raises(InputError):
                permitted(name)
    assert permitted("../privat") == Path("../privat")


@pytest.mark.parametrize("name", ["", ".", "linked", "around"])
def test_a_link_in_a_folder_that_is_read_may_not_lead_out(root: Path, name: str) -> None:
    (root / "linked" / "plate").mkdir(parents=True)
    (root / "linked" / "plate" / "A01.npz").symlink_to(root.parent / "private")
    (root / "around").mkdir()
    (root / "around" / "plate").symlink_to(root / "linked")
    assert permitted(name) == Path(name)
    with fenced(Fence((root,))), pytest.raises(InputError, match="leads out of the folder"):
        permitted(name)
    with fenced(Fence((root,), name)):  # typed by the user
        assert not name or permitted(name) == Path(name)


def test_links_within_a_folder_and_those_that_lead_nowhere_are_passed(root: Path) -> None:
    deep = root / "deep"
    (deep / "again").symlink_to(deep)
    (deep / "within").symlink_to(root / "wells.csv")
    (deep / "loop").symlink_to(deep / "loop")
    (deep / "gone").symlink_to(root.parent / "gone")
    with fenced(Fence((root,))):
        assert permitted("deep") == Path("deep")


def test_images_that_are_links_stay_inside_too(root: Path) -> None:
    (root / "p1").symlink_to(root.parent)
    permitted_below(root, ["wells.csv", "p1/private", "link"])
    with fenced(Fence((root,))):
        permitted_below(root, ["wells.csv", "within", "absent/A01.tif", "deep/A01.tif"])
        for name in ("p1/private", "link"):
            with pytest.raises(InputError, match="leads out of the folder"):
                permitted_below(root, ["wells.csv", name])


@pytest.mark.parametrize("name", ["~/wells.csv", "~", "file:/etc/passwd", "s3://a/b", "wells.csv"])
def test_a_path_is_taken_as_it_is_written(root: Path, name: str) -> None:
    assert literal(Path(name)) == root / name


def test_a_path_given_in_python() -> None:
    assert path_of("a/b") == path_of(Path("a/b")) == Path("a/b")
    for value in (None, 3, ["a.csv"]):
        with pytest.raises(InputError, match="load: expected the path of a file, got"):
            path_of(value, "load")


def test_a_named_file_is_found_in_the_first_folder_that_has_it(root: Path, tmp_path: Path) -> None:
    assert found("wells.csv") == Path("wells.csv")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "net.onnx").touch()
    with looked_for(root / "deep", tmp_path / "other"):
        assert found("net.onnx") == tmp_path / "other" / "net.onnx"
        assert found("wells.csv") == Path("wells.csv")
        assert found("none.onnx") == root / "deep" / "none.onnx"
        assert found(str(root / "wells.csv")) == root / "wells.csv"
    assert found("net.onnx") == Path("net.onnx")

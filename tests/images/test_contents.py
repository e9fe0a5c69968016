"""Names in a folder, without the chunks of Zarr groups."""

from __future__ import annotations

from pathlib import Path

from phenolens.images.contents import Contents, is_zarr, outermost


def _touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_files_are_listed_without_chunks(tmp_path: Path) -> None:
    _touch(tmp_path, "b/x.TIF", "a.csv", "p.zarr/.zattrs", "p.zarr/B/03/0/0.0", "._x.tif")
    contents = Contents.of(tmp_path)
    assert contents.files == ("a.csv", "b/x.TIF")
    assert contents.images == ("b/x.TIF",)
    assert contents.zarrs == ("p.zarr",)
    assert contents.called("X.tif") == ["b/x.TIF"]
    assert contents.ending(".csv", ".tif") == ["a.csv", "b/x.TIF"]


def test_a_folder_that_is_a_zarr_group_is_not_listed(tmp_path: Path) -> None:
    _touch(tmp_path, "zarr.json", "c/0/0")
    assert is_zarr(tmp_path)
    assert Contents.of(tmp_path).zarrs == (".",)
    assert Contents.of(tmp_path).files == ()


def test_an_index_in_a_folder_above_hides_its_copies() -> None:
    names = ["P1/T1/a.HTD", "P1/a.HTD", "P2/T1/a.HTD"]
    assert outermost(names) == ["P1/a.HTD", "P2/T1/a.HTD"]
    assert outermost(["a.HTD", "T/a.HTD"]) == ["a.HTD"]

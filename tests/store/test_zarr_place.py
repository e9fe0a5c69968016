"""Places of Zarr hierarchies: folders, and URLs that fsspec opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.store.zarr_place import ZarrPlace

zarr = pytest.importorskip("zarr")


@pytest.mark.parametrize("local", [True, False])
def test_files_are_listed_below(tmp_path: Path, *, local: bool) -> None:
    where = str(tmp_path / "a.zarr") if local else f"memory://{tmp_path.name}/a.zarr"
    place = ZarrPlace(where)
    assert place.files() == []
    group = zarr.create_group(place.store(), attributes={"a": 1})
    group.create_array("x", shape=(2,), chunks=(1,), dtype="uint8")[:] = 3
    assert place.files() == ["x/c/0", "x/c/1", "x/zarr.json", "zarr.json"]
    assert place.files("x/c") == ["0", "1"]
    assert (place.local is None) != local


def test_a_place_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(InputError, match="nonsense://a/b: cannot be read or written"):
        ZarrPlace("nonsense://a/b").files()
    with pytest.raises(InputError, match="nonsense://a/b: cannot be read or written"):
        ZarrPlace("nonsense://a/b").store()

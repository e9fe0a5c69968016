"""An error names the path that was asked for, not the copy that was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core import mirror
from phenolens.core.errors import InputError
from phenolens.images.far import of_content
from phenolens.images.read import read_image


class Broken:
    """A mirror whose files hold no image."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def holds(self, name: str) -> bool:
        return name.endswith(".tif")

    def fetch(self, name: str) -> bytes:
        return f"{name} is not an image".encode()

    def signature(self, name: str) -> bytes:
        return name.encode().ljust(16)


def test_the_own_path_is_named(tmp_path: Path) -> None:
    mirror.register(Broken(tmp_path / "far"))
    try:
        path = tmp_path / "far" / "a.tif"
        with pytest.raises(InputError, match="is not a TIFF, PNG or JPEG") as caught:
            read_image(path)
        assert caught.value.where == str(path)
    finally:
        mirror._KNOWN.clear()
    assert of_content(lambda file, frame: (file, frame), tmp_path, 3) == (tmp_path, 3)

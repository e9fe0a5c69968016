"""The folder that is read: on this disk, or the copy of one on a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.cli.folder_options import FolderOptions
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine


def test_a_local_folder_is_itself_and_has_a_name(tmp_path: Path) -> None:
    one = FolderOptions(given=str(tmp_path))
    assert one.local(tmp_path / "x.store") == tmp_path
    assert one.name == tmp_path.name
    far = FolderOptions(given="https://me:pass@host/data/P1/")
    assert far.name == "P1"


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--only: is about an address"):
        FolderOptions(given=str(tmp_path), only=["*"]).local(tmp_path)
    with pytest.raises(InputError, match="--dask: reads files, and not from a server"):
        FolderOptions(given="s3://b/a").root(tmp_path, Machine(dask="tcp://h:1"))

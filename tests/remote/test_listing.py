"""What a server lists, and how far it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.remote.conftest import Server

from phenolens.core.errors import InputError
from phenolens.remote.address import Address
from phenolens.remote.listing import listed


def test_over_http_folders_files_and_sizes_are_counted(web: Server, project: Path) -> None:
    said: list[str] = []
    found = listed(Address(web.url), (), said.append)
    files = {p.relative_to(project).as_posix(): p for p in project.rglob("*") if p.is_file()}
    assert {name: size for name, (size, _) in found.items()} == {
        name: path.stat().st_size for name, path in files.items()
    }
    folders = sum(path.is_dir() for path in project.rglob("*")) + 1
    assert f"listed {folders} folders, {len(files)} files" in said
    assert said[-1] == f"asked for the sizes of {len(files)} of {len(files)} files"


def test_a_bucket_is_counted_after_every_page(bucket: dict[str, bytes]) -> None:
    said: list[str] = []
    found = listed(Address("s3://b/cpg"), (), said.append)
    assert set(found) == {key.removeprefix("cpg/") for key in bucket}
    folders = {key.rpartition("/")[0] for key in bucket}
    assert said == [f"listed {len(folders)} folders, {len(bucket)} files"]
    listed(Address("s3://b/cpg"), ())
    assert len(said) == 1, "nobody listens after the listing"


@pytest.mark.usefixtures("bucket")
def test_what_is_not_there() -> None:
    with pytest.raises(InputError, match="lists no file that fits"):
        listed(Address("s3://b/cpg"), ["nothing/here/*"])
    with pytest.raises(InputError, match=r"does not exist on the server|lists no file"):
        listed(Address("s3://b/none"), ())

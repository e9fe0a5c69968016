"""Metadata of ScanR: a real file."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.instruments.scan_r_xml import FILE, read_scan_r

NAME = "B2--W00014--P00001--Z00000--T00000--405 nm #1.tif"


def test_a_real_file(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "scanr"
    index = read_scan_r(root, FILE, frozenset())
    files, channels, size = index.files, index.channels, index.pixel_size
    assert files.to_dict("records") == [
        {"well": "B02", "site": 1, "channel": "405 nm #1", "path": NAME}
    ]
    assert (channels, size) == (("405 nm #1",), 0.325)
    assert read_scan_r(root, FILE, frozenset({f"data/{NAME}"})).files["path"][0] == f"data/{NAME}"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ('<Image Name="Well 1"/>', "has no well and position"),
        (
            '<Image Name="Well 1, Position 1 (A1)"><Pixels><TiffData/></Pixels></Image>',
            "names no file",
        ),
        (
            '<Image Name="Well 1, Position 1 (A1)"><TiffData FirstC="x"/></Image>',
            "has a number that is none",
        ),
        ("", "lists no image"),
    ],
)
def test_broken_files(tmp_path: Path, image: str, message: str) -> None:
    (tmp_path / FILE).write_text(f"<OME>{image}</OME>")
    with pytest.raises(InputError, match=message):
        read_scan_r(tmp_path, FILE, frozenset())

"""Indexes of Harmony: three real ones in two schemas, and what a broken one says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.instruments.harmony import read_harmony

CHANNELS = {
    "Version1": "Alexa 647, Alexa 568, 488 long, Alexa 488, HOECHST 33342, Brightfield",
    "Version5": "Digital Phase Contrast, Brightfield high, 488 650, Alexa 488, Alexa 568, "
    "Alexa 647",
}
IMAGE = (
    "<Image><id>i</id><URL>{url}</URL><Row>{row}</Row><Col>3</Col><FieldID>1</FieldID>"
    "<PlaneID>1</PlaneID><TimepointID>{time}</TimepointID><ChannelID>{channel}</ChannelID>"
    "<ChannelName>{name}</ChannelName><MeasurementTimeOffset>{s}</MeasurementTimeOffset></Image>"
)


def _index(root: Path, *images: dict[str, object]) -> Path:
    base = {"url": "a.tiff", "row": 2, "time": 0, "channel": 1, "name": "DNA", "s": 0}
    body = "".join(IMAGE.format(**{**base, **image}) for image in images)
    (root / "Index.idx.xml").write_text(f"<EvaluationInputData>{body}</EvaluationInputData>")
    return root


@pytest.mark.parametrize("version", ["Version1", "Version5", "Version7"])
def test_real_indexes_agree_with_the_tables_made_from_them(data_dir: Path, version: str) -> None:
    root = data_dir / "instrument-layouts" / "phenix" / version
    name = "Index.xml" if version == "Version7" else "Index.idx.xml"
    index = read_harmony(root, f"images/{name}")
    table = pd.read_csv(root / f"load_data_{version.lower()}.csv")  # made by pe2loaddata
    row = table.iloc[0]
    assert index.plate == row["Metadata_Plate"]
    assert set(index.files["well"]) == {row["Metadata_Well"]}
    assert set(index.files["site"]) == {row["Metadata_Site"]}
    ours = dict(zip(index.files["channel"], index.files["path"], strict=True))
    for column in table.filter(like="Metadata_ChannelName_"):
        stain = column.removeprefix("Metadata_ChannelName_")
        assert ours[row[column]] == f"images/{row[f'FileName_{stain}']}"
    assert index.pixel_size == pytest.approx(row["Metadata_ImageResolutionX"] * 1e6)
    if version in CHANNELS:
        assert ", ".join(index.channels) == CHANNELS[version]
    else:
        assert "405ex, 570-630-em)" in index.channels


def test_times_are_hours_where_the_index_says_when(tmp_path: Path) -> None:
    _index(tmp_path, {"s": 10}, {"time": 1, "s": 7210}, {"time": 1, "s": 7290})
    assert read_harmony(tmp_path, "Index.idx.xml").files["time"].tolist() == [0.0, 2.0, 2.0]
    _index(tmp_path, {}, {"time": 1})
    assert read_harmony(tmp_path, "Index.idx.xml").files["timepoint"].tolist() == [0, 1]


def test_channels_of_one_name_have_their_numbers(tmp_path: Path) -> None:
    _index(tmp_path, {}, {"channel": 2}, {"channel": 3, "name": ""})
    channels = read_harmony(tmp_path, "Index.idx.xml").channels
    assert channels == ("DNA (1)", "DNA (2)", "ch3")


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ({"row": 99}, "on no plate: row 99, column 3"),
        ({"channel": "x"}, "an image has ChannelID 'x', not a whole number"),
    ],
)
def test_images_that_cannot_be(tmp_path: Path, image: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_harmony(_index(tmp_path, image), "Index.idx.xml")
    with pytest.raises(InputError, match="lists no image"):
        read_harmony(_index(tmp_path), "Index.idx.xml")

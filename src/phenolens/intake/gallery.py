"""The worst pictures of each kind of finding, at equal contrast, with a usual one to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from phenolens.drawing.png import data_uri
from phenolens.drawing.thumbnails import channel_colours, composite
from phenolens.quality.finding import Finding, place
from phenolens.quality.looks import Looks
from phenolens.quality.swapped import SWAPPED

_MOST = 6  # pictures of a kind
_LOW, _HIGH = 0.5, 99.8  # percentiles of a plate and channel


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its data address and where it is from."""

    source: str
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind.

    Attributes:
        kind: Its name.
        sentences: What was found, plate by plate.
        pictures: The worst ones.
        usual: A picture of the same plate and channel without any finding; None: there is none.
    """

    kind: str
    sentences: tuple[str, ...]
    pictures: tuple[Picture, ...]
    usual: Picture | None


def galleries(looks: Looks, found: Sequence[Finding]) -> list[Group]:
    """Return the findings by kind, each with its worst pictures.

    Of several findings of a kind the pictures are taken in turn, the worst of each first. All
    pictures of a plate and channel have one contrast.
    """
    flagged = {image for one in found for image in one.images}
    sound = np.array([i for i in range(len(looks.rows)) if i not in flagged], dtype=np.int64)
    groups: dict[str, list[Finding]] = {}
    for one in found:
        groups.setdefault(one.kind, []).append(one)
    return [_group(looks, kind, ones, sound) for kind, ones in groups.items()]


def _group(looks: Looks, kind: str, ones: list[Finding], sound: np.ndarray) -> Group:
    turns = sorted(
        ((i, number) for number, one in enumerate(ones) for i in range(len(one.images[:_MOST]))),
    )
    shown = [(ones[number].images[i], ones[number].channel) for i, number in turns[:_MOST]]
    usual: Picture | None = None
    if shown:
        plate = looks.plates.iloc[shown[0][0]]
        near = sound[(looks.plates.iloc[sound] == plate).to_numpy()]
        if len(near) and kind != SWAPPED:  # then all of the plate is wrong
            usual = _picture(looks, int(near[len(near) // 2]), shown[0][1])
    return Group(
        kind=kind,
        sentences=tuple(one.what for one in ones),
        pictures=tuple(_picture(looks, image, channel) for image, channel in shown),
        usual=usual,
    )


def _picture(looks: Looks, image: int, channel: str) -> Picture:
    same = np.flatnonzero(looks.plates == looks.plates.iloc[image])
    at = [looks.channels.index(channel)] if channel else list(range(len(looks.channels)))
    light = []
    for c in at:
        low, high = np.percentile(looks.small[same, c], [_LOW, _HIGH])
        part = (looks.small[image, c] - low) / max(high - low, 1.0)
        light.append(np.rint(np.sqrt(np.clip(part, 0, 1)) * 255).astype(np.uint8))
    names = [looks.channels[c] for c in at]
    words = f"{place(looks.meta, image)}, {channel or 'all channels'}"
    return Picture(data_uri(composite(np.stack(light), channel_colours(names)) & 0xFC), words)

"""The gallery: example images by mechanism, the negative control first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.core.columns import CONTROL_NAMES
from phenolens.drawing.categories import natural
from phenolens.drawing.thumbnails import PIXELS, SIDES, channel_colours, thumbnails
from phenolens.report.run_folder import Examples
from phenolens.report.tables import text

PURE = ("#ff0000", "#00ff00", "#0000ff")
MOST = PIXELS // SIDES[-1] ** 2  # images that the smallest thumbnails leave room for


@dataclass(frozen=True, slots=True)
class Picture:
    """One example image: its number in the page, its data address and where it comes from."""

    number: int
    source: str
    place: str


@dataclass(frozen=True, slots=True)
class Group:
    """The pictures of one mechanism, by treatment."""

    moa: str
    treatments: tuple[tuple[str, tuple[Picture, ...]], ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """All example images.

    Attributes:
        groups: By mechanism, controls first.
        channels: (name, colour) in order.
        left_out: Images that would have made the page too large.
    """

    groups: tuple[Group, ...]
    channels: tuple[tuple[str, str], ...]
    left_out: int

    @classmethod
    def of(cls, examples: Examples) -> Gallery:
        """Make the thumbnails; of too many images, those first of each treatment are kept."""
        kept = _kept(examples.meta["treatment"])
        meta = examples.meta.iloc[kept]
        sources = thumbnails(examples.images[kept], examples.channels)
        groups: dict[str, dict[str, list[Picture]]] = {}
        records = zip(meta.to_dict("records"), sources, strict=True)
        for number, (row, source) in enumerate(records):
            treatment = text(row.get("treatment")) or ""
            place = " ".join(filter(None, (text(row.get("plate")), text(row.get("well")))))
            moa = _group(treatment, text(row.get("moa")))
            pictures = groups.setdefault(moa, {}).setdefault(treatment, [])
            pictures.append(Picture(number, source, place))
        ordered = sorted(groups, key=lambda moa: (not moa.startswith("Negative"), natural(moa)))
        return cls(
            groups=tuple(
                Group(moa, tuple((name, tuple(groups[moa][name])) for name in _sorted(groups[moa])))
                for moa in ordered
            ),
            channels=tuple(zip(examples.channels, channel_colours(examples.channels), strict=True)),
            left_out=len(examples.meta) - len(kept),
        )

    def first(self) -> Mapping[str, int]:
        """Return treatment -> the number of its first picture."""
        return {
            treatment: pictures[0].number
            for group in self.groups
            for treatment, pictures in group.treatments
        }

    @property
    def separable(self) -> bool:
        """Whether each channel is red, green or blue alone, so that one can be shown by itself."""
        return len(self.channels) > 1 and {colour for _, colour in self.channels} <= set(PURE)


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=natural)


def _kept(treatments: pd.Series) -> Sequence[int]:
    nth = treatments.groupby(treatments).cumcount().to_numpy()
    order = np.argsort(nth, kind="stable")[:MOST]
    return [int(i) for i in np.sort(order)]


def _group(treatment: str, moa: str | None) -> str:
    if treatment.split("@")[0].lower() in CONTROL_NAMES:
        return f"Negative control ({treatment})"
    return moa or "Not annotated"

"""The section of example images by mechanism, the negative control first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from phenolens.core.roles import CONTROL_NAMES
from phenolens.drawing.categories import natural
from phenolens.drawing.svg import Markup
from phenolens.drawing.template import embed
from phenolens.drawing.thumbnails import PIXELS, channel_colours, planes, side_for, thumbnails
from phenolens.results.contents import Examples as Images
from phenolens.results.contents import RunContents
from phenolens.results.film import is_film
from phenolens.results.pictures import chosen, scale_bar
from phenolens.results.treatments import marks_of, text
from phenolens.sections.base import Section

_CONTROL = "Negative control"
PURE = ("#ff0000", "#00ff00", "#0000ff")


class Examples(Section):
    """A few images of each treatment, grouped by mechanism."""

    title: ClassVar[str] = "Example images"
    label: ClassVar[str] = "Images"
    place: ClassVar[int] = 70
    scripts: ClassVar[tuple[str, ...]] = ("examples_planes", "examples", "examples_cells")

    @classmethod
    def of(cls, run: RunContents) -> Examples | None:
        """Return the section, or None where the run kept no images, or film strips."""
        if run.examples is None or is_film(run.examples):
            return None
        gallery = Gallery.of(run.examples)
        return cls.fill(
            gallery=gallery,
            planes=None if gallery.separable else _planes(run.examples),
            marks=marks_of(run),
            bar=scale_bar(run.pixel_size, run.examples.images.shape[-1]),
        )


def _planes(examples: Images) -> Markup | None:
    """Return the channels of every picture, for a script that mixes them anew.

    None where there is one channel, or so many pictures that the page would be too large.
    """
    kept = chosen(examples)
    side = side_for(len(kept))
    if len(examples.channels) == 1 or len(kept) * side**2 > PIXELS:
        return None
    return embed({
        "colours": channel_colours(examples.channels), "names": examples.channels,
        "pictures": planes(examples.images[kept], side),
    })  # fmt: skip


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

    @property
    def control(self) -> bool:
        """Whether these are negative controls."""
        return self.moa.startswith(_CONTROL)


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
    def of(cls, examples: Images) -> Gallery:
        """Return the gallery, its images as thumbnails."""
        kept = chosen(examples)
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
        ordered = sorted(groups, key=lambda moa: (not moa.startswith(_CONTROL), natural(moa)))
        return cls(
            groups=tuple(
                Group(moa, tuple((name, tuple(groups[moa][name])) for name in _sorted(groups[moa])))
                for moa in ordered
            ),
            channels=tuple(zip(examples.channels, channel_colours(examples.channels), strict=True)),
            left_out=len(examples.meta) - len(kept),
        )

    @property
    def separable(self) -> bool:
        """Whether the channels are pure red, green and blue, so that each can be shown alone."""
        return len(self.channels) > 1 and {colour for _, colour in self.channels} <= set(PURE)


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=natural)


def _group(treatment: str, moa: str | None) -> str:
    if treatment.split("@")[0].lower() in CONTROL_NAMES:
        return f"{_CONTROL} ({treatment})"
    return moa or "Not annotated"

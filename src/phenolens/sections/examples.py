"""The section of example images by mechanism, the negative control first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import ClassVar

from phenolens.drawing.svg import Markup
from phenolens.drawing.template import embed
from phenolens.drawing.thumbnails import PIXELS, channel_colours, planes, side_for, thumbnails
from phenolens.results.contents import Examples as Images
from phenolens.results.contents import RunContents
from phenolens.results.parts import Part
from phenolens.results.pictures import CONTROLS, chosen, group_of, scale_bar
from phenolens.results.treatments import marks_of, text
from phenolens.sections.base import Section

_LISTED = 24  # treatments of one list of a folder: it is read when it comes near the window
_SIDE = 96  # pixels of pictures that are read later
PURE = ("#ff0000", "#00ff00", "#0000ff")


class Examples(Section):
    """A few images of each treatment, grouped by mechanism."""

    title: ClassVar[str] = "Example images"
    label: ClassVar[str] = "Images"
    place: ClassVar[int] = 70
    scripts: ClassVar[tuple[str, ...]] = (
        "examples_planes",
        "examples",
        "examples_lists",
        "examples_cells",
    )

    @classmethod
    def of(cls, run: RunContents) -> Examples | None:
        """Return the section, or None where the run kept no images, or film strips."""
        if run.examples is None or run.examples.is_film:
            return None
        kept = chosen(run.examples, run.most_pictures)
        gallery = Gallery.of(run.examples, kept, drawn=not run.in_parts)
        made = cls.fill(
            gallery=gallery,
            lists=gallery.lists(_LISTED) if run.in_parts else (),
            index=embed(gallery.index(run.limits.block)) if run.in_parts else None,
            planes=None if gallery.separable else _planes(run, kept),
            marks=marks_of(run),
            bar=scale_bar(run.pixel_size, run.examples.images.shape[-1]),
        )
        return made.holding(_parts(run, run.examples, gallery, kept) if run.in_parts else {})


def _parts(
    run: RunContents, examples: Images, gallery: Gallery, kept: Sequence[int]
) -> Mapping[str, Part]:
    """Return the pictures that the gallery has not drawn and their channels, so many to a part."""
    block = run.limits.block
    places = [picture.place for picture in gallery.pictures]

    def drawn(begin: int) -> list[tuple[str, str]]:
        rows = list(kept[begin : begin + block])
        sources = thumbnails(examples.images[rows], examples.channels, side=_SIDE)
        return list(zip(sources, places[begin:], strict=False))

    def mixed(begin: int) -> list[list[str]]:
        return planes(examples.images[list(kept[begin : begin + block])], _SIDE)

    starts = dict(enumerate(range(0, len(kept), block)))
    parts = {f"pictures-{i}": Part(partial(drawn, begin)) for i, begin in starts.items()}
    if not gallery.separable and _planes(run, kept) is not None:
        parts |= {f"planes-{i}": Part(partial(mixed, begin)) for i, begin in starts.items()}
    return parts


def _planes(run: RunContents, kept: Sequence[int]) -> Markup | None:
    """Return the channels of every picture, for a script that mixes them anew, or how to read them.

    None where there is one channel, or so many pictures that the page or its parts would be too
    large.
    """
    examples, side = run.examples, side_for(len(kept))
    most = run.limits.pictures if run.in_parts else PIXELS // side**2
    if examples is None or len(examples.channels) == 1 or len(kept) > most:
        return None
    facts = {"colours": channel_colours(examples.channels), "names": examples.channels}
    if run.in_parts:
        return embed({**facts, "block": run.limits.block})
    return embed({**facts, "pictures": planes(examples.images[list(kept)], side)})


@dataclass(frozen=True, slots=True)
class Picture:
    """One example image: its number in the page, where it comes from, and its data address.

    The address is empty where the picture is read later.
    """

    number: int
    place: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The pictures of one mechanism, by treatment."""

    moa: str
    treatments: tuple[tuple[str, tuple[Picture, ...]], ...]

    @property
    def control(self) -> bool:
        """Whether these are negative controls."""
        return self.moa.startswith(CONTROLS)


@dataclass(frozen=True, slots=True)
class Gallery:
    """All example images.

    Attributes:
        groups: By mechanism, controls first.
        channels: (name, colour) in order.
        left_out: Images that would have made the page too large.
        drawn: Whether its pictures are in the page; otherwise they are read later.
    """

    groups: tuple[Group, ...]
    channels: tuple[tuple[str, str], ...]
    left_out: int
    drawn: bool = True

    @classmethod
    def of(cls, examples: Images, kept: Sequence[int], *, drawn: bool = True) -> Gallery:
        """Return the gallery of these rows, in their order: that of `results.pictures.chosen`."""
        meta = examples.meta.iloc[list(kept)]
        pixels = examples.images[list(kept)] if drawn else examples.images[:0]
        sources = thumbnails(pixels, examples.channels) if drawn else [""] * len(kept)
        named = []
        for number, (row, source) in enumerate(zip(meta.to_dict("records"), sources, strict=True)):
            treatment = text(row.get("treatment")) or ""
            place = " ".join(filter(None, (text(row.get("plate")), text(row.get("well")))))
            moa = group_of(treatment, text(row.get("moa")))
            named.append((moa, treatment, Picture(number, place, source)))
        groups = []
        for moa, rows in groupby(named, key=lambda one: one[0]):
            treatments = groupby(rows, key=lambda one: one[1])
            groups.append(
                Group(moa, tuple((t, tuple(p for *_, p in own)) for t, own in treatments))
            )
        return cls(
            groups=tuple(groups),
            channels=tuple(zip(examples.channels, channel_colours(examples.channels), strict=True)),
            left_out=len(examples.meta) - len(kept),
            drawn=drawn,
        )

    @property
    def pictures(self) -> list[Picture]:
        """All pictures, in the order of their numbers."""
        return [one for group in self.groups for _, own in group.treatments for one in own]

    def index(self, block: int) -> dict[str, object]:
        """Return for the script which pictures each treatment has, and how many are a part."""
        control = next((g.treatments[0][0] for g in self.groups if g.control), None)
        every = [(name, len(own)) for group in self.groups for name, own in group.treatments]
        return {"block": block, "control": control, "treatments": every}

    def lists(self, size: int) -> list[list[tuple[int, int, int]]]:
        """Return by group its lists: the first treatment, how many, and how many pictures."""
        made, first = [], 0
        for group in self.groups:
            counts = [len(own) for _, own in group.treatments]
            parts = [(i, counts[i : i + size]) for i in range(0, len(counts), size)]
            made.append([(first + i, len(part), sum(part)) for i, part in parts])
            first += len(counts)
        return made

    @property
    def separable(self) -> bool:
        """Whether the channels are pure red, green and blue, so that each can be shown alone."""
        return len(self.channels) > 1 and {colour for _, colour in self.channels} <= set(PURE)

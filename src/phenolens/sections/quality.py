"""The section of flagged images: how many of each kind, and the worst of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from phenolens.drawing.thumbnails import thumbnails
from phenolens.results.contents import RunContents
from phenolens.results.treatments import text
from phenolens.sections.base import Section

_STEP = "flag_quality"
_PLACE = ("plate", "well", "site", "time", "cell")


@dataclass(frozen=True, slots=True)
class Group:
    """The images of one kind.

    Attributes:
        kind: Its name.
        count: How many images are flagged.
        pictures: (data address, where it is from and in which channels it is flagged).
    """

    kind: str
    count: int
    pictures: tuple[tuple[str, str], ...]


class Quality(Section):
    """What `flag_quality` flagged, with the worst images of each kind."""

    title: ClassVar[str] = "Image quality"
    label: ClassVar[str] = "Quality"
    place: ClassVar[int] = 68

    @classmethod
    def of(cls, run: RunContents) -> Quality | None:
        """Return the section, or None where the recipe has no step `flag_quality`."""
        steps = (run.provenance.get("data") or {}).get("pixels") or []
        found = next((step for step in steps if step.get("step") == _STEP), None)
        if found is None:
            return None
        return cls.fill(images=found["images_out"], counts=found["facts"], groups=_groups(run))


def _groups(run: RunContents) -> list[Group]:
    if run.flagged is None:
        return []
    sources = thumbnails(run.flagged.images, run.flagged.channels)
    groups: dict[str, list[tuple[str, str]]] = {}
    counts: dict[str, int] = {}
    for row, source in zip(run.flagged.meta.to_dict("records"), sources, strict=True):
        place = " ".join(filter(None, (text(row.get(name)) for name in _PLACE)))
        groups.setdefault(row["kind"], []).append((source, f"{place}: {row['quality']}"))
        counts[row["kind"]] = int(row["flagged"])
    return [Group(kind, counts[kind], tuple(found)) for kind, found in groups.items()]

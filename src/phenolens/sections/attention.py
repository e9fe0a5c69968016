"""The section of attention: where a vision transformer looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from phenolens.core.explanation import Explanation
from phenolens.drawing.spotlight import spotlight
from phenolens.drawing.thumbnails import channel_colours, picture_uri
from phenolens.masks.compartments import NAMES
from phenolens.results.contents import RunContents
from phenolens.results.explained import channels_of
from phenolens.sections.base import Section

_NAME = "attention"
_MOST = 24  # images with their maps on one page


class Attention(Section):
    """Images with the patches that the last block looks at, and how much of it is on nuclei."""

    title: ClassVar[str] = "Where the transformer looks"
    label: ClassVar[str] = "Attention"
    place: ClassVar[int] = 54
    explains: ClassVar[tuple[str, ...]] = (_NAME,)

    @classmethod
    def of(cls, run: RunContents) -> Attention | None:
        """Return the section, or None where the run was not asked."""
        found = run.explanations.get(_NAME, {})
        if not found:
            return None
        return cls.fill(
            models=[(name, _masses(one), _pictures(one, run), one) for name, one in found.items()]
        )


@dataclass(frozen=True, slots=True)
class Mass:
    """How much of the attention is on one compartment: mass, area, mass with random weights."""

    name: str
    mass: float
    area: float
    untrained: float


@dataclass(frozen=True, slots=True)
class Picture:
    """One image: plain, under the mean of the heads, under the rollout, under each head."""

    called: str
    about: str
    place: str
    plain: str
    mean: str
    rollout: str
    heads: tuple[str, ...]


def _masses(one: Explanation) -> list[Mass]:
    figures = one.figures
    return [
        Mass(
            name,
            figures[f"mass_{name}"],
            figures[f"mass_{name}_chance"],
            figures[f"mass_{name}_untrained"],
        )
        for name in reversed(NAMES)
    ]


def _pictures(one: Explanation, run: RunContents) -> list[Picture]:
    if "image" not in one.pictures:
        return []
    colours = channel_colours(channels_of(one, run))
    made = []
    for i, meta in enumerate(one.shown.head(_MOST).to_dict("records")):
        image = one.pictures["image"][i]
        heads = one.pictures["heads"][i].astype(np.float32)
        called, about = next(iter(meta.items()))
        made.append(
            Picture(
                str(called),
                str(about),
                f"{meta['plate']}, {meta['well']}",
                picture_uri(image, colours),
                spotlight(image, heads.mean(axis=0), colours),
                spotlight(image, one.pictures["rollout"][i].astype(np.float32), colours),
                tuple(spotlight(image, head, colours) for head in heads),
            )
        )
    return made

"""The section of the lens: what it gains, and examples of what it changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from phenolens.core.explanation import Explanation
from phenolens.drawing.glow import glow
from phenolens.drawing.numbers import signed
from phenolens.drawing.png import data_uri
from phenolens.drawing.thumbnails import channel_colours, picture_uri
from phenolens.results.contents import RunContents
from phenolens.results.explained import channels_of
from phenolens.sections.base import Section

_NAME = "lens"
_TO = "\u2192"
_MOST = 8  # examples of each kind on one page
_PERCENTILE = 99.5  # of all maps of a model, which is white
_KINDS = {
    "control_corrected": "Controls that were called a drug",
    "call_corrected": "Drugs that were called something else",
    "confidence_gained": "Calls that became sure",
    "random": "Chosen at random",
}


class Lens(Section):
    """How often wells are called right with and without a lens, and images as it changes them."""

    title: ClassVar[str] = "What a lens changes"
    label: ClassVar[str] = "Lens"
    place: ClassVar[int] = 55
    explains: ClassVar[tuple[str, ...]] = (_NAME,)

    @classmethod
    def of(cls, run: RunContents) -> Lens | None:
        """Return the section, or None where the run was not asked."""
        found = run.explanations.get(_NAME, {})
        if not found:
            return None
        return cls.fill(
            models=[
                (name, _accuracies(one), _counts(one), _masses(one), _strips(one, run), one)
                for name, one in found.items()
            ]
        )


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often wells are right among so many guesses.

    Attributes:
        guesses: How many.
        without: Share of tiles, the mean over wells.
        with_lens: The same with the lens.
        gain: Of the lens, with its interval, as text.
        p: Of the gain, over wells.
        permuted: Gain of a lens of permuted labels, with its interval, as text.
        chance: Level of chance.
    """

    guesses: str
    without: float
    with_lens: float
    gain: str
    p: float
    permuted: str
    chance: float


def _accuracies(one: Explanation) -> list[Accuracy]:
    f, made = one.figures, []
    for name in f:
        if not (match := re.fullmatch(r"top(\d+)_gain", name)):
            continue
        top = f"top{match[1]}"
        made.append(
            Accuracy(
                "at once" if match[1] == "1" else f"among {match[1]} guesses",
                f[f"{top}_without"],
                f[f"{top}_with"],
                _with_interval(one, f"{top}_gain"),
                f[f"{top}_gain_p"],
                _with_interval(one, f"permuted_{top}_gain"),
                f[f"{top}_with_chance"],
            )
        )
    return made


def _with_interval(one: Explanation, name: str) -> str:
    value, low, high = (one.figures[f"{name}{end}"] for end in ("", "_low", "_high"))
    return f"{signed(value)} ({signed(low)} to {signed(high)})"


def _counts(one: Explanation) -> list[tuple[str, float, float]]:
    """Return of each kind what a lens corrects and what it spoils."""
    return [
        (words, one.figures[kind], one.figures[f"{kind}_spoiled"])
        for kind, words in _KINDS.items()
        if kind in one.figures
    ]


def _masses(one: Explanation) -> list[tuple[str, float, float, float]]:
    """Return the share of the maps on cells and in each channel: this lens, chance, permuted."""
    names = {"mass_cells": "cells"}
    for name in one.figures:
        if name.startswith("channel_") and f"{name}_permuted" in one.figures:
            names[name] = name.removeprefix("channel_")
    f = one.figures
    return [
        (word, f[name], f[f"{name}_chance"], f[f"{name}_permuted"]) for name, word in names.items()
    ]


@dataclass(frozen=True, slots=True)
class Example:
    """One tile of a well that lens and classifiers have not seen.

    Attributes:
        right: What it is.
        sure: Probability of that without and with the lens.
        about: What it was called, and where it is from.
        pictures: Name and address of each.
    """

    right: str
    sure: str
    about: str
    pictures: tuple[tuple[str, str], ...]


def _strips(one: Explanation, run: RunContents) -> list[tuple[str, list[Example]]]:
    """Return the examples of each kind."""
    if "image" not in one.pictures:
        return []
    colours = channel_colours(channels_of(one, run))
    top = float(np.percentile(one.pictures["map"].astype(np.float64), _PERCENTILE))
    strips: dict[str, list[Example]] = {words: [] for words in _KINDS.values()}
    for i, meta in enumerate(one.shown.to_dict("records")):
        strip = strips[_KINDS[meta["kind"]]]
        if len(strip) < _MOST:
            strip.append(_example(one, i, meta, colours, top))
    return list(strips.items())


def _example(
    one: Explanation, i: int, meta: dict[str, Any], colours: tuple[str, ...], top: float
) -> Example:
    pictures = [
        (words, picture_uri(one.pictures[name][i], colours))
        for name, words in (("image", "image"), ("reconstruction", "autoencoder"), ("lens", "lens"))
    ]
    pictures += [
        (words, data_uri(glow(one.pictures[name][i], top) & 0xFC))
        for name, words in (("map", "map"), ("map_permuted", "map, permuted"))
    ]
    called = list(dict.fromkeys((str(meta["without"]), str(meta["with"]))))
    return Example(
        str(meta["right"]),
        f"{meta['p_without']:.2f} {_TO} {meta['p_with']:.2f}",
        f"called {f' {_TO} '.join(called)}; {meta['plate']}, {meta['well']}",
        tuple(pictures),
    )

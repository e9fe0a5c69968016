"""The section of importance maps: images next to their maps, and what the maps are worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from phenolens.core.explanation import ALIKE, Explanation
from phenolens.drawing.categories import natural
from phenolens.drawing.numbers import shown
from phenolens.drawing.scale import Scale
from phenolens.drawing.spotlight import spotlight
from phenolens.drawing.svg import Markup
from phenolens.drawing.thumbnails import channel_colours, picture_uri
from phenolens.drawing.time_chart import TimeLine, time_chart
from phenolens.results.contents import RunContents
from phenolens.results.explained import call_column, channel_names, is_real
from phenolens.sections.base import Section

_NAME = "importance_maps"
_MOST = 60  # pictures with their maps on one page
_WORDS = {
    "integrated_gradients": "integrated gradients",
    "occlusion": "occlusion",
    "grad_cam": "Grad-CAM",
    "attention_gradients": "attention x gradient",
}
_BY_CHANNEL = ("integrated_gradients", "occlusion")  # `importance.makers` has torch
_NO_BARS = "no shares: what the patches add is, in sum, not above 0 by more than chance"
_SHARE = Scale(0, 1)


class ImportanceMaps(Section):
    """Images next to their maps, the share of each stain, and the tests of the maps."""

    title: ClassVar[str] = "What a call looks at"
    label: ClassVar[str] = "Importance maps"
    place: ClassVar[int] = 53
    explains: ClassVar[tuple[str, ...]] = (_NAME,)

    @classmethod
    def of(cls, run: RunContents) -> ImportanceMaps | None:
        """Return the section, or None where the run was not asked."""
        found = run.explanations.get(_NAME, {})
        if not found:
            return None
        return cls.fill(models=[(name, _cards(one, run), one) for name, one in found.items()])


@dataclass(frozen=True, slots=True)
class Bar:
    """The share of one stain: its name, the share as text, with its interval, and as a width."""

    channel: str
    share: str
    about: str
    width: float


@dataclass(frozen=True, slots=True)
class Method:
    """One method's maps of one call.

    Attributes:
        title: Its name in words.
        trusted: Whether the maps pass the test.
        tests: What was tested, the figure, and whether it is good.
        bars: Shares of the stains.
        no_bars: Why there are none.
        chart: Deletion and insertion, in the map's order and at random.
    """

    title: str
    trusted: bool
    tests: tuple[tuple[str, str, bool], ...]
    bars: tuple[Bar, ...]
    no_bars: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class Card:
    """One call: how well it is separated, its pictures, and what each method found."""

    name: str
    auc: float
    real: bool
    methods: tuple[Method, ...]
    pictures: tuple[tuple[str, tuple[tuple[str, str, bool], ...]], ...]


def _cards(one: Explanation, run: RunContents) -> list[Card]:
    """Return a card per call, real calls first, then by name."""
    same = call_column(one.rows)
    cards, left = [], _MOST
    names = sorted(one.rows[same].unique(), key=lambda name: natural(str(name)))
    real = {
        name: is_real(float(one.rows.loc[one.rows[same] == name, "p_holm"].iloc[0]))
        for name in names
    }
    for name in sorted(names, key=lambda name: not real[name]):
        part = one.rows[one.rows[same] == name]
        pictures = _pictures(one, part, run, left)
        left -= len(pictures)
        methods = tuple(_method(row) for row in part.to_dict("records"))
        auc = float(part["auc"].iloc[0])
        cards.append(Card(str(name), auc, real[name], methods, pictures))
    return cards


def _method(row: Mapping[str, Any]) -> Method:
    tests = []
    for key, words in (
        ("as_random_weights", "correlation with random weights"),
        ("as_permuted_labels", "correlation with permuted labels"),
    ):
        tests.append((words, shown(row[key]), bool(row[key] < ALIKE)))
    for key, words in (("deletion", "deletion"), ("insertion", "insertion")):
        low, high = row[f"{key}_low"], row[f"{key}_high"]
        text = f"{shown(row[key])} ({shown(low)} to {shown(high)})"
        tests.append((words, text, bool(low > 0)))
    return Method(
        _WORDS[row["method"]],
        bool(row["trusted"]),
        tuple(tests),
        _bars(row),
        _NO_BARS if row["method"] in _BY_CHANNEL else "this method has no channels",
        _chart(row),
    )


def _bars(row: Mapping[str, Any]) -> tuple[Bar, ...]:
    ends = ("_low", "_high")
    channels = [k[6:] for k in row if k.startswith("share_") and not k.endswith(ends)]
    made = []
    for channel in channels:
        value, low, high = (float(row[f"share_{channel}{end}"]) for end in ("", *ends))
        if math.isfinite(value):
            about = f"{shown(low)} to {shown(high)}"
            made.append(Bar(channel, shown(value), about, 100 * min(1.0, max(0.0, value))))
    return tuple(made)


def _chart(row: Mapping[str, Any]) -> Markup:
    curves = {
        name: np.asarray(row[f"curve_{name}"], dtype=np.float64)
        for name in ("deletion", "insertion", "deletion_random", "insertion_random")
    }
    kinds = (
        ("deletion_random", "deleted in random order", "var(--grey)"),
        ("insertion_random", "inserted in random order", "var(--grey)"),
        ("deletion", "deleted, most important first", "var(--miss)"),
        ("insertion", "inserted, most important first", "var(--accent)"),
    )
    share = np.linspace(0, 1, len(curves["deletion"]))
    lines = [TimeLine(words, share, curves[name], colour) for name, words, colour in kinds]
    finite = [v for one in curves.values() for v in one.tolist()]
    y = Scale.around(finite, keep=[0.0, 1.0])
    return time_chart(lines, None, _SHARE, y, "score while patches are replaced")


def _pictures(
    one: Explanation, rows: pd.DataFrame, run: RunContents, most: int
) -> tuple[tuple[str, tuple[tuple[str, str, bool], ...]], ...]:
    """Return where each picture of a call is from, and its images: caption, address, trust."""
    if "image" not in one.pictures:
        return ()
    same = call_column(rows)
    trust = dict(zip(rows["method"], rows["trusted"].astype(bool), strict=True))
    made = []
    for i in np.flatnonzero((one.shown[same] == rows[same].iloc[0]).to_numpy())[:most]:
        image = one.pictures["image"][i]
        colours = channel_colours(channel_names(run, len(image)))
        images = [
            (name, picture_uri(one.pictures[key][i], colours), True)
            for name, key in (("image", "image"), ("a control", "control"))
        ]
        for method, trusted in trust.items():
            whole = one.pictures[f"map_{method}"][i].astype(np.float32).sum(axis=0)
            lit = spotlight(image, np.maximum(whole, 0), colours)
            images.append((_WORDS[method], lit, trusted))
        meta = one.shown.iloc[i]
        made.append((f"{meta['plate']}, {meta['well']}", tuple(images)))
    return tuple(made)

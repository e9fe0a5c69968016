"""ChannelKnockOut: which stain carries a call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.calls.donors import control_donors, own_donors
from phenolens.calls.few import few_images
from phenolens.calls.linear import fit_calls
from phenolens.calls.lost import Gaps
from phenolens.calls.quality import quality
from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.core.ranges import MANY, between
from phenolens.explanations.base import Subject

if TYPE_CHECKING:
    from torch import Tensor

    from phenolens.embedding.seen import Change, Seen

_NAME = "channel_knock_out"
_REAL = 0.05  # a call whose corrected p is below it counts in the figures


@dataclass(frozen=True, kw_only=True)
class ChannelKnockOut:
    """Which stain carries a call: what is lost when one channel is that of a control.

    In every image, treated or control, one channel is replaced by that of a control image of the
    same plate, and the image is embedded again. Of the gap between a treatment's wells and the
    controls (both so changed) a share is lost: `lost`. `alone` is the share that is left where all
    other channels are replaced. `lost_chance` is lost where the channel comes from another image of
    the same treatment: what it costs that channels do not fit each other any more. All are judged
    by linear calls on wells that the call has not seen (`calls/linear.py`).

    Attributes:
        same: Column whose values are called; empty: mechanisms, else compounds, else treatments.
        most: Images of each value, and of the controls of each plate, that are embedded again.
        seed: Of the draws of wells, images and donors.
    """

    title: ClassVar[str] = "Channels"
    needs_images: ClassVar[bool] = True

    same: str = ""
    most: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, MANY, most=self.most)

    def __call__(self, subject: Subject) -> Explanation:
        """Return the shares, one row per call and channel.

        Raises:
            InputError: One channel only, a column is missing, or a plate has too few controls.
        """
        seen = subject.seen(_NAME)
        if len(seen.screen.channels) < 2:
            raise InputError(
                "the model sees one channel, which carries every call",
                where=f"explanations.{_NAME}",
            )
        calls = fit_calls(subject.embeddings, self.same, self.seed)
        images, tiles = few_images(calls, subject.embeddings, self.most, self.seed)
        before = subject.embeddings.features[tiles]
        gaps = Gaps(calls, tiles, before, self.seed)
        rows = []
        for channel, changes in enumerate(self._changes(seen, images, calls.same)):
            title = f"{_NAME}: {seen.screen.channels[channel]}"
            after = {}
            for kind, change in changes.items():
                with subject.bar(f"{title}, {kind}") as bar:
                    after[kind] = seen.embed(images, change, progress=bar).features
            rows += [
                {calls.same: name, "channel": seen.screen.channels[channel]}
                | _shares(gaps, call, after)
                for call, name in enumerate(calls.names)
            ]
        table = pd.DataFrame(rows).merge(quality(calls, subject.embeddings), on=calls.same)
        real = table[table["p_holm"] < _REAL]
        count = real[calls.same].nunique()
        note = (
            f"{count} of {len(calls.names)} calls tell unseen wells from controls (p below {_REAL} "
            "after Holm's correction); the figures are medians over them"
        )
        figures = _figures(real, seen.screen.channels)
        return Explanation(
            name=_NAME, rows=table, figures=figures, notes=(note,), trusted=bool(count)
        )

    def _changes(
        self, seen: Seen, images: Int64[np.ndarray, " k"], same: str
    ) -> list[dict[str, Change]]:
        """Return for each channel the changes by name."""
        meta = seen.screen.meta
        rng = np.random.default_rng(self.seed)
        control = dict(zip(images, control_donors(meta, images, rng), strict=True))
        own = dict(zip(images, own_donors(meta, images, same, rng), strict=True))
        every = range(len(seen.screen.channels))
        return [
            {
                "lost": _swap(seen, control, [channel]),
                "alone": _swap(seen, control, [c for c in every if c != channel]),
                "lost_chance": _swap(seen, own, [channel]),
            }
            for channel in every
        ]


def _swap(seen: Seen, donors: dict[int, int], channels: list[int]) -> Change:
    """Return the change that takes these channels from the donors; without a donor none is made."""

    def change(tiles: Tensor, rows: Int64[np.ndarray, " k"]) -> Tensor:
        given = np.array([donors[row] if donors[row] >= 0 else row for row in rows])
        taken = seen.tiles(given)
        made = tiles.clone()
        made[:, :, channels] = taken[:, :, channels]
        return made

    return change


def _shares(gaps: Gaps, call: int, after: dict[str, np.ndarray]) -> dict[str, float]:
    lost, low, high = gaps.lost(call, after["lost"])
    alone, *_ = gaps.lost(call, after["alone"])
    chance, *_ = gaps.lost(call, after["lost_chance"])
    return {"lost": lost, "low": low, "high": high, "alone": 1 - alone, "lost_chance": chance}


def _figures(real: pd.DataFrame, channels: tuple[str, ...]) -> dict[str, float]:
    """Return medians over the calls that are real; NaN where there is none."""
    figures = {}
    for channel in channels:
        one = real[real["channel"] == channel]
        for end, kind in (("", "lost"), ("_chance", "lost_chance")):
            figures[f"lost_{channel}{end}"] = float(one[kind].median()) if len(one) else math.nan
    return figures

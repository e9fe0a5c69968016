"""Knock-outs: calls asked again of images in which something was taken away."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.calls.few import few_images
from phenolens.calls.linear import Calls, fit_calls
from phenolens.calls.lost import Gaps
from phenolens.calls.quality import quality
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Progress
from phenolens.core.ranges import LARGEST_SEED, MANY, between

if TYPE_CHECKING:
    from phenolens.embedding.seen import Change, Seen

REAL = 0.05  # a call whose corrected p is below it counts in the figures
LOST, ALONE, CHANCE = "lost", "alone", "lost_chance"
# The column of what was taken away -> by kind (`lost`, `alone`, `lost_chance`) the change.
Changes = Mapping[str, Mapping[str, "Change"]]


@dataclass(frozen=True, kw_only=True)
class Asks:
    """Which calls are asked again, and how many images.

    Attributes:
        same: Column whose values are called; empty: mechanisms, else compounds, else treatments.
        by: Column within which images are compared with controls: plate; where plates have too
            few, batch, or empty for all together.
        most: Images of each value, and of the controls of each plate, that are embedded again.
        seed: Of the draws of wells and images.
    """

    same: str = ""
    by: str = "plate"
    most: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, MANY, most=self.most)
        between(0, LARGEST_SEED, seed=self.seed)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The calls of a model, and the images that they are asked about again.

    Attributes:
        calls: Fitted on the embeddings of the run.
        embeddings: Of the run, one row per tile.
        images: Rows of the screen that are embedded again.
        tiles: Their rows in the embeddings, image by image.
        seed: Of the draws.
    """

    calls: Calls
    embeddings: Profiles
    images: Int64[np.ndarray, " k"]
    tiles: Int64[np.ndarray, " m"]
    seed: int

    @classmethod
    def of(cls, embeddings: Profiles, asks: Asks) -> Asked:
        """Return the calls of a column, and the images to ask about.

        Args:
            embeddings: One row per tile.
            asks: Which calls, and how many images.

        Raises:
            InputError: As `fit_calls`.
        """
        calls = fit_calls(embeddings, asks.same, asks.seed, asks.by)
        images, tiles = few_images(calls, embeddings, asks.most, asks.seed)
        return cls(calls, embeddings, images, tiles, asks.seed)

    def again(
        self,
        seen: Seen,
        changes: Changes,
        column: str,
        bar: Callable[[str], AbstractContextManager[Progress]],
    ) -> pd.DataFrame:
        """Return what each call loses by each change, one row per call and change.

        Args:
            seen: The model and its images.
            changes: What is taken away, by name and kind.
            column: Of these names.
            bar: Title -> a bar to call with (done, all).

        Returns:
            The call, the name, `lost` with `low` and `high`, `alone` and `lost_chance` where there
            are such changes, and of the call `wells`, `auc`, `p`, `p_holm`.
        """
        gaps = Gaps(self.calls, self.tiles, self.embeddings.features[self.tiles], self.seed)
        rows = []
        for name, kinds in changes.items():
            after = {}
            for kind, change in kinds.items():
                with bar(f"{column} {name}, {kind}") as done:
                    after[kind] = seen.embed(self.images, change, progress=done).features
            rows += [
                {self.calls.same: call, column: name, **_shares(gaps, place, after)}
                for place, call in enumerate(self.calls.names)
            ]
        return pd.DataFrame(rows).merge(quality(self.calls, self.embeddings), on=self.calls.same)

    def note(self, rows: pd.DataFrame) -> str:
        """Return in words how many of the calls are real."""
        count = rows.loc[rows["p_holm"] < REAL, self.calls.same].nunique()
        return (
            f"{count} of {len(self.calls.names)} calls tell unseen wells from controls (p below "
            f"{REAL} after Holm's correction); the figures are medians over them"
        )


def figures(rows: pd.DataFrame, column: str, names: Iterable[str]) -> dict[str, float]:
    """Return the median share lost over the calls that are real, with its level of chance.

    Args:
        rows: As `Asked.again` returns them.
        column: Of what was taken away.
        names: Its values, in order.
    """
    real = rows[rows["p_holm"] < REAL]
    made = {}
    for name in names:
        one = real[real[column] == name]
        for end, kind in (("", LOST), ("_chance", CHANCE)):
            if kind in one:
                made[f"lost_{name}{end}"] = float(one[kind].median()) if len(one) else math.nan
    return made


def _shares(gaps: Gaps, call: int, after: Mapping[str, np.ndarray]) -> dict[str, float]:
    lost, low, high = gaps.lost(call, after[LOST])
    made = {LOST: lost, "low": low, "high": high}
    if ALONE in after:
        made[ALONE] = 1 - gaps.lost(call, after[ALONE])[0]
    if CHANCE in after:
        made[CHANCE] = gaps.lost(call, after[CHANCE])[0]
    return made

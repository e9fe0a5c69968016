"""Neighbours: the nearest treatments of each one, and what makes them near."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.calls.donors import control_donors
from phenolens.calls.few import few_images
from phenolens.calls.linear import Calls, fit_calls
from phenolens.calls.similar import Vectors, Wells, cosines, nearest, redrawn, shares
from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.embedding.seen import Seen
from phenolens.explanations.base import Subject
from phenolens.hiding.swap import swap

_NAME = "neighbours"
_FEATURES = 5
_SIDE = 96  # pixels of a picture


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """The nearest treatments of each one, how sure that is, and what makes them near.

    Embeddings are put in units of their plate's controls; a treatment is the mean of its wells less
    the controls, and near is a high cosine. `low` and `high` are its 95 % interval where wells are
    drawn with replacement, `first` the share of these draws in which it is the nearest of all.

    What makes two near: `features` are those that add most to the cosine; `without_<channel>` is
    the cosine where that channel is a control's in every image; and the tile of each that is most
    like the other one is shown.

    Attributes:
        same: Column whose values are compared; empty: mechanisms, else compounds, else treatments.
        by: Column within which images are compared with controls: plate, batch; empty: all.
        nearest: Neighbours of each that are listed.
        most: Images of each value, and of the controls of each plate, that are embedded again.
        draws: Of wells, for the intervals.
        seed: Of the draws.
    """

    title: ClassVar[str] = "Neighbours"
    needs_images: ClassVar[bool] = True

    same: str = "treatment"
    by: str = "plate"
    nearest: int = 3
    most: int = 6
    draws: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, MANY, nearest=self.nearest, most=self.most)
        between(20, 10_000, draws=self.draws)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, subject: Subject) -> Explanation:
        """Return one row per value and neighbour, and pictures of the nearest pairs.

        Raises:
            InputError: A column is missing, fewer than two values have two wells, or a plate has
                too few controls.
        """
        seen, embeddings = subject.seen(_NAME), subject.embeddings
        calls = fit_calls(embeddings, self.same, self.seed, self.by)
        same = calls.same
        if len(calls.names) < 2:
            raise InputError("has one value, which has no neighbours", where=same)
        every = np.arange(len(embeddings))
        wells = Wells.of(calls, embeddings.features, every)
        vectors = wells.means(len(calls.names))
        found = cosines(vectors)
        order = nearest(found, self.nearest)
        drawn, first = redrawn(wells, order, self.draws, self.seed)
        without = self._without(subject, seen, calls)
        rows = []
        for call, neighbours in enumerate(order):
            for rank, other in enumerate(neighbours):
                row = {same: calls.names[call], "rank": rank + 1}
                row |= {"neighbour": calls.names[other], "cosine": float(found[call, other])}
                row |= {**_interval(drawn[:, call, rank]), "first": float(first[call, rank])}
                row["features"] = _features(embeddings, vectors[call], vectors[other])
                row |= {f"without_{name}": float(one[call, other]) for name, one in without.items()}
                rows.append(row)
        facts = _facts(embeddings.meta, same, calls.names)
        table = _with_facts(pd.DataFrame(rows), facts)
        shown, pictures = _shown(seen, calls, embeddings, vectors, order)
        return Explanation(
            name=_NAME,
            rows=table,
            figures=_figures(table, facts, found),
            notes=(_note(table),),
            pictures=pictures,
            shown=shown,
        )

    def _without(
        self, subject: Subject, seen: Seen, calls: Calls
    ) -> dict[str, Float64[np.ndarray, "call call"]]:
        """Return the similarities without each channel; none where there is one channel."""
        channels = seen.screen.channels
        if len(channels) < 2:
            return {}
        images, tiles = few_images(calls, subject.embeddings, self.most, self.seed)
        rng = np.random.default_rng(self.seed)
        donors = dict(
            zip(images, control_donors(seen.screen.meta, images, self.by, rng), strict=True)
        )
        made = {"no_change": _cosines_of(calls, subject.embeddings.features[tiles], tiles)}
        for place, channel in enumerate(channels):
            with subject.bar(f"without {channel}") as bar:
                again = seen.embed(images, swap(seen, donors, [place]), progress=bar)
            made[channel] = _cosines_of(calls, again.features, tiles)
        return made


def _cosines_of(
    calls: Calls, features: np.ndarray, rows: Int64[np.ndarray, " k"]
) -> Float64[np.ndarray, "call call"]:
    return cosines(Wells.of(calls, features, rows).means(len(calls.names)))


def _interval(drawn: Float64[np.ndarray, " draw"]) -> dict[str, float]:
    if np.isnan(drawn).all():
        return {"low": math.nan, "high": math.nan}
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return {"low": float(low), "high": float(high)}


def _features(embeddings: Profiles, one: np.ndarray, other: np.ndarray) -> str:
    """Return the features that add most to a cosine, with what they add."""
    part = shares(one, other)
    most = np.argsort(-part, kind="stable")[:_FEATURES]
    return ", ".join(f"{embeddings.names[i]} {part[i]:.2f}" for i in most)


def _facts(meta: pd.DataFrame, same: str, names: tuple[str, ...]) -> pd.DataFrame:
    """Return mechanism and compound of each value, missing where it has several.

    A column is left out where no value has a single one, as the compound of mechanisms.
    """
    made = pd.DataFrame(index=pd.Index(names, name=same))
    key = meta[same].astype(str).str.strip().mask(meta[same].isna())
    for column in ("moa", "compound"):
        if column == same:
            made[column] = names
        elif column in meta:
            values = meta[column].groupby(key, observed=True)
            only = values.first().where(values.nunique() == 1).reindex(names)
            if only.notna().any():
                made[column] = only
    return made


def _with_facts(table: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Return the table with mechanism and compound of both."""
    same = str(facts.index.name)
    for column in facts.columns.drop(same, errors="ignore"):
        table[column] = table[same].map(facts[column])
        table[f"neighbour_{column}"] = table["neighbour"].map(facts[column])
    return table


def _figures(
    table: pd.DataFrame, facts: pd.DataFrame, found: Float64[np.ndarray, "call call"]
) -> dict[str, float]:
    """Return how often the nearest is sure, and how often that of another compound acts alike.

    `same_moa` is the share of values whose nearest of another compound, among all values, has
    their mechanism; its chance is the mean share of values of other compounds that have it. Both
    are over the values whose mechanism and compound are known.
    """
    nearest = table[table["rank"] == 1]
    made = {"sure": float((nearest["first"] > 0.5).mean())}
    if not {"moa", "compound"} <= set(facts) or facts.index.name == "moa":
        return made
    moa, compound = (pd.factorize(facts[name])[0] for name in ("moa", "compound"))
    hits, chances = [], []
    for i in np.flatnonzero((moa >= 0) & (compound >= 0)):
        others = (compound >= 0) & (compound != compound[i]) & np.isfinite(found[i])
        if others.any():
            first = int(np.where(others, found[i], -np.inf).argmax())
            hits.append(moa[first] == moa[i])
            chances.append((moa[others] == moa[i]).mean())
    if hits:
        made |= {"same_moa": float(np.mean(hits)), "same_moa_chance": float(np.mean(chances))}
    return made


def _note(table: pd.DataFrame) -> str:
    nearest = table[table["rank"] == 1]
    return (
        f"of {len(nearest)} nearest neighbours {int((nearest['first'] > 0.5).sum())} stay nearest "
        "in more than half of the draws of wells; read the others as one of several"
    )


def _shown(
    seen: Seen,
    calls: Calls,
    embeddings: Profiles,
    vectors: Vectors,
    order: Int64[np.ndarray, "call k"],
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return of each nearest pair the tile of each that is most like the other."""
    scaled = calls.scales.apply(embeddings.features, calls.places)
    unit = scaled / np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-12)
    kept: list[dict[str, Any]] = []
    rows = []
    for call, neighbours in enumerate(order):
        for role, own, other in (
            ("own", call, int(neighbours[0])),
            ("neighbour", int(neighbours[0]), call),
        ):
            there = np.flatnonzero(calls.label == own)
            row = int(there[(unit[there] @ vectors[other]).argmax()])
            meta = embeddings.meta.iloc[row]
            kept.append(
                {calls.same: calls.names[call], "role": role, "of": calls.names[own]}
                | {name: meta[name] for name in ("plate", "well", "site", "tile") if name in meta}
            )
            rows.append(row)
    return pd.DataFrame(kept), {"image": seen.pictures(np.array(rows), _SIDE)}

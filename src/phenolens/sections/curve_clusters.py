"""The section of clusters: all trajectories as one grid, in the order of their clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

import numpy as np

from phenolens.core.counts import count_range
from phenolens.drawing.categories import Category
from phenolens.drawing.effects import CLASSES, effect_category
from phenolens.drawing.heat import full_at, heat_legend, heat_row, hours_axis
from phenolens.drawing.numbers import shown
from phenolens.drawing.svg import Markup
from phenolens.results.clusters import Trajectory, clusters_of
from phenolens.results.contents import RunContents, number
from phenolens.sections.base import Section

MOST = 300  # rows that are drawn


class CurveClusters(Section):
    """Each cluster as a block: a row per treatment with its class, a column per time."""

    title: ClassVar[str] = "Clusters of trajectories"
    label: ClassVar[str] = "Clusters"
    place: ClassVar[int] = 34

    @classmethod
    def of(cls, run: RunContents) -> CurveClusters | None:
        """Return the section, or None where no trajectories were clustered."""
        hours, trajectories = clusters_of(run)
        if not trajectories:
            return None
        shown = trajectories[:MOST]
        every = np.concatenate([one.values for one in shown])
        top, largest = full_at(every), float(np.nanmax(every, initial=0.0))
        called = {one.called for one in shown}
        return cls.fill(
            blocks=blocks_of(shown, hours, top),
            axis=hours_axis(hours),
            legend=[effect_category(name) for name in CLASSES if name in called],
            strengths=heat_legend(top, largest),
            left_out=len(trajectories) - len(shown),
            choice=_choice(run),
            curves=count_range((one.of for one in trajectories), "curve"),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """One cluster.

    Attributes:
        cluster: Its name.
        rows: Name, class and cells of each treatment; of one with curves in other clusters too the
            name says how many are in this.
        split: How many of the treatments have curves in another cluster too.
    """

    cluster: str
    rows: tuple[tuple[str, Category | None, Markup], ...]
    split: int


def blocks_of(rows: Sequence[Trajectory], hours: Sequence[float], top: float) -> list[Block]:
    """Return one block per cluster, all with the same colours."""
    columns = [f"{hour:g} h" for hour in hours]
    made = []
    for cluster, part in groupby(rows, key=lambda row: row.cluster):
        own = list(part)
        drawn = tuple(
            (
                _name(row),
                effect_category(row.called) if row.called else None,
                heat_row(row.values, _name(row), columns, top),
            )
            for row in own
        )
        made.append(Block(cluster, drawn, sum(row.curves < row.of for row in own)))
    return made


def _name(row: Trajectory) -> str:
    return row.name if row.curves == row.of else f"{row.name} ({row.curves} of {row.of})"


def _choice(run: RunContents) -> str:
    """Return how many clusters there are and why, in words; empty where no step noted it."""
    entries = run.profiles.provenance if run.profiles else ()
    for entry in reversed(entries):
        facts = entry.get("facts")
        if entry.get("step") == "cluster_curves" and isinstance(facts, Mapping):
            return " ".join(filter(None, (_tried(facts), _warping(facts))))
    return ""


def _tried(facts: Mapping[str, Any]) -> str:
    """Return which numbers of clusters were tried, and how clear the chosen one is."""
    tried = [one for one in facts.get("tried") or () if isinstance(one, Mapping)]
    if not tried:
        return ""
    listed = ", ".join(
        f"{one.get('k')} ({shown(number(one.get('silhouette')))}, "
        f"{shown(number(one.get('stability')))})"
        for one in tried
    )
    found = facts.get("clusters_found")
    chosen = f"{found} clusters" if found else "Clusters"
    clear = (
        "" if facts.get("clear") else " The chosen one is below 0.25: there are no clear groups."
    )
    return (
        f"{chosen}: the highest silhouette of those numbers that subsets of the curves find again "
        f"(stability of 0.8 or more). Tried, with silhouette and stability: {listed}.{clear}"
    )


def _warping(facts: Mapping[str, Any]) -> str:
    """Return what warping adds to distances at equal times; empty where it was not measured."""
    warping = facts.get("warping")
    says = str(warping.get("says") or "") if isinstance(warping, Mapping) else ""
    return f"{says[:1].upper()}{says[1:]}." if says else ""

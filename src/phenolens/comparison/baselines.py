"""The baselines of a comparison: each distinct one once, however many cells have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from phenolens.chains.settings import hashed
from phenolens.comparison.finished import Finished
from phenolens.core.registry import find
from phenolens.runs.folder import keys_of


@dataclass(slots=True, eq=False)
class BaselineScore:
    """One score of one baseline.

    Attributes:
        title: Of the baseline, as reports name it.
        name: Of the baseline, as recipes name it.
        score: Name of the score.
        where: The axes and the seed of the cells that have it; None where these differ.
        figures: Its summary, as in `results.json`.
        cells: The finished cells that have it: all of them have the same rows.
    """

    title: str
    name: str
    score: str
    where: dict[str, Any]
    figures: Mapping[str, Any]
    cells: list[Finished] = field(default_factory=list)


def baseline_scores(cells: Sequence[Finished]) -> list[BaselineScore]:
    """Return every score of every baseline, those of equal embeddings, chain and metric once.

    Args:
        cells: The finished ones.
    """
    found: dict[str, BaselineScore] = {}
    for one in cells:
        where = {**one.cell.choices, "seed": one.cell.seed}
        named = {title: (name, key) for title, name, key in _kept(one)}
        for title, scores in one.results.baselines.items():
            name, key = named.get(title, ("", one.run.root.name))
            for score, figures in scores.items():
                shapes = [key, title, score]
                shapes += [one.settings["profiling"], one.settings.get("measured", [])]
                shapes += [one.settings["metrics"].get(score)]
                made = BaselineScore(title, name, score, dict(where), figures)
                shared = found.setdefault(hashed(shapes), made)
                shared.cells.append(one)
                differ = [axis for axis, value in where.items() if shared.where[axis] != value]
                shared.where |= dict.fromkeys(differ)
    return list(found.values())


def _kept(one: Finished) -> Iterator[tuple[str, str, str]]:
    """Yield title, name and key of the embeddings of each baseline of a cell."""
    keys = keys_of(one.run)
    for name in one.settings.get("baselines", ()):
        slot = f"baseline {one.run.baseline(name).relative_to(one.run.root).as_posix()}"
        if slot in keys:
            yield str(find("baselines", name, "baselines").title), name, keys[slot]

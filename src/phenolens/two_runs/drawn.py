"""Drawn: the map of each of two runs, and pictures of the treatments that changed."""

from __future__ import annotations

from phenolens.drawing.categories import Category, categorise
from phenolens.drawing.figures import scatter
from phenolens.drawing.projection import project
from phenolens.drawing.svg import Markup
from phenolens.drawing.thumbnails import thumbnails
from phenolens.results.contents import RunContents
from phenolens.results.treatments import mechanisms, text
from phenolens.two_runs.gained import Changes

_PICTURES = 60


def pictures(run: RunContents, answers: tuple[Changes, ...]) -> dict[str, str]:
    """Return the first image of each treatment that was gained or lost, as `data:` addresses."""
    if run.examples is None or "treatment" not in run.examples.meta:
        return {}
    wanted = {c.treatment for each in answers for c in (*each.gained, *each.lost)}
    first: dict[str, int] = {}
    for row, value in enumerate(run.examples.meta["treatment"]):
        if (name := text(value) or "") in wanted and len(first) < _PICTURES:
            first.setdefault(name, row)
    if not first:
        return {}
    drawn = thumbnails(run.examples.images[list(first.values())], run.examples.channels)
    return dict(zip(first, drawn, strict=True))


def maps(one: RunContents, other: RunContents) -> tuple[list[Markup], tuple[Category, ...]] | None:
    """Return the map of each run, with the same marks; None where one cannot be made."""
    if one.profiles is None or other.profiles is None:
        return None
    values = [mechanisms(run.meta) for run in (one.profiles, other.profiles)]
    kinds, codes = categorise([*values[0], *values[1]])
    drawn = []
    for run, begin, own in (
        (one, 0, values[0]),
        (other, len(values[0]), values[1]),
    ):
        seed = run.results.get("seed") or 0
        made = project(run.profiles.features, seed) if run.profiles is not None else None
        if made is None:
            return None
        drawn.append(scatter(made.points, kinds, codes[begin : begin + len(own)]))
    return drawn, kinds

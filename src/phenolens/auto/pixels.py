"""Pixel steps and tiles that suit a screen's images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phenolens.auto.choice import Choice
from phenolens.auto.facts import Facts

VIEW = 64  # side of a view and of a tile, in pixels
_LARGE, _SHORT = 512, 256  # fields with a shorter side above the first get one of the second
_MOST_TILES = 4  # to a side
_FEW = 12  # images of a plate from which its illumination is estimated

Table = dict[str, Any]


def resized(facts: Facts) -> tuple[float, Choice]:
    """Return the factor that fields are resized by, and why."""
    short = min(facts.size)
    if facts.level == "cell":
        return 1.0, Choice("size", "as it is", "images are single cells")
    if short > _LARGE:
        factor = round(_SHORT / short, 4)
        why = f"a shorter side of {short} pixels becomes {_SHORT}: cost grows with the pixels"
        return factor, Choice("size", f"resized by {factor}", why)
    if short >= 2 * VIEW:
        why = f"a view of {VIEW} pixels then shows more cells of a field of {short} pixels"
        return 0.5, Choice("size", "resized by 0.5", why)
    return 1.0, Choice("size", "as it is", f"a side of {short} pixels is small already")


def steps(facts: Facts) -> tuple[list[Table], list[Choice]]:
    """Return the pixel steps, and why."""
    factor, choice = resized(facts)
    found, choices = quality(facts)
    lit, even = _light(facts)
    found += lit
    choices += even
    if factor != 1:
        found.append({"step": "resize", "factor": factor})
    scale = {"mode": "percentile", "low": 0.1, "high": 99.9, "standardize": True}
    found.append({"step": "rescale", **scale})
    why = "plates and channels then have one range, and mean 0 and sd 1"
    choices += stacks(facts)
    choices += [choice, Choice("intensity", "percentiles 0.1 to 99.9 per plate and channel", why)]
    return found, choices


def quality(facts: Facts) -> tuple[list[Table], list[Choice]]:
    """Return the step that flags images, and why; none where the store was made with it."""
    if "flag_quality" in facts.done:
        return [], [Choice("quality", "flagged", "it was done when the store was prepared")]
    why = "images that are blurred, saturated, empty, dirty or oddly lit are named; none is dropped"
    return [{"step": "flag_quality"}], [Choice("quality", "flagged", why)]


def _light(facts: Facts) -> tuple[list[Table], list[Choice]]:
    """Return the step that evens light out, and why."""
    if facts.level != "field":
        return [], []
    if "illumination" in facts.done:
        why = "it was done when the store was prepared"
        return [], [Choice("illumination", "corrected already", why)]
    if facts.fields >= _FEW * facts.plates:
        why = f"{facts.fields // facts.plates} fields per plate are enough to estimate it"
        step: Table = {"step": "illumination"}
        return [step], [Choice("illumination", "corrected per plate and channel", why)]
    why = f"fewer than {_FEW} fields per plate: cells would shape the estimate"
    return [], [Choice("illumination", "not corrected", why)]


def stacks(facts: Facts) -> list[Choice]:
    """Return what becomes of the z planes and times of a field, and why."""
    made = []
    stacked = (("z planes", "z", facts.planes), ("times", facts.times_in, facts.times))
    for name, column, count in stacked:
        if count > 1:
            value = f"{count} of {facts.fields} fields, each an image of its own"
            why = "a well is the mean over them; to make them one image, write [[pixels]] step = "
            why += f'"project", over = "{column}" before the other steps of recipe.toml, and run it'
            made.append(Choice(name, value, why))
    return made


def tiles(facts: Facts) -> tuple[Table, float, Choice]:
    """Return the tiles that are embedded, the area of a view as a share, and why."""
    factor, _ = resized(facts)
    height, width = (round(side * factor) for side in facts.size)
    side = min(VIEW, height, width)
    rows, columns = (min(_MOST_TILES, length // side) for length in (height, width))
    area = side * side / (height * width)
    why = f"tiles of {side} pixels, evenly over images of {height} x {width} pixels"
    table = {"size": side, "rows": rows, "columns": columns}
    return table, area, Choice("tiles", f"{rows} x {columns}", why)


def crops(facts: Facts, side: int, area: float) -> Mapping[str, Any]:
    """Return how views are cut: squares at the scale of tiles; of a cell most of its crop."""
    share = [0.5, 0.9] if facts.level == "cell" else [min(1.0, area)] * 2
    return {
        "global_views": 2,
        "local_views": 2,
        "global_size": side,
        "local_size": side,
        "global_area": share,
        "local_area": share,
        "rotate": "any",
    }

"""What the looks at a training mean, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

FIGURES = ("replicates", "batch_knn", "batch_linear", "alignment", "uniformity", "meter_rank")
UNTRAINED = -1  # step of the line of the untrained encoder
_COLLAPSED = 2.0  # directions
_GAIN = 0.01  # of replicate retrieval: below it nothing was learned
_SHORTCUT = 0.1  # of batch predictability
_STARVED = 0.4  # share of the time in which the device has no views

Figures = Mapping[str, Mapping[str, float]]


def figures_of(
    lines: Sequence[Mapping[str, Any]], *, keeps_best: bool = False
) -> dict[str, dict[str, float]]:
    """Return each figure of the untrained, the last and the best look; empty without looks.

    Args:
        lines: Of a training's log.
        keeps_best: Whether the state of the best look is kept (`training.keep`).

    Returns:
        `untrained`, `last` and `best`: name of a figure -> its value; `best` is the look with the
        highest replicate retrieval. Each has its `step`. With `keeps_best` also `kept`: the best
        look, or the last where none has a figure for replicates.
    """
    looks = [line for line in lines if _number(line, "meter_rank") is not None]
    first = [line for line in looks if int(line["step"]) == UNTRAINED]
    rest = [line for line in looks if int(line["step"]) != UNTRAINED]
    if not (first and rest):
        return {}
    best = max(rest, key=lambda line: _number(line, "replicates") or 0.0)
    named = {"untrained": first[0], "last": rest[-1], "best": best}
    if keeps_best:
        named["kept"] = rest[-1] if _number(best, "replicates") is None else best
    return {
        name: {"step": int(line["step"]) + 1}
        | {figure: value for figure in FIGURES if (value := _number(line, figure)) is not None}
        for name, line in named.items()
    }


def kept_text(figures: Figures) -> str:
    """Return which state is kept and its figure, in a sentence; empty where it is the last."""
    kept, last = figures.get("kept", {}), figures.get("last", {})
    if "replicates" not in kept:
        return ""
    if kept["step"] == last["step"]:
        what = (
            f"The state after the last step, {kept['step']}, is kept: its replicates are the best"
        )
        return f"{what}, {kept['replicates']:.3f}."
    end = f" ({last['replicates']:.3f} after the last step)" if "replicates" in last else ""
    return (
        f"The state after step {kept['step']} of {last['step']} is kept: its replicates are the "
        f"best, {kept['replicates']:.3f}{end}."
    )


def sentences(figures: Figures) -> list[str]:
    """Return which look is kept, and what it found in a sentence for each figure that matters."""
    if not figures:
        return []
    before, kept = figures["untrained"], figures.get("kept", figures["last"])
    titles = {
        "replicates": "Replicates are retrieved with a mean average precision of",
        "batch_knn": "The batch of controls is predicted by neighbours with a balanced accuracy of",
    }
    found = [
        f"{title} {kept[name]:.3f} (untrained encoder: {before[name]:.3f})."
        for name, title in titles.items()
        if name in kept and name in before
    ]
    return [said, *found] if (said := kept_text(figures)) else found


def warnings(figures: Figures) -> list[str]:
    """Return warnings on the kept state with what to try: collapse, batch shortcut, no learning.

    Args:
        figures: As `figures_of` returns them.
    """
    found = []
    if figures:
        before, kept = figures["untrained"], figures.get("kept", figures["last"])
        gain = kept.get("replicates", math.inf) - before.get("replicates", 0.0)
        batch = kept.get("batch_knn", 0.0) - before.get("batch_knn", 0.0)
        if kept["meter_rank"] < _COLLAPSED:
            found.append(
                f"Collapse: the embeddings use {kept['meter_rank']:.1f} directions. Try a lower "
                "learning rate, a larger batch, or a higher teacher temperature."
            )
        elif gain < _GAIN:
            found.append(
                "No learning: replicates are not found better than by the untrained encoder. Try "
                "more epochs, another learning rate, or milder crops and intensity changes."
            )
        if batch > _SHORTCUT and batch > gain:
            found.append(
                "Batch shortcut: the encoder learned batches more than treatments. Try partners "
                'from other batches (views.pairs: differ = ["batch"]), stronger intensity changes, '
                "or intensity limits per plate."
            )
    return found


def waiting_of(lines: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the median share of the time in which the device waited for views; None if unknown.

    It depends on what else the machine does: equal trainings differ in it.
    """
    waits = [value for line in lines if (value := _number(line, "waiting")) is not None]
    return sorted(waits)[len(waits) // 2] if waits else None


def starved(waiting: float | None) -> str:
    """Return a warning where the device waits for views much of the time; else nothing."""
    if waiting is None or waiting <= _STARVED:
        return ""
    return (
        f"Starved device: {100 * waiting:.0f} % of the time went into making views. Try smaller "
        "images (the pixel step resize), fewer views, or a larger network at no cost."
    )


def _number(line: Mapping[str, Any], name: str) -> float | None:
    """Return a figure of a line; None where it is absent, empty or not finite."""
    try:
        value = float(line.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None

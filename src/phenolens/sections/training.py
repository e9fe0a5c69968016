"""The section of training: loss and effective rank of each model, with the level of collapse."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from phenolens.drawing.figures import Line, curves
from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup
from phenolens.results.contents import Log, RunContents, number
from phenolens.sections.base import Section

_LOOKS = {
    "replicates": "Replicates found in other batches or plates",
    "batch_knn": "Batch of controls predicted by neighbours",
}
MOST = 400  # points of a drawn line; longer logs are averaged over neighbouring intervals


class Training(Section):
    """Loss and effective rank over the training steps."""

    title: ClassVar[str] = "Training"
    place: ClassVar[int] = 80

    @classmethod
    def of(cls, run: RunContents) -> Training | None:
        """Return the section, or None where nothing was trained."""
        curves = Curves.of(run.logs, run.results.get("training") or {})
        return None if curves is None else cls.fill(training=curves)


@dataclass(frozen=True, slots=True)
class Curve:
    """One drawn quantity: the loss, the rank, or what a look at the encoder found.

    Attributes:
        key: `loss`, `rank`, `replicates` or `batch_knn`.
        title: In words.
        svg: The drawing.
        dashed: Whether a level is drawn as a dashed line.
        kept: Step and value of the state that is kept, in words; empty where it is the last.
    """

    key: str
    title: str
    svg: Markup
    dashed: bool = True
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Curves:
    """What the logs show: the curves and which colour is which model."""

    curves: tuple[Curve, ...]
    models: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, logs: Mapping[str, Log], looks: Mapping[str, Any] | None = None) -> Curves | None:
        """Draw the logs, or return None where they hold nothing to draw.

        Args:
            logs: By model.
            looks: By model, what the looks at its encoder found: figures of the `kept` state.
        """
        colours = {model: f"--c{i % 12}" for i, model in enumerate(logs)}
        drawn = tuple(_drawn(logs, colours, looks or {}))
        return cls(drawn, tuple(colours.items())) if drawn else None


def _drawn(
    logs: Mapping[str, Log], colours: Mapping[str, str], looks: Mapping[str, Any]
) -> Iterator[Curve]:
    loss = _lines(logs, colours, "loss")
    if loss:
        levels = sorted({log.collapsed_loss for log in logs.values() if log.collapsed_loss})
        marks = [("collapsed", level) for level in levels]
        scale = Scale.around((float(v) for line in loss for v in line.y), keep=levels)
        yield Curve("loss", "Loss", curves(loss, scale, marks), dashed=bool(marks))
    rank = _lines(logs, colours, "rank")
    if rank:
        dims = sorted({log.dim for log in logs.values() if log.dim})
        top = max([*(float(np.nanmax(line.y)) for line in rank), *dims])
        # Ranks halve and double; a full turn of the axis is a doubling.
        scale = Scale(1.0, 2.0 ** max(1, math.ceil(math.log2(max(top, 2.0)) - 1e-9)), log=True)
        marks = [(f"width {dim}", float(dim)) for dim in dims]
        yield Curve("rank", "Effective rank of the embedding", curves(rank, scale, marks))
    for key, title in _LOOKS.items():
        if lines := [_marked(line, looks, key) for line in _lines(logs, colours, key)]:
            before = sorted({float(line.y[0]) for line in lines})  # of the untrained encoders
            scale = Scale.around((float(v) for line in lines for v in line.y), keep=before)
            drawn = curves(lines, scale, [("untrained", v) for v in before])
            yield Curve(key, title, drawn, kept=_kept(lines))


def _marked(line: Line, looks: Mapping[str, Any], key: str) -> Line:
    """Return a line with a dot at the state that is kept, where that was chosen."""
    found = looks.get(line.name)
    kept = found.get("kept") if isinstance(found, Mapping) else None
    if not isinstance(kept, Mapping):
        return line
    step, value = number(kept.get("step")), number(kept.get(key))
    # The log counts steps from 0, the looks count those that were done.
    return replace(line, dot=(step - 1, value)) if math.isfinite(step + value) else line


def _kept(lines: Sequence[Line]) -> str:
    """Return step and value of each line's dot, with the model where there are several."""
    name = "{}, " if len(lines) > 1 else ""
    return "; ".join(
        f"{name.format(line.name)}step {line.dot[0] + 1:.0f}, {line.dot[1]:.3f}"
        for line in lines
        if line.dot
    )


def _lines(logs: Mapping[str, Log], colours: Mapping[str, str], key: str) -> list[Line]:
    lines = []
    for model, log in logs.items():
        if {"step", key} <= set(log.frame.columns):
            frame = log.frame[["step", key]].apply(pd.to_numeric, errors="coerce").dropna()
            if len(frame):
                shorter = _averaged(frame)
                x, y = shorter["step"].to_numpy(float), shorter[key].to_numpy(float)
                lines.append(Line(model, x, y, colours[model]))
    return lines


def _averaged(frame: pd.DataFrame) -> pd.DataFrame:
    width = math.ceil(len(frame) / MOST)
    return frame.groupby(np.arange(len(frame)) // width, observed=True).mean()

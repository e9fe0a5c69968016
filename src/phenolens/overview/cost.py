"""The cost: score against training time and memory, and what no cell gives for less."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.drawing.amounts import count, duration, memory
from phenolens.drawing.numbers import shown
from phenolens.drawing.svg import Markup
from phenolens.overview.bubbles import Bubble, draw
from phenolens.overview.compared import Better, Compared, goodness
from phenolens.overview.entries import number, text
from phenolens.overview.found import is_own
from phenolens.overview.means import Mean
from phenolens.overview.part import Part, fill
from phenolens.overview.ranking import WORDS

TIMES = {  # the first that is known
    "train_seconds": "training time",
    "stages_seconds": "time of its stages",
    "total_seconds": "total time",
}
_HELD = "process_memory_mb"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one cell took, the mean over its seeds; what was not measured is NaN.

    Attributes:
        cell: Its name.
        train: Seconds of training.
        stages: Seconds of all its stages, whichever cell made them.
        total: Seconds of its whole process.
        steps: Of training.
        epochs: Until the state that is kept.
        rate: Images per second.
        process: Peak memory of its process, in MB.
        own: The same of the seeds that found neither model nor embeddings; NaN where none did.
        device_memory: Peak memory on the device, in MB; NaN on a processor.
        parameters: Of its models.
        device: Where it was trained, and with how many threads.
        found: Stages that its process found in the cache, in words.
    """

    cell: str
    train: float
    stages: float
    total: float
    steps: float
    epochs: float
    rate: float
    process: float
    own: float
    device_memory: float
    parameters: float
    device: str
    found: str = ""

    @property
    def step(self) -> float:
        """Seconds of training per step."""
        return self.train / self.steps if self.steps > 0 else math.nan

    def entries(self) -> dict[str, tuple[str, float]]:
        """Return its row: heading -> entry as shown, and the number to sort by."""
        return {
            "Training": (duration(self.train), self.train),
            "Per step": (_small(self.step), self.step),
            "Steps": (count(self.steps), self.steps),
            "Epochs": (_epochs(self.epochs), self.epochs),
            "Images/s": (count(self.rate), self.rate),
            "Stages": (duration(self.stages), self.stages),
            "Total": (duration(self.total), self.total),
            "Process memory": (memory(self.process), self.process),
            "Device memory": (memory(self.device_memory), self.device_memory),
            "Parameters": (count(self.parameters), self.parameters),
        }


@dataclass(frozen=True, slots=True)
class CostFigure:
    """The picture of one score, and the cells that nothing beats for less, in words."""

    key: str
    title: str
    svg: Markup
    front: tuple[str, ...]
    words: str


def cost(compared: Compared, ranked: Mapping[str, Sequence[Mean]]) -> Part | None:
    """Return the section, or None where no cost was measured."""
    costs = costs_of(compared.table)
    time = next((t for t in TIMES if any(_time(one, t) > 0 for one in costs.values())), "")
    if not time:
        return None
    figures = []
    for score, ones in ranked.items():
        made = _figure(compared, score, ones, costs, time)
        figures += [made] if made else []
    scores = [(figure.key, figure.title) for figure in figures]
    rows = {one.cell: one.entries() for one in costs.values()}
    known = [entry for row in rows.values() for entry in row.items()]
    heads = dict.fromkeys(head for head, (words, _) in known if words)
    return fill(
        "cost",
        "Score against cost",
        "Cost",
        figures=figures,
        scores=scores,
        costs=list(costs.values()),
        rows=rows,
        heads=[head for head in next(iter(rows.values())) if head in heads],
        what=TIMES[time],
    )


def costs_of(table: pd.DataFrame) -> dict[str, Cost]:
    """Return the cost of every cell that was measured, by its name, in the order of the table."""
    if not {"train_seconds", "total_seconds", "device"} <= set(table.columns):
        return {}
    found = {}
    for name, rows in table.groupby("cell", sort=False, observed=True):
        runs = rows.drop_duplicates("seed")

        own = runs[[is_own(value) for value in runs["found"]]] if "found" in runs else runs

        def mean(column: str, runs: pd.DataFrame = runs) -> float:
            values = [number(value) for value in runs[column]] if column in runs else []
            known = [value for value in values if math.isfinite(value)]
            return float(np.mean(known)) if known else math.nan

        device = ", ".join(dict.fromkeys(filter(None, map(text, runs["device"]))))
        on_device = not device.startswith("cpu") and device
        made = Cost(
            cell=str(name),
            train=mean("train_seconds"),
            stages=mean("stages_seconds"),
            total=mean("total_seconds"),
            steps=mean("steps"),
            epochs=mean("trained_epochs"),
            rate=mean("images_per_second"),
            process=mean(_HELD),
            own=mean(_HELD, own),
            device_memory=mean("peak_memory_mb") if on_device else math.nan,
            parameters=mean("parameters"),
            device=_where(device, mean("threads")),
            found=_found(runs),
        )
        if math.isfinite(made.total) or math.isfinite(made.train):
            found[str(name)] = made
    return found


def front_of(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return which of (cost, goodness) are not beaten: none is as good for less, or better.

    Example:
        >>> front_of([(1.0, 0.2), (2.0, 0.1), (4.0, 0.9), (4.0, 0.8)])
        [0, 2]
    """
    order = sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1]))
    front: list[int] = []
    best = -math.inf
    for i in order:
        if points[i][1] > best:
            front.append(i)
            best = points[i][1]
    return front


def _figure(
    compared: Compared,
    score: str,
    ones: Sequence[Mean],
    costs: Mapping[str, Cost],
    time: str,
) -> CostFigure | None:
    known = [
        one
        for one in ones
        if math.isfinite(one.value) and one.name in costs and _time(costs[one.name], time) > 0
    ]
    if len(known) < 2:
        return None
    better: Better = compared.better_of(score)
    points = [(_time(costs[one.name], time), goodness(one.value, better)) for one in known]
    front = front_of(points)
    bubbles = [
        Bubble(
            name=one.name,
            cost=points[i][0],
            value=one.value,
            size=costs[one.name].own,
            baseline=one.baseline,
            number=front.index(i) + 1 if i in front else 0,
            words=f"{one.name}: {_words(one, points[i][0], costs[one.name])}",
        )
        for i, one in enumerate(known)
    ]
    free = (one for one in ones if one.baseline and one not in known)
    rival = next((one for one in free if math.isfinite(one.value)), None)
    reference = (rival.name, rival.value) if rival else None
    words = tuple(
        f"{known[i].name}: {shown(known[i].value, 3)} for {duration(points[i][0])}" for i in front
    )
    title = compared.title(score)
    return CostFigure(
        score,
        title,
        draw(bubbles, title, TIMES[time], reference, low=better == "low"),
        words,
        WORDS[better],
    )


def _words(one: Mean, seconds: float, spent: Cost) -> str:
    held = memory(spent.own)
    if not held and spent.process > 0:
        held = "memory not known: its model was found in the cache"
    return ", ".join(filter(None, (shown(one.value, 3), duration(seconds), held)))


def _where(device: str, threads: float) -> str:
    if math.isnan(threads):
        return device
    return f"{device}, {threads:.0f} thread{'' if threads == 1 else 's'}"


def _time(one: Cost, column: str) -> float:
    values = {"train_seconds": one.train, "stages_seconds": one.stages}
    return values.get(column, one.total)


def _found(runs: pd.DataFrame) -> str:
    """Return the stages that a cell found in any of its seeds, in words."""
    texts = runs.get("found", ())
    return ", ".join(dict.fromkeys(n for one in map(text, texts) for n in one.split(", ") if n))


def _epochs(epochs: float) -> str:
    return f"{epochs:g}" if epochs == epochs else ""


def _small(seconds: float) -> str:
    """Return a short time, in milliseconds below one second."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else duration(seconds)

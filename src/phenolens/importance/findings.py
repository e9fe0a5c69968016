"""Findings: the maps of one call by one method, and the figures that say what they are worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from phenolens.importance.curves import Curves, importance_order, random_order, replaced
from phenolens.importance.makers import BY_CHANNEL, MapMaker, as_shown
from phenolens.importance.mass import mass
from phenolens.importance.question import Question
from phenolens.importance.sanity import rank_correlation
from phenolens.importance.shares import channel_shares
from phenolens.masks.compartments import NAMES
from phenolens.statistics.intervals import interval_of_mean

_ORDERS = 3  # random orders of each image


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """The maps of one call by one method.

    Attributes:
        maps: (image, channel, a, b); one channel where the method has none.
        figures: Means over the images, with intervals over wells, and how far the map is like one
            that means nothing.
        curves: Scores, as shares of the gap, in the order of the map (`deletion`, `insertion`) and
            in random order (`..._random`), from no patch replaced to all.
    """

    maps: Float32[np.ndarray, "n k a b"]
    figures: dict[str, float]
    curves: dict[str, Float64[np.ndarray, " steps"]]


def random_curves(maker: MapMaker, question: Question, seed: int) -> Curves:
    """Return the curves of random orders, their mean over three orders and the controls.

    Args:
        maker: Of the trained network.
        question: Images and controls.
        seed: Of the orders.
    """
    generator = torch.Generator().manual_seed(seed)
    n = len(question.wells)
    patches = question.x.shape[-2] * question.x.shape[-1] // maker.patch**2
    made = []
    for _ in range(_ORDERS):
        order = random_order(n, patches, generator).to(question.x.device)
        made.append(_curves(maker, question, order))
    return Curves(
        np.mean([one.deletion for one in made], axis=0),
        np.mean([one.insertion for one in made], axis=0),
    )


def finding(  # the maker of the model, one that has learned nothing, then what is asked
    trained: MapMaker,
    random: MapMaker,
    method: str,
    question: Question,
    by_chance: Curves,
    seed: int,
) -> Finding:
    """Return the maps of a call by one method, tested.

    Args:
        trained: Makes the maps.
        random: The same of random weights.
        method: Which is possible.
        question: Images, controls, slopes.
        by_chance: As `random_curves` returns them.
        seed: Of the draws of wells.
    """
    q = question
    own, noise = trained.make(method, q.x, q.baseline, q.slope, q.meaningless)
    (random_weights,) = random.make(method, q.x, q.baseline, q.slope)
    maps = q.by_image(own)
    seen = as_shown(maps)
    others = {"as_random_weights": random_weights, "as_permuted_labels": noise}
    figures = {name: _alike(seen, as_shown(q.by_image(other))) for name, other in others.items()}
    curves = _curves(trained, q, importance_order(seen))
    gap = float((by_chance.deletion[:, 0] - by_chance.deletion[:, -1]).mean())
    figures |= {"gap": gap, **_areas(curves, by_chance, gap, q.wells)}
    figures |= _masses(seen.cpu().numpy(), q)
    by_image = maps.double().sum(dim=(2, 3)).cpu().numpy()
    shares = channel_shares(by_image, q.wells, seed)
    if method in BY_CHANNEL:
        for channel, (value, low, high) in enumerate(shares.tolist()):
            figures |= {f"share_{channel}": value}
            figures |= {f"share_{channel}_low": low, f"share_{channel}_high": high}
    return Finding(maps.float().cpu().numpy(), figures, _normal(curves, by_chance, gap))


def _curves(maker: MapMaker, question: Question, order: Tensor) -> Curves:
    """Return the curves of each image, their mean over its controls."""
    pairs = replaced(
        maker.score,
        question.x,
        question.baseline,
        question.slope,
        order.repeat_interleave(question.controls, dim=0),
        maker.patch,
        maker.steps,
    )
    n = len(order)
    return Curves(*(part.reshape(n, -1, part.shape[1]).mean(axis=1) for part in pairs.both))


def _alike(one: Tensor, two: Tensor) -> float:
    """Return the mean rank correlation of two maps over images; NaN where the first are flat.

    An image whose own map is flat does not count: nothing is shown, and nothing can be like it.
    """
    pairs = zip(one.cpu().numpy(), two.cpu().numpy(), strict=True)
    each = [rank_correlation(a, b) for a, b in pairs if np.ptp(a) > 0]
    return float(np.mean(each)) if each else math.nan


def _areas(curves: Curves, by_chance: Curves, gap: float, wells: np.ndarray) -> dict[str, float]:
    """Return the areas between the curves and those of random orders, as shares of the gap."""
    made: dict[str, float] = {}
    each = curves.less(by_chance)
    for i, name in enumerate(("deletion", "insertion")):
        values = each[:, i] / gap if gap > 0 else np.full(len(each), math.nan)
        low, high = math.nan, math.nan
        if gap > 0:
            low, high = interval_of_mean(values, pd.Series(wells))
        made |= {name: float(values.mean()), f"{name}_low": low, f"{name}_high": high}
    return made


def _normal(curves: Curves, by_chance: Curves, gap: float) -> dict[str, np.ndarray]:
    """Return mean curves as shares of the gap: 0 is the controls' score, 1 the images'."""
    base = float(by_chance.deletion[:, -1].mean())
    scale = gap if gap > 0 else math.nan
    return {
        f"{name}{end}": (part.mean(axis=0) - base) / scale
        for one, end in ((curves, ""), (by_chance, "_random"))
        for name, part in zip(("deletion", "insertion"), one.both, strict=True)
    }


def _masses(seen: np.ndarray, question: Question) -> dict[str, float]:
    """Return the mean share of the mass on each compartment, and its chance: the area."""
    rows = [
        [list(part.values()) for part in mass(one, labels)]
        for one, labels in zip(seen, question.labels, strict=True)
        if one.sum() > 0
    ]
    made: dict[str, float] = {}
    table = np.array(rows) if rows else np.full((0, 2, len(NAMES)), math.nan)
    for i, name in enumerate(NAMES):
        on, area = (table[:, k, i].mean() if len(table) else math.nan for k in range(2))
        made |= {f"mass_{name}": float(on), f"area_{name}": float(area)}
    return made

"""From the numbers of curves to calls: matched with controls, redrawn, and put into words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from phenolens.effects.classes import UNKNOWN
from phenolens.effects.confidence import Call, called
from phenolens.effects.matched import Matched, pooled_variance
from phenolens.effects.redraws import Controls, known_mean, redrawn
from phenolens.effects.rules import Growth, by_growth, by_shape
from phenolens.effects.shape import Shape, shape_of
from phenolens.effects.thresholds import RULES
from phenolens.effects.words import growth_words, shape_words

# Each control's trajectory is the distance to the others: of two both are the same.
_LEAST_CONTROLS = 3
_LEAST_FREE = 2  # degrees of freedom of the controls' spread that a band needs


@dataclass(frozen=True, slots=True)
class Answer:
    """The call of one treatment, with what it rests on.

    Attributes:
        call: Class and confidence.
        evidence: In words.
        departs: Hours at which its trajectory leaves the control band; NaN where it does not.
    """

    call: Call
    evidence: str
    departs: float = float("nan")


def answers_by_growth(
    matched: Matched,
    growth: Float64[np.ndarray, " n"],
    death: Float64[np.ndarray, " n"],
    redraws: int,
    seed: int,
) -> list[Answer]:
    """Return the answer for each treatment, from the rates of its curves.

    Args:
        matched: The curves.
        growth: Net growth rate of each curve, in any one unit.
        death: Death rate, the same unit; NaN where none is known.
        redraws: Of replicate and control curves.
        seed: Of the redraws.
    """
    order = np.lexsort((death, growth))  # so that the order of a table changes no redraw
    matched, growth, death = matched.take(order), growth[order], death[order]
    controls = Controls.of(np.stack([growth, death], axis=1), matched, redraws, seed)
    # Controls that do not grow compare with nothing.
    base = np.where(controls.mean[..., 0] > 0, controls.mean[..., 0], np.nan)
    dying = controls.mean[..., 1]
    relative = growth / base[matched.group, 0]
    spread = np.sqrt(pooled_variance(relative, matched)[0])
    killed_spread = np.sqrt(pooled_variance(death / base[matched.group, 0], matched)[0])
    made = []
    for treatment in range(matched.names):
        own = matched.curves(treatment)
        group = matched.group[own]
        kept = np.isfinite(relative[own])
        counts = int(kept.sum()), _controls_of(matched, group, growth)
        error = np.sqrt(sum(1 / max(k, 1) for k in counts)) * controls.ratio
        grown = growth[own][:, None] / base[group]
        killed = (death[own][:, None] - dying[group]) / base[group]
        rates = redrawn(
            np.stack([grown, killed], axis=-1),
            controls.alone / known_mean(base[group, :1])[0],
            seed + 1,
        )
        evidence = Growth(
            rates[:, 0],
            rates[:, 1],
            np.nan_to_num(spread * error),
            np.nan_to_num(killed_spread * error),
        )
        codes = by_growth(evidence)
        call = called(codes, varies=controls.free > 0)
        made.append(Answer(call, growth_words(evidence, call, counts)))
    return made


def answers_by_shape(
    matched: Matched,
    time: Float64[np.ndarray, " t"],
    distance: Float64[np.ndarray, "n t"],
    redraws: int,
    seed: int,
) -> list[Answer]:
    """Return the answer for each treatment, from the trajectories of its curves.

    Args:
        matched: The curves.
        time: Hours, rising. What a curve differs by until time 0 is not the drug's: it is
            subtracted where it is above the controls.
        distance: To the matched controls, of a control to the mean of the others; NaN where a
            curve has no value.
        redraws: Of replicate and control curves.
        seed: Of the redraws.
    """
    order = np.lexsort(distance.T[::-1]) if len(time) else np.arange(len(distance))
    matched, distance = matched.take(order), distance[order]
    controls = Controls.of(distance, matched, redraws, seed, _LEAST_CONTROLS)
    variance, free = pooled_variance(distance, matched, _LEAST_CONTROLS)
    # Half of its own and half of all times': few controls make a rough spread at each time.
    known = np.isfinite(variance)
    pooled = float(variance[known].mean()) if known.any() else 0.0
    spread = np.sqrt((np.where(known, variance, pooled) + pooled) / 2)
    spread = np.maximum(spread, 1e-6 * np.nanmax(np.abs(distance), initial=1e-300))
    if free < _LEAST_FREE:
        few = f"fewer than {_LEAST_CONTROLS} control curves per plate: their spread is not known"
        return [Answer(called(np.array([UNKNOWN])), few)] * matched.names
    parts = []
    for treatment in range(matched.names):
        own = matched.curves(treatment)
        group = matched.group[own]
        away = (distance[k] - controls.mean[g] for k, g in zip(own, group, strict=True))
        drawn = redrawn(away, controls.alone, seed + 1) / (spread * controls.ratio[:, None])
        drawn -= _before(time, drawn)[:, None]
        used = np.isfinite(drawn[0]) & (time >= 0)
        counts = len(own), _controls_of(matched, group, distance[:, used].sum(axis=1))
        band = max(RULES.least_departure, RULES.band * np.sqrt(sum(1 / k for k in counts if k)))
        shape = shape_of(time[used], drawn[:, used], band) if used.sum() > RULES.times else None
        parts.append((shape, band, counts, int(used.sum())))
    highest = max((float(part[0].peak[0]) for part in parts if part[0]), default=0.0)
    return [_shape_answer(*part, highest) for part in parts]


def _before(
    time: Float64[np.ndarray, " t"], height: Float64[np.ndarray, "r t"]
) -> Float64[np.ndarray, " r"]:
    """Return by how much curves are above the controls before the drug can act, from 0 on."""
    early = height[:, (time <= 0) & np.isfinite(height[0])]
    return np.maximum(early.mean(axis=1), 0.0) if early.shape[1] else np.zeros(len(height))


def _shape_answer(
    shape: Shape | None, band: float, counts: tuple[int, int], times: int, highest: float
) -> Answer:
    if shape is None or times < RULES.least_times or not all(counts):
        few = f"only {times} times after the drug, with controls"
        return Answer(called(np.array([UNKNOWN])), few)
    call = called(by_shape(shape, band, highest))
    words = shape_words(shape, band, call, counts, highest)
    return Answer(call, words, float(shape.departure[0]))


def _controls_of(
    matched: Matched, group: Int64[np.ndarray, " k"], value: Float64[np.ndarray, " n"]
) -> int:
    """Return the number of controls of a treatment, in the smallest of its groups."""
    sizes = [int(np.isfinite(value[matched.controls(g)]).sum()) for g in np.unique(group).tolist()]
    return min(sizes, default=0)

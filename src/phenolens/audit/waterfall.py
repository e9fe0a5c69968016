"""Waterfall: what each step of the chain gained or lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from phenolens.audit.levels import Levels
from phenolens.audit.predictability import predict_columns
from phenolens.audit.protocols import PROTOCOLS, ask
from phenolens.audit.shares import share_places
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles, Step
from phenolens.core.score import Score
from phenolens.statistics.paired import paired_difference

SCORES = ("nsc", "nscb_strict", "consistency", "replicate_retrieval")


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """The table after a prefix of the chain, and its scores."""

    step: str
    levels: Levels
    scores: dict[str, Score]


def run_chain(
    profiles: Profiles, steps: Sequence[Step], truth: str | None
) -> list[tuple[str, Levels]]:
    """Return the table before the chain and after each step, by the step's name.

    Raises:
        InputError: A step cannot be applied: names it.
    """
    stages = [("as given", Levels.of(profiles, truth))]
    for place, step in enumerate(steps):
        try:
            profiles = step(profiles)
        except InputError as error:
            where = f"steps[{place}] ({describe(step)})"
            raise InputError(error.what, where=error.where or where, fix=error.fix) from error
        stages.append((describe(step), Levels.of(profiles, truth)))
    return stages


def describe(step: object) -> str:
    """Return a step as a reader writes it: its name, and what is not its default."""
    name = type(step).__module__.rpartition(".")[2]
    if name.replace("_", "") != type(step).__name__.lower():
        name = type(step).__name__
    if not is_dataclass(step):
        return name
    told = []
    for field in fields(step):
        value = getattr(step, field.name)
        if value != field.default:
            told.append(f"{field.name}={_short(value)}")
    return f"{name} ({', '.join(told)})" if told else name


def _short(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)


def compare_stages(
    stages: Sequence[tuple[str, Levels]], seed: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Return one row a stage: its scores, and what its step gained over the stage before.

    The gain is paired: both stages answer for the same treatments, compounds are drawn together.
    """
    asked = {p.key: p for p in PROTOCOLS if p.key in SCORES}
    told: list[dict[str, Any]] = []
    before: dict[str, Score] = {}
    for step, levels in stages:
        say(f"waterfall: {step}")
        answers = {k: ask(p, levels, seed, permutations=0) for k, p in asked.items()}
        scores = {k: a.score for k, a in answers.items() if a.score is not None}
        told.append(
            {
                "step": step,
                "rows": len(levels.rows),
                "features": levels.rows.features.shape[1],
                "scores": {
                    key: {
                        "title": asked[key].title,
                        **{k: score.summary()[k] for k in ("value", "low", "high")},
                        "gain": _gain(score, before.get(key)),
                    }
                    for key, score in scores.items()
                },
                "same_plate": _same_plate(levels, seed),
                "batch": _batch(levels, seed),
            }
        )
        before = scores
    return told


def _gain(score: Score, before: Score | None) -> dict[str, float] | None:
    if before is None:
        return None
    try:
        gap = paired_difference(score, before)
    except InputError:  # other rows than before: nothing to pair
        return None
    return {"value": gap.value, "low": gap.low, "high": gap.high, "n": gap.n}


def _same_plate(levels: Levels, seed: int) -> dict[str, Any] | None:
    """Return the share of nearest neighbours on the same plate."""
    rows = [r for r in share_places(levels, seed)[0] if r["column"] == "plate"]
    asked = [r for r in rows if r["question"] == "all neighbours"]
    return asked[0] if asked else None


def _batch(levels: Levels, seed: int) -> dict[str, Any] | None:
    """Return how well the batch (or else the plate) is read off the controls (or else all)."""
    told = predict_columns(
        levels.rows, confounded=True, seed=seed, columns=("batch", "plate"), permutations=0
    )[0]
    asked = [p for p in told if not p["why_not"]]
    for column in ("batch", "plate"):
        for on in ("controls", "all"):
            some = [p for p in asked if p["column"] == column and p["on"] == on]
            if some:
                return max(some, key=lambda p: p["value"])
    return None

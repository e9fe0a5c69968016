"""Waterfall: what each step of the chain gained or lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass

from phenolens.audit.levels import Levels
from phenolens.audit.predictability import Prediction, predict_columns
from phenolens.audit.protocols import PROTOCOLS, ask, keys
from phenolens.audit.shares import Share, share_places
from phenolens.core.each_model import EachModel
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles, Step
from phenolens.core.progress import Say
from phenolens.core.score import Score
from phenolens.statistics.paired import Difference, paired_difference


@dataclass(frozen=True, slots=True)
class StageScore:
    """One score of one stage.

    Attributes:
        title: As shown.
        value: The score.
        low: Lower end of its 95 % interval.
        high: Upper end.
        gain: Over the stage before, row by row; None where rows cannot be paired.
    """

    title: str
    value: float
    low: float
    high: float
    gain: Difference | None


@dataclass(frozen=True, slots=True)
class Stage:
    """The table after a prefix of the chain.

    Attributes:
        step: The last step, in words.
        rows: Of the table.
        features: Of the table.
        scores: By key of the protocol.
        same_plate: How many nearest neighbours are on the same plate.
        batch: How well the batch, or else the plate, is predicted from controls, or else all rows.
    """

    step: str
    rows: int
    features: int
    scores: Mapping[str, StageScore]
    same_plate: Share | None
    batch: Prediction | None


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
            raise error.at(f"steps[{place}] ({describe(step)})") from error
        stages.append((describe(step), Levels.of(profiles, truth)))
    return stages


def describe(step: object) -> str:
    """Return a step as a reader writes it: its name, and what is not its default."""
    if isinstance(step, EachModel):
        return describe(step.step)
    name = type(step).__module__.rpartition(".")[2]
    if name.replace("_", "") != type(step).__name__.lower():
        name = type(step).__name__
    if not is_dataclass(step):
        return name
    values = {field: getattr(step, field.name) for field in fields(step)}
    settings = [f"{f.name}={_short(value)}" for f, value in values.items() if value != f.default]
    return f"{name} ({', '.join(settings)})" if settings else name


def _short(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)


def compare_stages(stages: Sequence[tuple[str, Levels]], seed: int, say: Say) -> list[Stage]:
    """Return every stage with its scores, and what its step gained over the stage before.

    The gain is paired: both stages score the same treatments, and compounds are drawn together.
    """
    asked = {p.key: p for p in PROTOCOLS if p.key in keys("first")}
    compared: list[Stage] = []
    before: dict[str, Score] = {}
    for step, levels in stages:
        say(f"waterfall: {step}")
        answers = {k: ask(p, levels, seed, permutations=0) for k, p in asked.items()}
        scores = {k: a.score for k, a in answers.items() if a.score is not None}
        compared.append(
            Stage(
                step=step,
                rows=len(levels.rows),
                features=levels.rows.features.shape[1],
                scores={
                    key: StageScore(
                        title=asked[key].title,
                        value=score.value,
                        low=score.low,
                        high=score.high,
                        gain=_gain(score, before.get(key)),
                    )
                    for key, score in scores.items()
                },
                same_plate=_same_plate(levels, seed),
                batch=_batch(levels, seed),
            )
        )
        before = scores
    return compared


def _gain(score: Score, before: Score | None) -> Difference | None:
    if before is None:
        return None
    try:
        return paired_difference(score, before)
    except InputError:  # other rows than before: nothing to pair
        return None


def _same_plate(levels: Levels, seed: int) -> Share | None:
    """Return the share of nearest neighbours on the same plate."""
    shares = share_places(levels, seed)[0]
    wanted = (s for s in shares if (s.column, s.question) == ("plate", "all neighbours"))
    return next(wanted, None)


def _batch(levels: Levels, seed: int) -> Prediction | None:
    """Return how well the batch (or else the plate) is predicted from controls (or else all)."""
    predictions = predict_columns(
        levels.rows, confounded=True, seed=seed, columns=("batch", "plate"), permutations=0
    )[0]
    asked = [p for p in predictions if not p.why_not]
    for column in ("batch", "plate"):
        for on in ("controls", "all"):
            some = [p for p in asked if (p.column, p.on) == (column, on)]
            if some:
                return max(some, key=lambda p: p.value)
    return None

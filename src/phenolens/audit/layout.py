"""Layout: what plates, batches and positions have to do with the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from phenolens.audit.batches import BatchEffect, batch_tells_truth
from phenolens.audit.clock import Clock
from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.audit.positions import Positions, compounds_by_position, judge_position
from phenolens.audit.predictability import Prediction, predict_columns
from phenolens.audit.protocols import Answer
from phenolens.audit.scored_rows import ScoredRows, check_rows
from phenolens.audit.shares import Share, share_places


@dataclass(frozen=True, slots=True)
class Confounds:
    """What the layout alone reveals: batches, positions, and which rows are scored."""

    batch: BatchEffect
    position: Positions
    rows: ScoredRows


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What plates, batches and positions have to do with the scores.

    Attributes:
        probes: How well plate, batch and position can be predicted.
        neighbours: How often neighbours share plate, batch or position.
        confounds: What the layout alone reveals.
        findings: What follows from them.
    """

    probes: tuple[Prediction, ...]
    neighbours: tuple[Share, ...]
    confounds: Confounds
    findings: tuple[Finding, ...]


def look_at_layout(
    levels: Levels, answers: Mapping[str, Answer], seed: int, clock: Clock
) -> Layout:
    """Return what plates, batches and positions reveal, and which rows are scored."""
    clock.start("probes")
    position = compounds_by_position(levels)
    probes, of_probes = predict_columns(levels.rows, confounded=position.confounded, seed=seed)
    clock.start("neighbours")
    neighbours, of_neighbours = share_places(levels, seed)
    clock.start("confounds")
    batch, of_batch = batch_tells_truth(levels, answers, seed=seed)
    rows, of_rows = check_rows(levels.rows, levels.truth)
    of_position = judge_position(position, probes)
    return Layout(
        probes=tuple(probes),
        neighbours=tuple(neighbours),
        confounds=Confounds(batch, position, rows),
        findings=(*of_rows, *of_batch, *of_position, *of_neighbours, *of_probes),
    )

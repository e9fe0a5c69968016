from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from phenolens.audit.baselines import Baseline, count_cells, draw_at_random
from phenolens.audit.levels import Levels
from phenolens.audit.plain import plain
from phenolens.audit.protocols import PROTOCOLS, ask
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score

Made = Callable[[int], Profiles]
ASKED = {protocol.key: protocol for protocol in PROTOCOLS}


def answers(levels: Levels) -> dict:  # type: ignore[type-arg]
    return {key: ask(protocol, levels, 0) for key, protocol in ASKED.items() if "nsc" in key}


def counted(table: Profiles, seed: int) -> np.ndarray:
    """Cells by mechanism, times a factor of the plate that controls share."""
    rng = np.random.default_rng(seed)
    moa = pd.factorize(table.meta["moa"])[0]
    kill = np.append(2.0 ** -np.arange(6), 1.0)[moa]
    plate = 2.0 ** rng.normal(size=6)[pd.factorize(table.meta["plate"])[0]]
    return np.round(3000 * kill * plate * np.exp(0.02 * rng.normal(size=len(table))))


def nsc_of(baseline: Baseline) -> Score:
    score = baseline.score("nsc")
    assert score is not None
    return score


def test_without_counts_that_is_said(clean: Made) -> None:
    levels = Levels.of(clean(0))
    baseline, found = count_cells(levels, answers(levels), 0)
    assert "no cell count" in baseline.why_not
    assert found == []


def test_counts_that_tell_mechanisms_are_a_rival(clean: Made) -> None:
    table = clean(0)
    count = counted(table, 0)
    for given in (
        replace(table, meta=table.meta.assign(cell_count=count)),
        replace(
            table,
            features=np.column_stack([table.features, count]).astype(np.float32),
            names=(*table.names, "Cells_Count"),
        ),
    ):
        levels = Levels.of(replace(given, features=given.features[:, : len(given.names)]))
        baseline, found = count_cells(levels, answers(levels), 0)
        assert baseline.column in {"cell_count", "Cells_Count"}
        assert nsc_of(baseline).value > 0.9
        assert {f.key for f in found} == {"cell_count"}


def test_counts_of_no_mechanism_are_none(clean: Made) -> None:
    table = clean(0)
    count = np.random.default_rng(1).poisson(2000, len(table))
    levels = Levels.of(replace(table, meta=table.meta.assign(count=count)))
    baseline, found = count_cells(levels, answers(levels), 0)
    assert found == []
    assert nsc_of(baseline).value < 0.5
    assert baseline.scores["nsc"].ahead is not None
    assert baseline.scores["nsc"].ahead.low > 0


def test_random_features_reach_chance_and_come_from_the_seed(clean: Made) -> None:
    levels = Levels.of(clean(0))
    asked = answers(levels)
    baseline, found = draw_at_random(levels, asked, 0, draws=2)
    again, _ = draw_at_random(levels, asked, 0, draws=2)
    other, _ = draw_at_random(levels, asked, 1, draws=2)
    assert plain(baseline) == plain(again) != plain(other)
    assert found == []
    strict = baseline.score("nscb_strict")
    assert strict is not None
    assert (strict.n, strict.low <= strict.value <= strict.high) == (2, True)
    assert abs(strict.value - 3 / 23) < 0.08

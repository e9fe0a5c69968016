from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from phenolens.audit.levels import Levels
from phenolens.audit.positions import compounds_by_position, judge_position
from phenolens.audit.predictability import predict_columns
from phenolens.core.profiles import Profiles

Made = Callable[[int], Profiles]


def test_pairs_are_counted_as_the_loop_counts_them(clean: Made) -> None:
    table = clean(0)
    meta = table.meta[~table.meta["control"]].reset_index(drop=True).iloc[::2]
    rows = list(meta[["plate", "well", "compound"]].itertuples(index=False))
    apart = [(a, b) for a, b in combinations(rows, 2) if a.plate != b.plate]
    one = [a.well == b.well for a, b in apart if a.compound == b.compound]
    two = [a.well == b.well for a, b in apart if a.compound != b.compound]
    positions = compounds_by_position(Levels.of(table.take(meta.index.to_numpy())))
    kept = table.take((~table.meta["control"]).to_numpy()).take(meta.index.to_numpy())
    positions = compounds_by_position(Levels.of(kept))
    assert positions.pairs == len(one)
    assert positions.value == pytest.approx(sum(one) / len(one))
    assert positions.expected == pytest.approx(sum(two) / len(two))
    assert not positions.confounded


@pytest.mark.parametrize(("effect", "severity"), [(1.5, "leak"), (0.0, "warning")])
def test_a_shared_layout_is_named_and_a_leak_where_position_shows(
    effect: float, severity: str, position_leak: Callable[[int, float], Profiles]
) -> None:
    levels = Levels.of(position_leak(0, effect))
    positions = compounds_by_position(levels)
    assert positions.value == 1
    probes = predict_columns(levels.rows, confounded=True, seed=0)[0]
    (finding,) = judge_position(positions, probes)
    assert (finding.severity, finding.columns) == (severity, ("well", "compound"))


def test_the_real_plates_of_one_layout_are_named(cpjump1: Profiles) -> None:
    """Some compounds are twice on every plate, so 92 % and not all pairs share a position."""
    positions = compounds_by_position(Levels.of(cpjump1))
    assert positions.confounded
    assert positions.value > 0.9
    assert judge_position(positions, [])[0].severity == "warning"


def test_one_plate_cannot_be_asked(lincs: Profiles) -> None:
    positions = compounds_by_position(Levels.of(lincs))
    assert positions.why_not == "no compound is on two plates"
    assert judge_position(positions, []) == []

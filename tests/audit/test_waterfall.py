from __future__ import annotations

from collections.abc import Callable

import pytest

from phenolens.audit.waterfall import compare_stages, describe, run_chain
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.nsc import Nsc
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.sphere import Sphere
from phenolens.profiling.standardize import Standardize
from phenolens.statistics.paired import paired_difference


def test_each_step_is_scored_and_paired_with_the_one_before(bbbc021: Profiles) -> None:
    steps = (Standardize(), Aggregate(by=("treatment",)))
    stages = run_chain(bbbc021, steps, None)
    said: list[str] = []
    told = compare_stages(stages, 0, said.append)
    assert [row["step"] for row in told] == ["as given", "standardize", "aggregate (by=treatment)"]
    assert len(said) == 3
    hits = [round(row["scores"]["nsc"]["value"] * 103) for row in told]
    assert hits == [51, 84, 84]  # the data's own page
    first, second = (levels.treatments for _, levels in stages[:2])
    assert first is not None
    assert second is not None
    wanted = paired_difference(Nsc(permutations=0)(second), Nsc(permutations=0)(first))
    gain = told[1]["scores"]["nsc"]["gain"]
    assert (gain["value"], gain["low"], gain["high"], gain["n"]) == (
        wanted.value, wanted.low, wanted.high, 103,
    )  # fmt: skip
    assert gain["value"] == pytest.approx(33 / 103)
    assert told[0]["scores"]["nsc"]["gain"] is None
    # Treatments know no plates: what was asked of wells is left out, and said by its absence.
    assert told[1]["same_plate"]["value"] > 0.3
    assert told[2]["same_plate"] is None
    assert told[0]["batch"]["column"] == "batch"
    assert told[0]["batch"]["value"] > told[1]["batch"]["value"]


def test_a_step_that_cannot_be_applied_is_named(lincs: Profiles) -> None:
    with pytest.raises(InputError, match=r"steps\[1\] \(aggregate \(by=treatment\+nothing\)\)"):
        run_chain(lincs, (Standardize(), Aggregate(by=("treatment", "nothing"))), None)


def test_steps_are_described_by_what_is_not_their_default(
    clean: Callable[[int], Profiles],
) -> None:
    assert describe(Standardize()) == "standardize"
    assert describe(Sphere(regularization=0.5)) == "sphere (regularization=0.5)"
    assert describe(clean) == "function"

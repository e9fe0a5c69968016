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

pytestmark = pytest.mark.usefixtures("unchecked")  # checked elsewhere; it halves the time


def test_each_step_is_scored_and_paired_with_the_one_before(bbbc021: Profiles) -> None:
    steps = (Standardize(), Aggregate(by=("treatment",)))
    stages = run_chain(bbbc021, steps, None)
    reported: list[str] = []
    found = compare_stages(stages, 0, reported.append)
    steps_named = [stage.step for stage in found]
    assert steps_named == ["as given", "standardize", "aggregate (by=treatment)"]
    assert len(reported) == 3
    hits = [round(stage.scores["nsc"].value * 103) for stage in found]
    assert hits == [51, 84, 84]  # the data's own page
    first, second = (levels.treatments for _, levels in stages[:2])
    assert first is not None
    assert second is not None
    wanted = paired_difference(Nsc(permutations=0)(second), Nsc(permutations=0)(first))
    gain = found[1].scores["nsc"].gain
    assert gain == wanted
    assert gain is not None
    assert gain.n == 103
    assert gain.value == pytest.approx(33 / 103)
    assert found[0].scores["nsc"].gain is None
    # Treatments know no plates: what needs wells is left out.
    before, after = found[0].batch, found[1].batch
    assert before is not None
    assert after is not None
    assert (before.column, before.value > after.value) == ("batch", True)
    assert found[1].same_plate is not None
    assert found[1].same_plate.value > 0.3
    assert found[2].same_plate is None


def test_a_step_that_cannot_be_applied_is_named(lincs: Profiles) -> None:
    with pytest.raises(InputError, match=r"steps\[1\] \(aggregate \(by=treatment\+nothing\)\)"):
        run_chain(lincs, (Standardize(), Aggregate(by=("treatment", "nothing"))), None)


def test_steps_are_described_by_what_is_not_their_default(
    clean: Callable[[int], Profiles],
) -> None:
    assert describe(Standardize()) == "standardize"
    assert describe(Sphere(regularization=0.5)) == "sphere (regularization=0.5)"
    assert describe(clean) == "function"

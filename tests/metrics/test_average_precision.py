"""Against copairs 0.5.5 on real tables (golden/make_copairs_golden.py), and tables by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.metrics.average_precision import AveragePrecision
from phenolens.profiling.aggregate import Aggregate
from phenolens.statistics.random_ranking import Chance

REPLICATES = AveragePrecision(
    positives=PairRule(same=("compound",), differ=("plate",)),
    negatives=PairRule(differ=("compound",)),
    group="compound",
)
ACTIVITY = AveragePrecision(
    positives=PairRule(same=("compound",)),
    negatives=PairRule(same=("plate",), differ=("control",)),
    group="compound",
    controls=True,
)
GENES = AveragePrecision(
    positives=PairRule(same=("target",), differ=("compound",)),
    negatives=PairRule(differ=("target",)),
    group="target",
)
SEVERAL_MOA = AveragePrecision(
    positives=PairRule(same=("moa",), differ=("compound",)),
    negatives=PairRule(differ=("moa",)),
    group="moa",
)
WELLS = ["plate", "well"]
CASES = {
    "cpjump1: replicates": (REPLICATES, WELLS),
    "cpjump1: activity": (ACTIVITY, WELLS),
    "cpjump1 48 h: replicates": (REPLICATES, WELLS),
    "cpjump1 48 h: activity": (ACTIVITY, WELLS),
    "cpjump1: consistency": (GENES, ["compound"]),
    "lincs: several moa": (SEVERAL_MOA, ["well", "moa"]),
}


@pytest.fixture(scope="module")
def copairs() -> dict[str, Any]:
    path = Path(__file__).parent / "golden" / "copairs_golden.json"
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said


@pytest.fixture
def table(case: str, jump_plates: Profiles, lincs_plate: Profiles) -> Profiles:
    if case.startswith("lincs"):
        return lincs_plate
    if "48 h" in case:
        return jump_plates.take(
            jump_plates.meta["plate"].isin(jump_plates.meta["plate"][:1152]).to_numpy()
        )
    if "consistency" in case:
        known = jump_plates.meta["target"].notna() & ~jump_plates.meta["control"]
        return Aggregate(by=("compound",))(jump_plates.take(known.to_numpy()))
    return jump_plates


@pytest.mark.parametrize("case", CASES)
def test_the_average_precision_is_that_of_copairs(
    case: str, table: Profiles, copairs: dict[str, Any]
) -> None:
    metric, keys = CASES[case]
    found = metric.per_query(table)
    meta = table.meta.drop(columns=[metric.group]).iloc[found["row"]].reset_index(drop=True)
    found = pd.concat([meta, found], axis=1).sort_values(keys)
    theirs = copairs[case]
    wanted = np.array(theirs["average_precision"]) / 1e7
    np.testing.assert_allclose(found["average_precision"], wanted, atol=1e-6)
    assert found["positives"].sum() == theirs["sum_of_positives"]
    assert found["total"].sum() == theirs["sum_of_total"]


@pytest.mark.parametrize("case", CASES)
def test_means_and_probabilities_are_those_of_copairs(
    case: str, table: Profiles, copairs: dict[str, Any]
) -> None:
    """Probabilities within the error of two times 20,000 draws.

    Except where all orders are gone through: there ours is exact, and copairs', which counts only
    random rankings above the value, is near the exact one of what is above.
    """
    metric, _ = CASES[case]
    score = replace(metric, null_size=20_000)(table)
    theirs = copairs[case]["means"]
    name = "gene" if metric.group == "target" else metric.group
    assert score.rows[metric.group].tolist() == theirs[name]
    np.testing.assert_allclose(score.rows["value"], theirs["mean_average_precision"], atol=1e-6)
    assert score.figures["normalized"] == pytest.approx(np.mean(theirs["normalized"]), abs=1e-6)
    ours, peer = score.rows["p"].to_numpy(copy=True), np.array(theirs["p"])
    queries = metric.per_query(table).groupby(metric.group)
    for i, (_, query) in enumerate(queries[["positives", "total"]]):
        m, total = query.drop_duplicates().iloc[0]
        every = Chance.of(int(m), int(total), 20_000, seed=0)
        if every.exact and len(query.drop_duplicates()) == 1:
            value = score.rows["value"][i]
            assert ours[i] == pytest.approx((every.values >= value - 1e-12).mean())
            ours[i] = (every.values > value + 1e-12).mean()
    error = np.sqrt(2 * peer * (1 - peer) / 20_000)
    assert (np.abs(ours - peer) <= 4 * error + 2e-4).all()


def test_perfect_scores_of_few_positives_are_no_surprise(
    jump_plates: Profiles, copairs: dict[str, Any]
) -> None:
    """Two replicates before 64 controls: 1 order of 2,145. copairs says 1 of 20,001."""
    plates = jump_plates.meta["plate"].isin(jump_plates.meta["plate"][:1152]).to_numpy()
    score = replace(ACTIVITY, null_size=20_000)(jump_plates.take(plates))
    perfect = ((score.rows["value"] == 1) & (score.rows["n"] == 3)).to_numpy()
    assert perfect.sum() > 20
    np.testing.assert_allclose(score.rows["p"][perfect], 1 / 2145)
    theirs = copairs["cpjump1 48 h: activity"]["means"]
    assert np.array(theirs["p"])[perfect] == pytest.approx(1 / 20_001, abs=1e-8)
    assert score.value == pytest.approx(0.571, abs=1e-3)
    retrieved = score.figures["fraction_retrieved"]
    assert retrieved < np.mean(np.array(theirs["q"]) < 0.05)


def by_hand() -> Profiles:
    """On a line: p 0, q 1, p 2, r 3, q 4; each on a plate of its own."""
    meta = pd.DataFrame({"treatment": list("pqprq"), "compound": list("pqprq"), "plate": range(5)})
    return Profiles(meta=meta, features=np.arange(5.0)[:, None])


def test_worked_by_hand() -> None:
    """p at 0: q, p, .. 1/2.  p at 2: q and r tie at 1, p and q at 2: 1/3 or 1/4.

    q at 1: p and p tie, r at 2, q at 3: 1/4.  q at 4: r, p, q: 1/3 (then p). r has no replicate.
    """
    metric = AveragePrecision(distance="euclidean")
    found = metric.per_query(by_hand())
    assert found["row"].tolist() == [0, 1, 2, 4]
    assert found["treatment"].tolist() == list("pqpq")
    wanted = [1 / 2, 1 / 4, (1 / 3 + 1 / 4) / 2, 1 / 3]
    np.testing.assert_allclose(found["average_precision"], wanted)
    score = metric(by_hand())
    assert score.rows["treatment"].tolist() == ["p", "q"]
    np.testing.assert_allclose(score.rows["value"], [(wanted[0] + wanted[2]) / 2, 7 / 24])
    assert score.value == pytest.approx(score.rows["value"].mean())
    # One positive among four: 1, 1/2, 1/3 or 1/4; their mean is chance.
    assert score.null == pytest.approx(25 / 48)
    np.testing.assert_allclose(score.rows["p"], [2 / 4, 3 / 4])
    np.testing.assert_allclose(score.rows["q"], [3 / 4, 3 / 4])
    assert score.rows["n"].tolist() == [2, 2]
    assert "queries without a positive or a negative left out: 1" in score.notes
    first = replace(metric, ties="positives_first")
    np.testing.assert_allclose(first.per_query(by_hand())["average_precision"][2], 1 / 3)
    assert "ties go to the positives, as in copairs" in first(by_hand()).notes


def test_a_cell_of_several_values_asks_once_for_each_or_counts_in_each() -> None:
    meta = pd.DataFrame(
        {"moa": ["x|y", "x", "y", "z"], "compound": list("abcd"), "treatment": list("abcd")}
    )
    profiles = Profiles(meta=meta, features=np.array([[0.0], [2], [3], [1]]))
    asks = AveragePrecision(
        positives=PairRule(same=("moa",)),
        negatives=PairRule(differ=("moa",)),
        group="moa",
        distance="euclidean",
    )
    found = asks.per_query(profiles)
    assert found[["row", "moa"]].to_numpy().tolist() == [[0, "x"], [0, "y"], [1, "x"], [2, "y"]]
    assert asks(profiles).rows["moa"].tolist() == ["x", "y"]
    sets = replace(asks, group="compound").per_query(profiles)
    assert sets["positives"].tolist() == [2, 1, 1]  # x and y in one: positives share either
    # In order z, x, y: (1/2 + 2/3) / 2; x at 2: z and y tie at 1, a at 2: 1/3; y at 3: x, z, a: 1/3
    np.testing.assert_allclose(sets["average_precision"], [7 / 12, 1 / 3, 1 / 3])


def test_controls_are_left_out_or_answer_but_never_ask(circle: Profiles) -> None:
    without = SEVERAL_MOA.per_query(circle)
    assert 9 not in set(without["row"])
    assert "negative controls left out: 1" in SEVERAL_MOA(circle).notes
    among = replace(SEVERAL_MOA, controls=True).per_query(circle)
    assert among["row"].tolist() == without["row"].tolist()
    assert (among["total"] == without["total"] + 1).all()


def test_pure_noise_scores_chance_and_little_is_retrieved() -> None:
    """40 treatments of 4: the score is near its null, and p is no smaller than it should be."""
    rng = np.random.default_rng(0)
    treatment = np.repeat([f"t{i:02d}" for i in range(40)], 4)
    meta = pd.DataFrame({"treatment": treatment, "compound": treatment})
    scores = [
        AveragePrecision(null_size=2000)(Profiles(meta=meta, features=rng.normal(size=(160, 20))))
        for _ in range(10)
    ]
    value = np.array([score.value for score in scores])
    assert value.mean() == pytest.approx(scores[0].null, abs=4 * value.std() / np.sqrt(10))
    assert np.mean([score.rows["p"] <= 0.05 for score in scores]) < 0.08
    assert np.mean([score.figures["fraction_retrieved"] for score in scores]) < 0.02


def test_what_cannot_be_asked_is_named(circle: Profiles) -> None:
    with pytest.raises(InputError, match="needs rows with a positive and a negative"):
        AveragePrecision()(circle)  # one row a treatment
    with pytest.raises(InputError, match="did you mean 'batch'"):
        AveragePrecision(negatives=PairRule(differ=("batches",)))(circle)
    with pytest.raises(InputError, match="average_precision needs a column 'target'"):
        AveragePrecision(group="target")(circle)
    x = circle.features.copy()
    x[3] = 0
    with pytest.raises(InputError, match=r"every feature of .*treatment t1.* is zero"):
        AveragePrecision(group="moa", positives=PairRule(same=("moa",)))(
            replace(circle, features=x)
        )

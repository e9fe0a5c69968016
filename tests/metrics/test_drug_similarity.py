from __future__ import annotations

import math
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.drug_similarity import DrugSimilarity
from phenolens.neighbours.far_apart import DISTANCES

PAIR = (("MTX", "PTX"),)


@pytest.fixture
def antifolates() -> Profiles:
    """Two antifolates, a third drug and DMSO in three cell lines; non-negative features."""
    rng = np.random.default_rng(0)
    rows = [
        {"cell_line": line, "compound": compound, "control": compound == "DMSO", "moa": moa}
        for line in ("HT29", "M14", "T47D")
        for compound, moa, count in (
            ("MTX", "antifolate", 4),
            ("PTX", "antifolate|x", 3),
            ("MTX2", "other", 3),
            ("DMSO", None, 6),
        )
        for _ in range(count)
    ]
    meta = pd.DataFrame(rows)
    moved = meta["compound"].map({"MTX": 3.0, "PTX": 3.4, "MTX2": 0.5, "DMSO": 0.0}).to_numpy()
    features = np.abs(rng.normal(size=(len(meta), 5))) + moved[:, None] * [1, 2, 0, 0, 1]
    return Profiles(meta=meta, features=features)


def _distance(u: list[float], v: list[float], name: str) -> float:
    """The four distances in plain loops."""
    if name == "euclidean":
        return math.sqrt(sum((a - b) ** 2 for a, b in zip(u, v, strict=True)))
    if name == "braycurtis":
        pairs = list(zip(u, v, strict=True))
        return sum(abs(a - b) for a, b in pairs) / sum(abs(a + b) for a, b in pairs)
    if name == "correlation":
        u = [a - sum(u) / len(u) for a in u]
        v = [b - sum(v) / len(v) for b in v]
    dot = sum(a * b for a, b in zip(u, v, strict=True))
    return 1 - dot / math.sqrt(sum(a * a for a in u) * sum(b * b for b in v))


def _by_hand(profiles: Profiles, line: str, name: str) -> tuple[float, float]:
    meta, x = profiles.meta, profiles.features.astype(np.float64).tolist()

    def rows(compound: str) -> list[list[float]]:
        kept = (meta["cell_line"] == line) & (meta["compound"] == compound)
        return [x[i] for i in np.flatnonzero(kept)]

    def median(one: str, other: str) -> float:
        return statistics.median(_distance(u, v, name) for u in rows(one) for v in rows(other))

    apart = median("MTX", "PTX")
    away = (median("MTX", "DMSO") + median("PTX", "DMSO")) / 2
    return 1 / apart, (away - apart) / away


@pytest.mark.parametrize("distance", DISTANCES)
def test_the_equation_in_loops(antifolates: Profiles, distance: Any) -> None:
    score = DrugSimilarity(pairs=PAIR, distance=distance)(antifolates)
    lines = ["HT29", "M14", "T47D"]
    expected = [_by_hand(antifolates, line, distance) for line in lines]
    assert score.rows["cell_line"].tolist() == lines
    assert score.rows[f"{distance}_inverse"].tolist() == pytest.approx([i for i, _ in expected])
    assert score.rows["value"].tolist() == pytest.approx([d for _, d in expected])
    d = statistics.median(d for _, d in expected)
    assert score.value == pytest.approx(d)
    assert score.figures[f"{distance}_d_median"] == score.value
    assert score.low <= score.value <= score.high
    assert not score.notes


def test_the_mad_of_d_is_over_cell_lines(antifolates: Profiles) -> None:
    """The MAD of the pooled scalar, as coded for the paper, is always 0."""
    score = DrugSimilarity(pairs=PAIR)(antifolates)
    for key in ("inverse", "d"):
        values = score.rows[f"euclidean_{key}"].tolist()
        middle = statistics.median(values)
        mad = statistics.median(abs(v - middle) for v in values)
        assert score.figures[f"euclidean_{key}_mad"] == pytest.approx(mad)
        assert mad > 0


def test_compounds_are_matched_whole(antifolates: Profiles) -> None:
    """MTX2 holds MTX in its name, and is another drug."""
    without = antifolates.take((antifolates.meta["compound"] != "MTX2").to_numpy())
    metric = DrugSimilarity(pairs=PAIR, permutations=0)
    assert metric(antifolates).value == metric(without).value


def test_pairs_are_those_that_share_a_value(antifolates: Profiles) -> None:
    named = DrugSimilarity(pairs=(("PTX", "MTX"),))(antifolates)
    found = DrugSimilarity()(antifolates)
    pd.testing.assert_frame_equal(found.rows, named.rows)
    both = DrugSimilarity(pairs=(*PAIR, ("MTX2", "MTX"), ("PTX", "MTX")))(antifolates)
    assert both.n == 6
    assert found.value > 0.5


def test_the_null_is_of_other_pairs(antifolates: Profiles) -> None:
    """Of three pairs of names one is the antifolates': about a third of shuffles reach it."""
    score = DrugSimilarity(permutations=300)(antifolates)
    assert score.p == pytest.approx(1 / 3, abs=0.1)
    assert score.null < score.value
    two = antifolates.take((antifolates.meta["compound"] != "MTX2").to_numpy())
    assert math.isnan(DrugSimilarity()(two).p)


def test_two_drugs_without_effect_give_zero() -> None:
    rng = np.random.default_rng(1)
    name = np.repeat(["a", "b", "DMSO"], 400)
    meta = pd.DataFrame({"compound": name, "control": name == "DMSO"})
    score = DrugSimilarity(pairs=(("a", "b"),))(
        Profiles(meta=meta, features=rng.normal(size=(1200, 8)))
    )
    assert score.value == pytest.approx(0, abs=0.03)
    assert score.notes == (
        "negative features: Bray-Curtis is not between 0 and 1, use the other distances",
    )


def test_many_rows_are_drawn_and_it_is_said(antifolates: Profiles) -> None:
    score = DrugSimilarity(pairs=PAIR, most=3)(antifolates)
    assert score.notes == ("compounds or controls with more than 3 rows, reduced to that: 6",)
    whole = DrugSimilarity(pairs=PAIR)(antifolates)
    assert score.value == pytest.approx(whole.value, abs=0.2)
    assert score.value != whole.value


def test_what_is_left_out_is_said(antifolates: Profiles) -> None:
    meta = antifolates.meta
    gone = (meta["cell_line"] == "M14") & (meta["compound"] == "PTX")
    gone |= (meta["cell_line"] == "T47D") & meta["control"]
    score = DrugSimilarity(pairs=PAIR)(antifolates.take(~gone.to_numpy()))
    assert score.notes == (
        "cell line without controls left out: T47D",
        "pairs left out, since a cell line lacks one of the drugs: 1",
    )
    features = antifolates.features.copy()
    features[(meta["cell_line"] == "M14") & (meta["compound"] == "PTX")] = 0
    zero = DrugSimilarity(pairs=PAIR, distance="cosine")(replace(antifolates, features=features))
    assert zero.notes == ("pairs whose cosine d is undefined left out: 1",)
    assert zero.n == 2


def test_bad_input(antifolates: Profiles) -> None:
    with pytest.raises(InputError, match="no compound 'PTY'; did you mean 'PTX'"):
        DrugSimilarity(pairs=(("MTX", "PTY"),))(antifolates)
    with pytest.raises(InputError, match="'MTX' as a pair with itself"):
        DrugSimilarity(pairs=(("MTX", "MTX"),))
    alone = replace(antifolates, meta=antifolates.meta.assign(moa=antifolates.meta["compound"]))
    with pytest.raises(InputError, match="no two compounds share a moa"):
        DrugSimilarity()(alone)
    apart = antifolates.meta.assign(cell_line=antifolates.meta["compound"])
    with pytest.raises(InputError, match="none of 1 pairs has both drugs and controls"):
        DrugSimilarity(pairs=PAIR)(replace(antifolates, meta=apart))


def test_real_wells_against_scipy(data_dir: Path) -> None:
    """One CPJUMP1 plate: compounds that share a target gene, every pair by scipy's cdist."""
    folder = data_dir / "cpjump1-cellprofiler-wells"
    plate = Profiles.load(folder / "BR00117010_normalized_feature_select_negcon_batch.csv.gz")
    score = DrugSimilarity(same="target", distance="cosine", permutations=20)(plate)
    x, name = plate.features.astype(np.float64), plate.meta["compound"].to_numpy()
    control = plate.meta["control"].to_numpy()
    for row in score.rows.iloc[::20].to_dict("records"):
        one, other = x[name == row["compound"]], x[name == row["other_compound"]]
        apart = np.median(cdist(one, other, "cosine"))
        away = [np.median(cdist(drug, x[control], "cosine")) for drug in (one, other)]
        assert row["value"] == pytest.approx(1 - apart / np.mean(away))
    assert score.n > 100
    assert score.value > score.null

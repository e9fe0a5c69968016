"""Nearest neighbours on real tables, against the numbers that came with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.metrics.consistency import Consistency
from phenolens.metrics.nearest_match import NearestMatch

OTHER_PLATE = NearestMatch(same="compound", differ=("plate",))


def test_in_another_plate_of_cpjump1_half_of_the_nearest_are_the_same_compound(
    jump_plates: Profiles,
) -> None:
    score = OTHER_PLATE(jump_plates)
    assert (score.n, round(score.value, 3)) == (1600, 0.473)
    assert score.null_high < 0.02
    first = jump_plates.meta["plate"].isin(["BR00117010", "BR00117011", "BR00117012"])
    score = OTHER_PLATE(jump_plates.take(first.to_numpy()))
    assert (score.n, round(score.value, 3)) == (960, 0.460)


def test_of_lincs_four_in_ten_of_the_nearest_are_the_same_compound(lincs_plate: Profiles) -> None:
    """Any other well of the one plate may be the nearest; mostly another dose."""
    score = NearestMatch(same="compound", differ=())(lincs_plate)
    assert (score.n, round(score.value, 3)) == (360, 0.411)
    size = lincs_plate.meta["compound"][~lincs_plate.meta["control"]].value_counts()
    pairs = (size * (size - 1)).sum() / (360 * 359)  # of all pairs, those of one compound: 0.015
    assert score.null == pytest.approx(pairs, abs=0.002)


@pytest.fixture(scope="module")
def embeddings(data_dir: Path) -> Profiles:
    """306 compounds by 384 numbers of a network that others trained on images alone."""
    folder = data_dir / "jump-dino-compound-embeddings"
    table = pd.read_parquet(folder / "compounds.parquet")
    meta = pd.DataFrame(
        {"compound": table["compound_name"].astype(str), "moa": table["dominant_moa"]}
    )
    return Profiles(meta=meta, features=np.load(folder / "compound_embeddings.npy"))


def test_embeddings_of_others_match_mechanisms_a_little_above_chance(embeddings: Profiles) -> None:
    """Their authors say as much: above chance, modest. Four compounds stand there twice.

    An MoA of several values (`a | b`) is matched by one that shares a value.
    """
    score = NearestMatch()(embeddings)
    assert (score.hits, score.n) == (24, 306)
    assert (score.low, score.high) == pytest.approx((0.053, 0.114), abs=1e-3)
    assert score.null_high < 0.02 < score.low
    assert score.p < 0.01
    again = Consistency()(embeddings)
    assert again.n == 79
    assert again.value == pytest.approx(0.120, abs=1e-3)
    assert again.null == pytest.approx(0.023, abs=1e-3)
    assert again.null_high < again.low
    assert again.figures["fraction_retrieved"] == pytest.approx(8 / 79, abs=0.02)

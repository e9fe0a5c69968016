from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.known_relationships import KnownRelationships

GOLDEN = json.loads((Path(__file__).parent / "golden" / "efaar_golden.json").read_text())
PAIRS = tuple((str(one), str(other)) for one, other in GOLDEN["pairs"])


@pytest.fixture
def genes() -> Profiles:
    meta = pd.DataFrame({"gene": GOLDEN["genes"]})
    return Profiles(meta=meta, features=np.array(GOLDEN["features"]))


@pytest.mark.parametrize(("low", "high", "recall"), GOLDEN["recall"])
def test_recall_is_that_of_efaar_benchmarking(
    genes: Profiles, low: float, high: float, recall: float
) -> None:
    score = KnownRelationships(pairs=PAIRS, column="gene", thresholds=(low, high))(genes)
    assert score.n == GOLDEN["query_size"]
    assert score.figures["null_pairs"] == GOLDEN["null_size"]
    assert score.value == pytest.approx(recall, abs=1e-12)
    assert score.value == pytest.approx(
        score.figures["recall_lower"] + score.figures["recall_upper"]
    )
    assert score.null == pytest.approx(low + 1 - high, abs=0.02)


@pytest.fixture
def angles() -> Profiles:
    """Eight entities on a circle: 28 pairs, a pair's cosine is that of the angle between."""
    degrees = np.deg2rad([0, 1, 20, 50, 90, 140, 181, 215])
    points = np.stack([np.cos(degrees), np.sin(degrees)], axis=1)
    meta = pd.DataFrame({"compound": list("abcdefgh"), "moa": list("xx") + [None] * 6})
    return Profiles(meta=meta, features=points * np.arange(1, 9)[:, None])


def test_worked_by_hand(angles: Profiles) -> None:
    """a-b, 1 degree apart, has the largest of 28 cosines: 27/28 = 0.964 are smaller, so upper.

    a-g, 181 degrees, and b-g, 180: the smallest is b-g, 1/28 = 0.036 as small: lower; a-g has
    2/28 = 0.071, more than 0.05: none.
    """
    pairs = (("a", "b"), ("b", "g"), ("a", "g"))
    score = KnownRelationships(pairs=pairs)(angles)
    found = score.rows.set_index(["compound", "other_compound"])["tail"].to_dict()
    assert found == {("a", "b"): "upper", ("a", "g"): "none", ("b", "g"): "lower"}
    assert (score.hits, score.n) == (2, 3)
    assert score.rows["percentile"].tolist() == pytest.approx([27.5 / 28, 1.5 / 28, 0.5 / 28])
    upper = KnownRelationships(pairs=pairs, tails="upper")(angles)
    assert upper.value == pytest.approx(1 / 3)
    assert upper.figures["recall_lower"] == 0


def test_pairs_are_those_that_share_the_truth(angles: Profiles) -> None:
    score = KnownRelationships()(angles)
    assert score.rows[["compound", "other_compound"]].to_numpy().tolist() == [["a", "b"]]
    assert score.notes == (
        "the known pairs have only 2 values of compound; EFAAR_benchmarking asks for at least 20",
    )


def test_rows_of_one_entity_are_averaged(angles: Profiles) -> None:
    """a at 0 degrees becomes the mean of two rows at -30 and 30; controls are none."""
    extra = pd.DataFrame({"compound": ["a", "DMSO"], "moa": ["x", "x"], "control": [False, True]})
    meta = pd.concat([angles.meta.assign(control=False), extra], ignore_index=True)
    turned = np.deg2rad([-30, 30])
    points = np.concatenate([angles.features, [[np.cos(turned[1]), np.sin(turned[1])], [5, 5]]])
    points[0] = np.cos(turned[0]), np.sin(turned[0])
    score = KnownRelationships()(Profiles(meta=meta, features=points))
    assert score.rows["cosine"].tolist() == pytest.approx([np.cos(np.deg2rad(1))])
    assert score.notes[:2] == (
        "negative controls left out: 1",
        "9 rows averaged to one profile per compound: 8",
    )


def test_pairs_of_a_file_in_a_recipe(angles: Profiles, tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text("drug,target\na,b\nb,a\nb,g\na,zz\n")
    settings = {"table": {"file": str(path), "one": "drug", "other": "target"}}
    score = construct(KnownRelationships, settings, "metrics.known_relationships")(angles)
    assert (score.hits, score.n) == (2, 2)
    assert score.notes[0] == "known pairs left out, not in the table: 1"
    with pytest.raises(InputError, match="not both"):
        construct(KnownRelationships, {**settings, "pairs": [["a", "b"]]}, "x")


def test_shuffled_pairs_give_chance(genes: Profiles) -> None:
    rng = np.random.default_rng(0)
    metric = KnownRelationships(pairs=PAIRS, column="gene", permutations=200)
    score = metric(genes)
    assert score.value > score.null_high
    assert score.p < 0.05
    assert score.low < score.value < score.high
    shuffled = genes.meta.assign(gene=rng.permutation(genes.meta["gene"]))
    chance = metric(replace(genes, meta=shuffled))
    assert chance.p > 0.05
    assert chance.low < 0.1


def test_bad_input(angles: Profiles) -> None:
    with pytest.raises(InputError, match=r"no known pair .*names in the table are like 'a'"):
        KnownRelationships(pairs=(("BRD-1", "BRD-2"), ("a", "a")))(angles)
    with pytest.raises(InputError, match="needs at least 7 different values of compound, got 6"):
        KnownRelationships(pairs=(("a", "b"),))(angles.take(np.arange(6)))
    several = angles.meta.assign(compound=["a|b", *"bcdefgh"])
    with pytest.raises(InputError, match=r"one compound per row, got 'a\|b'"):
        KnownRelationships()(replace(angles, meta=several))
    zero = angles.features.copy()
    zero[2] = 0
    with pytest.raises(InputError, match="the mean of 'c' is zero"):
        KnownRelationships()(replace(angles, features=zero))
    with pytest.raises(InputError, match="thresholds"):
        KnownRelationships(thresholds=(0.9, 0.1))


def test_compounds_that_share_a_target_on_real_plates(data_dir: Path) -> None:
    """CPJUMP1, three plates of 48 h: 306 compounds, pairs that share a target gene."""
    folder = data_dir / "cpjump1-cellprofiler-wells"
    parts = [Profiles.load(path) for path in sorted(folder.glob("BR0011701*.csv.gz"))]
    plates = Profiles(
        meta=pd.concat([part.meta for part in parts], ignore_index=True),
        features=np.concatenate([part.features for part in parts]),
        names=parts[0].names,
    )
    score = KnownRelationships(same="target")(plates)
    assert (score.hits, score.n) == (28, 146)
    assert score.figures["recall_upper"] == pytest.approx(25 / 146)
    assert score.figures["entities"] == 306
    assert score.figures["null_pairs"] == 306 * 305 / 2
    assert score.null == pytest.approx(0.1, abs=0.01)
    assert score.value > score.null_high

"""Z' by hand, and that a line through many features shows no separation that is not there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.z_prime import ZPrime


def plate(values: dict[str, list[list[float]]], name: str = "p") -> Profiles:
    rows = [(kind, row) for kind, each in values.items() for row in each]
    meta = pd.DataFrame({"compound": [kind for kind, _ in rows]})
    meta = meta.assign(plate=name, well=[f"A{i + 1:02d}" for i in range(len(rows))])
    meta["control"] = meta["compound"] == "DMSO"
    features = np.array([row for _, row in rows], dtype=np.float64)
    return Profiles(meta=meta, features=features)


def test_by_hand() -> None:
    one = plate({"DMSO": [[1], [2], [3]], "taxol": [[20], [22], [24]], "other": [[9]]})
    score = ZPrime(positive="compound == 'taxol'")(one)
    assert score.value == pytest.approx(1 - 3 * (1 + 2) / (22 - 2))
    assert score.rows[["negative", "positive"]].to_numpy().tolist() == [[3, 3]]
    assert score.low <= score.value <= score.high


def test_the_direction_does_not_matter_and_plates_count_alike() -> None:
    up = plate({"DMSO": [[1], [2], [3]], "taxol": [[20], [22], [24]]})
    down = plate({"DMSO": [[1], [2], [3]], "taxol": [[-6], [-8], [-10]]}, "q")
    both = Profiles(
        meta=pd.concat([up.meta, down.meta], ignore_index=True),
        features=np.concatenate([up.features, down.features]),
    )
    score = ZPrime(positive="compound == 'taxol'")(both)
    wanted = [1 - 9 / 20, 1 - 9 / 10]
    assert score.rows["value"].tolist() == pytest.approx(wanted)
    assert score.value == pytest.approx(np.mean(wanted))
    assert ZPrime(positive="compound == 'taxol'", within=())(both).value < 0.3


def test_noise_in_many_features_is_not_apart() -> None:
    rng = np.random.default_rng(0)
    wells = rng.normal(size=(24, 500))
    noise = plate({"DMSO": wells[:12].tolist(), "taxol": wells[12:].tolist()})
    assert ZPrime(positive="compound == 'taxol'")(noise).value < -1
    wells[12:, :20] += 8
    effect = plate({"DMSO": wells[:12].tolist(), "taxol": wells[12:].tolist()})
    assert ZPrime(positive="compound == 'taxol'")(effect).value > 0.5


def test_one_feature_by_name() -> None:
    wells: dict[str, list[list[float]]] = {
        "DMSO": [[1, 0], [2, 5], [3, 9]],
        "taxol": [[20, 1], [22, 2], [24, 8]],
    }
    score = ZPrime(positive="compound == 'taxol'", feature="f0000")(plate(wells))
    assert score.value == pytest.approx(1 - 9 / 20)


@pytest.mark.parametrize(
    ("positive", "feature", "said"),
    [
        ("compound == 'DMSO'", "", "3 negative controls fulfil"),
        ("compound == 'other'", "", "needs 3 negative and 3 positive controls on one plate"),
        ("compound == 'taxol'", "area", "no feature 'area'"),
        ("drug == 'taxol'", "", "drug"),
    ],
)
def test_what_does_not_fit_is_named(positive: str, feature: str, said: str) -> None:
    one = plate({"DMSO": [[1], [2], [3]], "taxol": [[20], [22], [24]], "other": [[9]]})
    with pytest.raises(InputError, match=said):
        ZPrime(positive=positive, feature=feature)(one)


def test_wells_that_no_table_names_are_no_positive_controls() -> None:
    one = plate({"DMSO": [[1], [2], [3]], "taxol": [[20], [22], [24]], "empty": [[-50]]})
    one.meta.loc[one.meta["compound"] == "empty", "compound"] = None
    assert ZPrime()(one).value == pytest.approx(1 - 3 * (1 + 2) / (22 - 2))


def test_equal_means_are_noted() -> None:
    score = ZPrime()(plate({"DMSO": [[1], [2], [3]], "taxol": [[1], [2], [3]]}))
    assert score.value == -np.inf
    assert any("same mean" in note for note in score.notes)

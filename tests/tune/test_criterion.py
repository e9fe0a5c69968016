"""What a chain is chosen by: replicates found, and how the controls mix beside it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.metrics.average_precision import AveragePrecision
from phenolens.tune.criterion import Criterion, mixing_of_controls
from phenolens.tune.layout import Layout

Made = Callable[..., Profiles]


def average_precision_by_hand(x: np.ndarray, meta: pd.DataFrame) -> dict[str, float]:
    """The same treatment in another batch and well, before all other compounds: loops only."""
    found: dict[str, list[float]] = {}
    meta = meta.reset_index(drop=True)
    treated = [i for i in range(len(meta)) if not meta["control"][i]]
    for q in treated:
        ranked = []
        for i in treated:
            cosine = float(x[q] @ x[i] / np.linalg.norm(x[q]) / np.linalg.norm(x[i]))
            same = meta["treatment"][q] == meta["treatment"][i]
            apart = all(meta[c][q] != meta[c][i] for c in ("batch", "well"))
            if (same and apart) or meta["compound"][q] != meta["compound"][i]:
                ranked.append((-cosine, same))
        hits, precisions = 0, []
        for place, (_, same) in enumerate(sorted(ranked), start=1):
            hits += same
            if same:
                precisions.append(hits / place)
        if precisions:
            found.setdefault(meta["treatment"][q], []).append(float(np.mean(precisions)))
    return {name: float(np.mean(values)) for name, values in found.items()}


def test_replicates_are_found_as_by_hand(wells: Profiles) -> None:
    score = Criterion(Layout.of(wells)).retrieval(wells)
    wanted = average_precision_by_hand(wells.features.astype(float), wells.meta)
    assert dict(zip(score.rows["treatment"], score.rows["value"], strict=True)) == pytest.approx(
        wanted
    )
    assert score.value == pytest.approx(np.mean(list(wanted.values())))


def test_the_rule_is_the_layouts(made_wells: Made) -> None:
    wells = made_wells(batches=1, moved=False)
    metric = AveragePrecision(
        positives=PairRule(same=("treatment",), differ=("plate",)),
        negatives=PairRule(differ=("compound",)),
        null_size=1,
    )
    assert Criterion(Layout.of(wells)).retrieval(wells).value == metric(wells).value


def mixing_by_hand(profiles: Profiles, by: str) -> float:
    controls = profiles.take(profiles.meta["control"].to_numpy())
    x, group = controls.features.astype(float), controls.meta[by].tolist()
    shares, usual = [], []
    for i in range(len(x)):
        cosine = [
            -float(x[i] @ y / np.linalg.norm(x[i]) / np.linalg.norm(y)) if j != i else np.inf
            for j, y in enumerate(x)
        ]
        near = np.argsort(cosine)[:10]
        shares.append(np.mean([group[j] == group[i] for j in near]))
        usual.append((group.count(group[i]) - 1) / (len(x) - 1))
    gap = np.mean(shares) - np.mean(usual)
    return float(1 - gap / (1 - np.mean(usual)))


def test_mixing_is_as_by_hand_and_free_of_row_order(wells: Profiles) -> None:
    for by in ("batch", "plate"):
        found = mixing_of_controls(wells, by)
        assert found == pytest.approx(mixing_by_hand(wells, by))
        order = np.random.default_rng(0).permutation(len(wells))
        assert mixing_of_controls(wells.take(order), by) == found


def test_mixing_is_one_without_an_effect_and_nil_with_one(wells: Profiles) -> None:
    noise = np.random.default_rng(0).normal(size=wells.features.shape)
    assert mixing_of_controls(replace(wells, features=noise), "plate") > 0.9
    code = pd.factorize(wells.meta["plate"])[0]
    apart = np.eye(4)[code] + 1e-3 * np.abs(noise[:, :4])
    found = mixing_of_controls(replace(wells, features=apart, names=()), "plate")
    assert found == pytest.approx(1 - (0.9 + 0.1 / 3 * 0 - 9 / 39) / (1 - 9 / 39), abs=0.05)


def test_the_share_of_mixing(wells: Profiles) -> None:
    layout = Layout.of(wells)
    assert Criterion(layout).value(0.5, math.nan) == 0.5
    assert Criterion(layout, 0.4).value(0.5, 1.0) == pytest.approx(0.7)
    assert str(Criterion(layout)) == "replicate mAP (another batch and well)"
    assert str(Criterion(layout, 0.25)).startswith("0.75 x replicate mAP")
    for wrong in (-0.1, 1.0):
        with pytest.raises(InputError, match=r"mixing: must be in \[0, 1\)"):
            Criterion(layout, wrong)


def test_no_controls_no_mixing(wells: Profiles) -> None:
    none = wells.take(~wells.meta["control"].to_numpy())
    layout = Layout.of(none)
    assert math.isnan(Criterion(layout).mixing(none))
    with pytest.raises(InputError, match="needs negative controls in several batches"):
        Criterion(layout, 0.4).mixing(none)

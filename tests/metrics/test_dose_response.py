from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, kendalltau, spearmanr

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.dose_response import DoseResponse

DOSES = np.geomspace(0.01, 100, 8)


def series(ec50: dict[str, float], seed: int = 0, noise: float = 0.3, reps: int = 3) -> Profiles:
    """Rows at a distance from the controls that follows a Hill curve from 1 to 6, any direction.

    Two plates, far from each other; 10 controls each, at distance 1. An EC50 of infinity: none.
    """
    rng = np.random.default_rng(seed)
    rows, far = [], []
    for plate in ("p0", "p1"):
        for i in range(10):
            rows.append((plate, "DMSO", np.nan, i))
            far.append(1.0)
        for name, half in ec50.items():
            for dose in DOSES:
                for i in range(reps):
                    rows.append((plate, name, dose, i))
                    far.append(1 + 5 / (1 + half / dose))
    meta = pd.DataFrame(rows, columns=["plate", "compound", "concentration", "replicate"])
    meta = meta.assign(
        control=meta["compound"] == "DMSO", well=[f"w{i:04d}" for i in range(len(meta))]
    )
    way = rng.normal(size=(len(meta), 40))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    features = way * (np.array(far) + noise * rng.normal(size=len(meta)))[:, None]
    for plate in ("p0", "p1"):  # the controls' mean is the plate's centre exactly
        own = (meta["plate"] == plate).to_numpy()
        features[own] -= features[own & meta["control"].to_numpy()].mean(axis=0)
    features[(meta["plate"] == "p1").to_numpy()] += 50
    return Profiles(meta=meta, features=features)


def test_the_distance_trend_and_q_by_hand() -> None:
    profiles = series({"a": 1.0, "b": math.inf}, seed=1, reps=1)
    meta, x = profiles.meta, profiles.features.astype(np.float64)
    wanted = {}
    for name in ("a", "b"):
        dose, far = [], []
        for plate in ("p0", "p1"):
            own = meta["plate"] == plate
            centre = x[(own & meta["control"]).to_numpy()].mean(axis=0)
            for i in np.flatnonzero(own & (meta["compound"] == name)):
                dose.append(meta["concentration"][i])
                far.append(np.sqrt(((x[i] - centre) ** 2).sum()))
        pairs = [(i, j) for i in range(16) for j in range(16) if dose[i] < dose[j]]
        wanted[name] = np.mean([np.sign(far[j] - far[i]) for i, j in pairs])
    score = DoseResponse()(profiles)
    rows = score.rows.set_index("compound")
    assert rows["value"].to_dict() == pytest.approx(wanted)
    np.testing.assert_allclose(rows["q"], false_discovery_control(rows["p"]))
    assert score.value == pytest.approx(np.mean(list(wanted.values())))
    assert (score.figures["with_trend"], score.figures["share_with_trend"]) == (1, 0.5)
    assert rows.loc["b", "note"] == "no trend (q >= 0.05)"
    assert np.isnan(rows.loc["b", ["ec50", "ec50_low", "top", "slope"]].astype(float)).all()


def test_one_feature_keeps_its_sign_and_ranks_with_the_controls() -> None:
    doses = [np.nan] * 3 + [1.0, 2.0, 4.0, 8.0]
    meta = pd.DataFrame({"compound": ["DMSO"] * 3 + ["a"] * 4, "concentration": doses})
    meta = meta.assign(plate="p", control=meta["compound"] == "DMSO", well=list("ABCDEFG"))
    ratio = np.array([-1.0, 0.0, 1.0, 0.5, 2.0, 3.0, 5.0])
    other = np.array([9.0, 1.0, 4.0, 2.0, 8.0, 3.0, 7.0])
    table = Profiles(meta=meta, features=np.stack([ratio, other], axis=1), names=("ratio", "other"))
    score = DoseResponse(feature="ratio")(table)
    far = [-1 - 0.5, 0, 1 + 0.5, 0.5, 2, 3, 5]  # a control: from the mean of the others
    wanted = spearmanr([0, 0, 0, 1, 2, 4, 8], far).statistic
    assert score.rows["spearman"].tolist() == pytest.approx([wanted])
    assert score.figures["spearman"] == pytest.approx(wanted)
    falling = dataclasses.replace(table, features=-table.features)
    assert DoseResponse(feature="ratio")(falling).value == -score.value == -1
    with pytest.raises(InputError, match="no feature 'area'"):
        DoseResponse(feature="area")(table)


def test_known_ec50_lie_in_their_intervals() -> None:
    """Two compounds on 40 made tables; 95 % is said, and the standard error is 0.024."""
    truth, held, near = {"a": 0.3, "b": 5.0}, 0, []
    for seed in range(40):
        rows = DoseResponse(permutations=0)(series(truth, seed)).rows
        wanted = rows["compound"].map(truth)
        held += int(((rows["ec50_low"] <= wanted) & (wanted <= rows["ec50_high"])).sum())
        near += list(np.log10(rows["ec50"] / wanted))
    assert held / 80 == pytest.approx(0.95, abs=0.08)
    assert np.mean(near) == pytest.approx(0, abs=0.03)
    assert np.std(near) < 0.15


def test_an_ec50_outside_the_doses_is_a_note() -> None:
    rows = DoseResponse(permutations=0)(series({"late": 1000.0}, noise=0.05)).rows
    assert rows["note"].tolist() == ["> 100"]
    assert np.isnan(rows["ec50"][0])
    assert rows["ec50_high"][0] == math.inf
    early = DoseResponse(permutations=0)(series({"early": 0.004}, noise=0.05)).rows
    assert early["note"].tolist() == ["< 0.01"]
    assert early["ec50_low"][0] < 0.004 < early["ec50_high"][0]


def test_without_an_effect_the_tests_are_level_and_the_mean_trend_is_null() -> None:
    none = {f"c{i:02d}": math.inf for i in range(40)}
    score = DoseResponse()(series(none, reps=1))
    assert score.rows["p"].lt(0.05).mean() < 0.15
    assert score.figures["with_trend"] == 0
    assert score.low < 0 < score.high
    assert score.null == pytest.approx(0, abs=0.02)
    assert score.value == pytest.approx(0, abs=3 * (score.null_high - score.null))
    assert score.p > 0.01


def test_few_doses_and_few_controls_are_left_out_and_said() -> None:
    profiles = series({"a": 1.0, "b": 1.0})
    meta = profiles.meta.copy()
    some = (meta["compound"] != "b") | meta["concentration"].isin(DOSES[:2])
    alone = ~((meta["plate"] == "p1") & meta["control"]) | (meta["replicate"] == 0)
    score = DoseResponse(permutations=5)(profiles.take((some & alone).to_numpy()))
    assert score.rows["compound"].tolist() == ["a"]
    assert score.rows["rows"].tolist() == [24]
    assert "compounds with fewer than 3 doses left out: 1" in score.notes
    assert any("fewer than two controls to compare with: " in note for note in score.notes)
    three = profiles.take(
        (meta["control"] | meta["concentration"].isin(DOSES[[2, 4, 6]])).to_numpy()
    )
    assert DoseResponse()(three).rows["note"].tolist() == ["too few doses for a curve"] * 2
    with pytest.raises(InputError, match="a compound with at least 9 doses; there is none"):
        DoseResponse(least_doses=9)(profiles)
    lone = profiles.take((~meta["control"] | (meta["well"] == "w0000")).to_numpy())
    with pytest.raises(InputError, match="at least two negative controls that share plate and"):
        DoseResponse()(lone)


@pytest.mark.parametrize("bad", [0.0, np.nan, -1.0, np.inf])
def test_a_treated_row_without_a_dose_is_an_error(bad: float) -> None:
    profiles = series({"a": 1.0})
    meta = profiles.meta.copy()
    meta.loc[meta["well"] == "w0012", "concentration"] = bad
    with pytest.raises(InputError, match=r"that of a p0 w0012 is .* \(1 such row\)"):
        DoseResponse()(dataclasses.replace(profiles, meta=meta))


def test_curves_are_one_a_cell_line_and_cosine_needs_a_direction() -> None:
    profiles = series({"a": 1.0})
    meta = profiles.meta.assign(cell_line=profiles.meta["plate"].map({"p0": "A549", "p1": "U2OS"}))
    score = DoseResponse()(dataclasses.replace(profiles, meta=meta))
    assert score.rows["cell_line"].tolist() == ["A549", "U2OS"]
    assert score.rows["rows"].tolist() == [24, 24]
    assert np.isnan(score.low)  # one compound: nothing to draw
    far_plate = profiles.take((meta["plate"] == "p1").to_numpy())  # 50 from the origin
    assert DoseResponse(distance="cosine")(far_plate).value > 0.7
    around = np.zeros((len(far_plate), 40))
    around[:, 0] = np.where(np.arange(len(far_plate)) % 2, 1, -1)
    with pytest.raises(InputError, match="mean of the controls is zero, so the cosine"):
        DoseResponse(distance="cosine")(dataclasses.replace(far_plate, features=around))


def test_on_a_real_plate_of_six_doses(data_dir: Path) -> None:
    """One well a dose: Kendall's tau and its exact p, from all controls but the row itself."""
    profiles = Profiles.load(
        data_dir / "lincs-a549-one-plate" / "SQ00015054_normalized_feature_select.csv.gz"
    )
    score = DoseResponse()(profiles)
    x = profiles.features.astype(np.float64)
    centre = x[profiles.meta["control"].to_numpy()].mean(axis=0)
    rows = score.rows.set_index("compound")
    for name in rows.index[:12]:
        own = np.flatnonzero(profiles.meta["compound"] == name)
        far = np.linalg.norm(x[own] - centre, axis=1)
        dose = profiles.meta["concentration"].iloc[own]
        wanted = kendalltau(dose, far, method="exact", alternative="greater")
        assert rows.loc[name, ["value", "p"]].tolist() == pytest.approx(
            [wanted.statistic, wanted.pvalue]
        )
    assert (score.n, score.figures["with_trend"]) == (56, 2)
    assert score.value == pytest.approx(0.221, abs=0.001)
    assert score.null_high < score.value


def test_staurosporine_kills_half_where_apoptosis_was_seen(data_dir: Path) -> None:
    """Ten doses of live HeLa, two wells each; the authors call 39.06 and up apoptotic."""
    table = pd.read_parquet(data_dir / "timelapse-apoptosis" / "train.parquet")
    features = table.loc[:, ~table.columns.str.startswith("Metadata_")]
    dino = features.loc[:, features.columns.str.endswith("_scDINO")].to_numpy(dtype=np.float64)
    z = (dino - dino.mean(axis=0)) / dino.std(axis=0)
    dose = table["Metadata_dose"]
    meta = pd.DataFrame(
        {
            "compound": np.where(dose == 0, "DMSO", "staurosporine"),
            "concentration": dose,
            "control": dose == 0,
            "well": table["Metadata_Well"],
        }
    )
    row = DoseResponse()(Profiles(meta=meta, features=z)).rows.iloc[0]
    assert row["p"] < 1e-6
    assert 19.53 < row["ec50_low"] < row["ec50"] < row["ec50_high"] < 78.13


def test_the_null_depends_on_no_type_of_a_column() -> None:
    profiles = series({"a": 1.0, "b": math.inf, "c": 10.0}, reps=1)
    odd = profiles.meta.copy()
    odd["compound"] = pd.Categorical(odd["compound"], ["c", "DMSO", "b", "a"], ordered=True)
    one, other = (
        DoseResponse()(dataclasses.replace(profiles, meta=m)) for m in (profiles.meta, odd)
    )
    assert one.null == other.null
    assert one.rows["compound"].tolist() == other.rows["compound"].tolist() == ["a", "b", "c"]

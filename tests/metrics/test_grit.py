from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics.grit import Grit


@pytest.fixture
def made() -> Profiles:
    """Two plates of four controls; 15 treatments of up to four wells."""
    rng = np.random.default_rng(3)
    rows = [("DMSO", plate) for plate in "pq" for _ in range(4)]
    rows += [(f"t{rng.integers(15):02d}", str(rng.choice(["p", "q"]))) for _ in range(40)]
    meta = pd.DataFrame(rows, columns=["treatment", "plate"])
    meta["well"] = [f"{i:02d}" for i in range(len(meta))]
    meta["compound"] = meta["treatment"].str[:2]
    meta["control"] = meta["treatment"] == "DMSO"
    return Profiles(meta=meta, features=rng.normal(size=(len(meta), 12)))


@pytest.mark.parametrize("summary", ["mean", "median"])
def test_against_a_slow_loop(made: Profiles, summary: Literal["mean", "median"]) -> None:
    score = Grit(summary=summary)(made)
    meta, r = made.meta, np.corrcoef(made.features.astype(np.float64))
    values: dict[str, list[float]] = {}
    for i in np.flatnonzero(~meta["control"]):
        own = [
            j for j in range(len(meta)) if j != i and meta["treatment"][j] == meta["treatment"][i]
        ]
        if own:
            plate = meta["plate"] == meta["plate"][i]
            c = [r[i, j] for j in np.flatnonzero(meta["control"] & plate)]
            z = [(r[i, j] - np.mean(c)) / np.std(c) for j in own]
            found = float(np.mean(z) if summary == "mean" else np.median(z))
            values.setdefault(meta["treatment"][i], []).append(found)
    wanted = {t: np.mean(v) for t, v in values.items()}
    assert dict(zip(score.rows["treatment"], score.rows["value"], strict=True)) == pytest.approx(
        wanted, abs=1e-9
    )
    assert score.value == pytest.approx(np.mean(list(wanted.values())))
    assert score.low < score.value < score.high


def test_of_lincs_as_cytominer_eval_has_it(lincs_plate: Profiles) -> None:
    path = Path(__file__).parent / "golden" / "cytominer_eval_golden.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    for summary in ("mean", "median"):
        score = Grit(same="compound", summary=summary)(lincs_plate)
        assert score.rows["n"].sum() == said[summary]["wells"]
        assert score.rows["compound"].tolist() == said[summary]["compound"]
        np.testing.assert_allclose(score.rows["value"], said[summary]["grit"], atol=1e-6)


def test_replicates_near_each_other_score_high_and_noise_scores_none(made: Profiles) -> None:
    noise = Grit()(made)
    assert abs(noise.value) < 1
    centre = {t: np.random.default_rng(i).normal(size=12) for i, t in enumerate("abcdef")}
    code = made.meta["treatment"].astype("category").cat.codes.to_numpy()
    x = made.features.copy()
    moved = ~made.meta["control"].to_numpy()
    x[moved] += 9 * np.array(list(centre.values()))[code[moved] % 6]
    assert Grit()(replace(made, features=x)).figures["share_above_1"] > 0.8


def test_plates_with_fewer_than_two_controls_are_left_out_and_said(made: Profiles) -> None:
    drop = np.flatnonzero(made.meta["control"] & (made.meta["plate"] == "q"))[1:]
    score = Grit()(made.take(np.setdiff1d(np.arange(len(made)), drop)))
    assert any("two controls left out" in note for note in score.notes)
    assert score.rows["n"].sum() < Grit()(made).rows["n"].sum()
    with pytest.raises(InputError, match="two controls of the same plate"):
        Grit()(made.take(np.flatnonzero(~made.meta["control"] | (made.meta["well"] == "00"))))


def test_controls_that_are_all_alike_give_no_scale(made: Profiles) -> None:
    x = made.features.copy()
    x[:8] = x[0]
    with pytest.raises(InputError, match="grit needs profiles with a replicate"):
        Grit()(replace(made, features=x))


def test_without_plates_all_controls_count(made: Profiles) -> None:
    score = Grit()(replace(made, meta=made.meta.drop(columns="plate")))
    assert "no column 'plate': compared with all negative controls" in score.notes
    one = Grit()(replace(made, meta=made.meta.assign(plate="p")))
    assert score.value == pytest.approx(one.value)

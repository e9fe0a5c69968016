"""Two drugs of one planted channel are neighbours because of that channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.explanations.conftest import channel_screen, subject_of

from phenolens.core.errors import InputError
from phenolens.core.screen import IntensityRule, Screen
from phenolens.explanations.neighbours import Neighbours


def screen() -> Screen:
    """Return four drugs: two of actin, two of DNA; three wells each on two plates."""
    kinds = {"a1": 1, "a2": 1, "d1": 0, "d2": 0}
    rows = [
        {"plate": f"p{p}", "well": f"A{w:02d}", "treatment": kind, "control": kind == "DMSO"}
        for p in range(2)
        for w, kind in enumerate(["DMSO"] * 8 + [k for k in kinds for _ in range(3)])
    ]
    meta = pd.DataFrame(rows)
    treated = ~meta["control"]
    meta["compound"] = meta["treatment"]
    meta["moa"] = meta["treatment"].str[0].where(treated, "DMSO")
    rng = np.random.default_rng(5)
    level = rng.normal(1000, 30, size=(len(meta), 2, 1, 1))
    for kind, channel in kinds.items():
        level[(meta["treatment"] == kind).to_numpy(), channel] += 300
    pixels = np.clip(rng.normal(level, 60, size=(len(meta), 2, 8, 8)), 0, 65535).astype(np.uint16)
    made = Screen(meta=meta, channels=("DNA", "Actin"), read=lambda r: pixels[r], size=(8, 8))
    return replace(made, rescale=IntensityRule(mode="fixed", low=0, high=4000))


def test_the_nearest_shares_the_planted_channel_and_needs_it() -> None:
    made = Neighbours(nearest=2, draws=50)(subject_of(screen()))
    first = made.rows[made.rows["rank"] == 1].set_index("treatment")
    assert first["neighbour"].to_dict() == {"a1": "a2", "a2": "a1", "d1": "d2", "d2": "d1"}
    assert (first["first"] > 0.9).all()
    assert ((first["low"] <= first["cosine"]) & (first["cosine"] <= first["high"] + 1e-9)).all()
    assert (first.loc[["a1", "a2"], "without_DNA"] > 0.7).all()
    assert (first.loc[["a1", "a2"], "without_Actin"] < 0.5).all()
    assert (first.loc[["d1", "d2"], "without_DNA"] < 0.5).all()
    assert made.figures["same_moa"] == 1
    assert made.figures["same_moa_chance"] == pytest.approx(1 / 3)
    assert first.loc["a1", "features"].startswith("f0001 ")
    assert made.pictures["image"].shape == (8, 2, 8, 8)
    assert made.shown["role"].tolist() == ["own", "neighbour"] * 4
    assert made.shown["of"].tolist()[:2] == ["a1", "a2"]


def test_one_value_has_no_neighbours() -> None:
    one = channel_screen()
    meta = one.meta.assign(treatment=one.meta["treatment"].replace("nothing", "actin drug"))
    with pytest.raises(InputError, match="no neighbours"):
        Neighbours()(subject_of(replace(one, meta=meta)))


@pytest.mark.parametrize("same", ["compound", "moa", ""])
def test_compounds_and_mechanisms_have_neighbours_too(same: str) -> None:
    made = Neighbours(same=same, draws=20)(subject_of(screen()))
    assert made.rows.columns[0] == (same or "moa")
    assert ("same_moa" in made.figures) == (same == "compound")  # mechanisms share none
    assert made.figures.get("same_moa", 1) == 1


def test_a_treatment_whose_mechanism_is_not_known_is_no_miss() -> None:
    one = screen()
    known = one.meta["treatment"].isin(["a1", "a2"])
    made = Neighbours(draws=20)(
        subject_of(replace(one, meta=one.meta.assign(moa=one.meta["moa"].where(known))))
    )
    assert made.figures["same_moa"] == 1
    assert made.figures["same_moa_chance"] == pytest.approx(1 / 3)  # one of three others


def test_the_nearest_of_another_compound_is_found_among_all() -> None:
    one = screen()  # d2 becomes another dose of d1, whose nearest is that dose
    compound = one.meta["treatment"].replace({"d2": "d1"})
    made = Neighbours(nearest=1, draws=20)(
        subject_of(replace(one, meta=one.meta.assign(compound=compound)))
    )
    assert made.rows.set_index("treatment").loc["d1", "neighbour_compound"] == "d1"
    # a1 and a2 find each other; no other compound has the mechanism of d1 and d2.
    assert made.figures["same_moa"] == 0.5
    chance = np.mean([1 / 3, 1 / 3, 0, 0])  # of a1: one of a2, d1, d2
    assert made.figures["same_moa_chance"] == pytest.approx(chance)


def test_a_fact_that_varies_within_a_value_is_left_out() -> None:
    one = screen()
    moa = one.meta["moa"].mask((one.meta["treatment"] == "a1") & (one.meta["plate"] == "p1"), "d")
    made = Neighbours(draws=20)(subject_of(replace(one, meta=one.meta.assign(moa=moa))))
    own = made.rows.drop_duplicates("treatment").set_index("treatment")["moa"]
    assert own.isna().to_dict() == {"a1": True, "a2": False, "d1": False, "d2": False}
    made = Neighbours(same="moa", draws=20)(subject_of(one))
    assert not {"compound", "neighbour_compound"} & set(made.rows)

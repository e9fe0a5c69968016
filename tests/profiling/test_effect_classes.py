from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.effects.growth_screen import rates
from tests.effects.incucyte import RED, RUNS, per_curve, run
from tests.effects.simulated import screen, trajectories

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.effect_classes import EffectClasses
from phenolens.profiling.growth_rates import GrowthRates
from phenolens.profiling.trajectories import Trajectories

NOTHING = ("Metformin", "Etomoxir", "Oxfenicine", "UK5099", "MEDICA 16")
STOPS = ("Rapamycin", "Everolimus", "Methotrexate")
ADDED = ["effect_called", "effect_confidence", "effect_evidence"]


def test_all_curves_of_a_treatment_get_one_answer() -> None:
    made = EffectClasses(redraws=20)(trajectories(screen(0, drugs=1)))
    table = made.meta.groupby("compound", observed=True)[ADDED].nunique(dropna=False)
    assert (table == 1).all(axis=None)
    assert set(made.meta.loc[made.meta["control"], "effect_called"]) == {"control"}
    assert made.meta.loc[made.meta["control"], "effect_confidence"].isna().all()
    facts = made.provenance[-1]["facts"]
    assert (facts["treatments"], facts["by_growth"], facts["by_shape"]) == (4, 0, 4)
    assert facts["none"] == 1


def test_the_order_of_rows_and_types_changes_no_bit() -> None:
    tracks = trajectories(GrowthRates(death=("dead",))(screen(1, drugs=2)))
    order = np.random.default_rng(0).permutation(len(tracks))
    for step in (EffectClasses(redraws=30), EffectClasses(redraws=30, basis="shape")):
        made, again = step(tracks).take(order), step(tracks.take(order))
        pd.testing.assert_frame_equal(made.meta, again.meta, rtol=0, atol=0)
        typed = tracks.meta.astype({"plate": "category", "cell_line": "string"})
        other = step(dataclasses.replace(tracks, meta=typed)).meta
        pd.testing.assert_frame_equal(other[ADDED], step(tracks).meta[ADDED], rtol=0, atol=0)


def test_the_chain_of_a_recipe_calls_what_the_stand_in_calls() -> None:
    long = GrowthRates(death=("dead",))(screen(2, drugs=1))
    made = EffectClasses(redraws=20)(Trajectories()(long)).meta
    treated = made[~made["control"]]
    assert (treated["effect"] == treated["effect_called"]).all()


def test_a_profile_that_departs_without_a_loss_of_growth_is_mentioned() -> None:
    tracks = trajectories(screen(0, drugs=1))
    drug = (tracks.meta["compound"] == "cytotoxic0").to_numpy()
    meta = tracks.meta.assign(growth_rate=0.03)
    made = EffectClasses(redraws=0)(dataclasses.replace(tracks, meta=meta)).meta
    assert made.loc[drug, "effect_called"].unique().tolist() == ["none"]
    assert "its profile departs from the controls at" in made.loc[drug, "effect_evidence"].iloc[0]
    lost = meta.assign(growth_rate=meta["growth_rate"].mask(drug))
    shaped = EffectClasses(redraws=0)(dataclasses.replace(tracks, meta=lost)).meta
    assert "of the strongest" in shaped.loc[drug, "effect_evidence"].iloc[0]
    only = EffectClasses(redraws=0, basis="growth")(dataclasses.replace(tracks, meta=lost)).meta
    assert only.loc[drug, "effect_called"].unique().tolist() == ["cannot tell"]


def test_a_drug_that_kills_at_once_is_cytotoxic_with_a_marker_or_without() -> None:
    time = np.arange(-3.0, 73, 3)
    rng, parts = np.random.default_rng(0), []
    for name in ("DMSO", "kills"):
        for replicate in range(3):
            live = 300 * np.exp((0.03 if name == "DMSO" else 0) * time)
            live *= np.exp(0.03 * rng.normal(size=len(time)))
            live = live if name == "DMSO" else np.where(time < 3, live, 5.0)
            part = {"compound": name, "replicate": replicate, "time": time, "count": live}
            parts.append(pd.DataFrame(part).assign(dead=np.where(time < 3, 3, 300 - live.min())))
    meta = pd.concat(parts, ignore_index=True).assign(plate="p", concentration=1.0)
    meta = meta.assign(control=meta["compound"] == "DMSO")
    meta.loc[meta["control"], "dead"] = 3.0
    long = Profiles(meta=meta, features=np.zeros((len(meta), 1)))
    for step in (GrowthRates(), GrowthRates(death=("dead",))):
        rated = step(long)
        one = rated.take((rated.meta["time"] == 0).to_numpy())
        one = dataclasses.replace(one, meta=one.meta.drop(columns="time"))
        called = EffectClasses(redraws=20)(one).meta
        assert called.loc[~called["control"], "effect_called"].unique().tolist() == ["cytotoxic"]


def test_a_curve_without_a_plate_has_no_matched_controls() -> None:
    tracks = trajectories(screen(0, drugs=1))
    drug = tracks.meta["compound"] == "cytotoxic0"
    meta = tracks.meta.assign(plate=tracks.meta["plate"].mask(drug))
    with pytest.raises(InputError, match=r"no 'plate' in .*leave 'plate' out of `controls_same`"):
        EffectClasses()(dataclasses.replace(tracks, meta=meta))


def test_what_cannot_be_called_is_refused() -> None:
    long = screen(0, drugs=1)
    with pytest.raises(InputError, match="one row per curve, and the table has a column 'time'"):
        EffectClasses()(long)
    plain = dataclasses.replace(long, meta=long.meta.drop(columns="time"))
    with pytest.raises(InputError, match="needs growth rates in a column 'growth_rate', or traj"):
        EffectClasses()(plain)
    with pytest.raises(InputError, match="expected trajectories"):
        EffectClasses(basis="shape")(plain)
    tracks = trajectories(long)
    scaled = dataclasses.replace(tracks, features=tracks.features - tracks.features.mean(axis=0))
    with pytest.raises(InputError, match=r"needs distances.*without scaling in between"):
        EffectClasses()(scaled)
    bad = plain.meta.assign(growth_rate="fast")
    with pytest.raises(InputError, match="'growth_rate' is not a number in plate p1"):
        EffectClasses()(dataclasses.replace(plain, meta=bad))


def test_the_sites_of_a_well_are_one_curve() -> None:
    """Four images of each of two wells are not eight replicates."""
    rng = np.random.default_rng(3)
    names = ["DMSO"] * 2 + ["drug"] * 2
    wells = pd.DataFrame({"well": ["A1", "A2", "B1", "B2"], "compound": names, "plate": "p"})
    wells["growth_rate"] = [1.0, 1.1, 0.5, 0.75]
    sites = wells.loc[np.repeat(wells.index, 4)].assign(site=[*"1234"] * 4)
    sites["growth_rate"] += np.tile([0.01, -0.01, 0.03, -0.03], 4)
    made = []
    for table in (wells, sites, sites.iloc[rng.permutation(16)], sites.assign(site=1, well=None)):
        meta = table.assign(control=table["compound"] == "DMSO").reset_index(drop=True)
        called = EffectClasses()(Profiles(meta=meta, features=np.zeros((len(meta), 1)))).meta
        made.append(called.loc[called["compound"] == "drug", ADDED].iloc[0])
    assert made[0]["effect_evidence"].endswith("2 curves, 2 controls")
    assert made[1].to_list() == pytest.approx(made[0].to_list())
    assert made[2].to_list() == made[1].to_list()
    assert made[3]["effect_evidence"].endswith("8 curves, 8 controls"), "wells are not known"
    assert made[3]["effect_confidence"] > made[0]["effect_confidence"] + 0.1


def classes(folder: Path, name: str) -> pd.Series:
    """Call one IncuCyte run by confluence and YOYO-3; by drug and dose."""
    step = GrowthRates(size="phase", death=("red",), death_area=(RED,), size_includes_dead=True)
    made = EffectClasses(basis="growth", redraws=50)(per_curve(step(run(folder, name)))).meta
    treated = made[~made["control"]].drop_duplicates(["compound", "concentration"])
    return treated.set_index(["compound", "concentration"])["effect_called"]


@pytest.mark.usefixtures("unchecked")
def test_real_curves_of_drugs_whose_effect_is_known(data_dir: Path) -> None:
    """No rule was fixed on them. Where rule and pharmacology disagree is in the docs page."""
    folder = data_dir / "incucyte-timecourses" / "ps-growth-model" / "singles"
    first = classes(folder, RUNS[0])
    assert first["Erlotinib", 0.0123] == "cytostatic"
    assert first["Erlotinib", 0.333] == "mixed"  # EGFR-mutant cells stop, and die by BIM
    assert first["THZ1", 0.3] == "cytotoxic"  # a CDK7 inhibitor stops transcription
    second = classes(folder, RUNS[3])
    assert second["OSI-906", 20.0] == second["Binimetinib", 20.0] == "cytostatic"
    assert second["OSI-906", 2.5] == "none"


@pytest.mark.usefixtures("unchecked")
def test_published_growth_rates_are_called_through_the_same_rules(data_dir: Path) -> None:
    """31 drugs x 21 lines, highest dose; metabolic inhibitors do nothing, omacetaxine kills."""
    given = rates(data_dir / "drug-growth-31x21")
    some = given.meta["control"] | given.meta["compound"].isin([*NOTHING, *STOPS, "Omacetaxine"])
    ends = given.meta["control"] | given.meta["concentration"].isin([1, 1e-4])
    made = EffectClasses(redraws=0)(given.take((some & ends).to_numpy())).meta
    top = made[~made["control"] & (made["concentration"] == 1)]
    share = pd.crosstab(top["compound"], top["effect_called"], normalize="index")
    for name in NOTHING:
        assert share.loc[name, "none"] > 0.9, name
    for name in STOPS:
        assert share.loc[name, "cytostatic"] > 0.7, name
        assert share.loc[name, "cytotoxic"] == 0
    assert share.loc["Omacetaxine", "cytotoxic"] > 0.8
    sensitive = top[top["group"] == "S"]["effect_called"]
    assert (sensitive != "none").mean() > 0.98
    lowest = made[made["concentration"] == 1e-4]["effect_called"]
    assert (lowest == "none").mean() > 0.98

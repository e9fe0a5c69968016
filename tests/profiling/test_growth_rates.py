from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.effects.incucyte import RED, RUNS, run
from tests.effects.simulated import DIVISION, screen

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.growth_rates import GrowthRates

T = np.arange(0.0, 49, 4)


def curves(rates: dict[str, float], *, controls: float = 0.04) -> Profiles:
    """Exact exponential curves, one per drug, two controls; `dead` is 0.01 of all cell-hours."""
    parts = []
    for name, rate in {"DMSO": controls, **rates}.items():
        for replicate in range(2):
            size = 100 * np.exp(rate * T)
            dead = 0.01 * 100 * (np.expm1(rate * T) / rate if rate else T)
            parts.append(
                pd.DataFrame(
                    {"compound": name, "replicate": replicate, "time": T, "count": size}
                ).assign(dead=dead, control=name == "DMSO", plate="p")
            )
    meta = pd.concat(parts, ignore_index=True)
    return Profiles(meta=meta, features=np.zeros((len(meta), 1)))


def of(made: Profiles, name: str, column: str) -> float:
    values = made.meta.loc[made.meta["compound"] == name, column].unique()
    assert len(values) == 1
    return float(values[0])


def test_exact_curves_give_their_rates_and_gr_values() -> None:
    made = GrowthRates()(curves({"slow": 0.02, "stopped": 0.0, "dies": -0.04}))
    assert of(made, "slow", "growth_rate") == pytest.approx(0.02)
    assert of(made, "slow", "gr_value") == pytest.approx(2**0.5 - 1)
    assert of(made, "stopped", "gr_value") == pytest.approx(0.0, abs=1e-12)
    assert of(made, "dies", "gr_value") == pytest.approx(-0.5)
    assert of(made, "DMSO", "gr_value") == pytest.approx(1.0)
    assert "death_rate" not in made.meta.columns
    assert made.provenance[-1]["facts"]["curves"] == 8


def test_the_death_rate_needs_a_marker_and_its_area() -> None:
    long = curves({"dies": -0.02})
    made = GrowthRates(death=("dead",))(long)
    assert of(made, "dies", "death_rate") == pytest.approx(0.01, rel=0.01)
    half = GrowthRates(death=("dead",), death_area=(0.5,))(long)
    assert of(half, "dies", "death_rate") == pytest.approx(0.02, rel=0.01)


def test_the_size_may_be_a_feature_and_sites_are_averaged() -> None:
    long = curves({"slow": 0.02})
    size = long.meta["count"].to_numpy()[:, None]
    given = Profiles(meta=long.meta.drop(columns="count"), features=size, names=("area",))
    made = GrowthRates(size="area")(given)
    assert of(made, "slow", "growth_rate") == pytest.approx(0.02, rel=1e-5)
    twice = np.repeat(np.arange(len(long)), 2)
    sites = given.meta.iloc[twice].assign(site=np.tile([1, 2], len(long)))
    both = Profiles(meta=sites, features=size[twice], names=("area",))
    assert of(GrowthRates(size="area")(both), "slow", "growth_rate") == pytest.approx(0.02, 1e-5)


def test_zeros_are_half_of_the_smallest_and_missing_sizes_are_left_out() -> None:
    long = curves({"dies": -0.1})
    meta = long.meta.copy()
    size = meta["count"].round().mask(meta["time"] == 20)
    made = GrowthRates()(dataclasses.replace(long, meta=meta.assign(count=size)))
    assert of(made, "dies", "growth_rate") == pytest.approx(-0.1, rel=0.1)


def test_cells_that_died_before_the_window_are_not_forgotten() -> None:
    """All cells of one drug die in 9 hours; half of another's, which then grow again."""
    early = np.where(T < 9, 100 * np.exp(-0.5 * T), 1.0)
    again = 100 * np.exp(np.where(T < 9, -0.2 * T, -1.6 + 0.04 * (T - 8)))
    long = curves({"early": 0.01, "again": 0.02})
    size = long.meta["count"].to_numpy().copy()
    for name, values in (("early", early), ("again", again)):
        size[(long.meta["compound"] == name).to_numpy()] = np.tile(values, 2)
    made = GrowthRates()(dataclasses.replace(long, meta=long.meta.assign(count=size)))
    lived = float(np.trapezoid(early, T))
    assert of(made, "early", "growth_rate") == pytest.approx((1 - 100) / lived)
    assert of(made, "early", "growth_low") <= of(made, "early", "growth_rate") < 0
    assert of(made, "early", "gr_value") < -0.9
    last = float(np.median(again[-3:]))
    lived = float(np.trapezoid(again, T))
    assert of(made, "again", "growth_rate") == pytest.approx((last - 100) / lived, rel=1e-6)
    assert of(made, "DMSO", "growth_rate") == pytest.approx(0.04)


def test_controls_may_share_any_column_of_the_table() -> None:
    """Donors that grow at other rates: each curve is compared with its own donor's controls."""
    one, two = curves({"slow": 0.02}), curves({"slow": 0.02}, controls=0.02)
    meta = pd.concat([one.meta.assign(donor="a"), two.meta.assign(donor="b")], ignore_index=True)
    meta = meta.assign(well=meta["donor"] + meta["replicate"].astype(str))
    both = Profiles(meta=meta, features=np.zeros((len(meta), 1)))
    made = GrowthRates(controls_same=("donor",))(both).meta.query("compound == 'slow'")
    gr = made.groupby("donor")["gr_value"].first()
    assert gr["a"] == pytest.approx(2**0.5 - 1)
    assert gr["b"] == pytest.approx(1)
    varies = dataclasses.replace(both, meta=meta.assign(donor=np.arange(len(meta)) % 2))
    with pytest.raises(InputError, match="has several values of 'donor'"):
        GrowthRates(controls_same=("donor",))(varies)


def test_controls_that_do_not_grow_leave_no_rates() -> None:
    made = GrowthRates()(curves({"slow": 0.02}, controls=-0.01))
    assert made.meta["growth_rate"].isna().all()
    facts = made.provenance[-1]["facts"]
    assert (facts["curves_without_rate"], facts["groups_without_growing_controls"]) == (4, 1)


def test_the_order_of_rows_changes_no_bit() -> None:
    long = screen(3, drugs=1)
    order = np.random.default_rng(0).permutation(len(long))
    step = GrowthRates(death=("dead",))
    made, again = step(long).take(order), step(long.take(order))
    pd.testing.assert_frame_equal(made.meta, again.meta, rtol=0, atol=0)
    as_text = long.meta.assign(concentration=long.meta["concentration"].astype("category"))
    other = step(dataclasses.replace(long, meta=as_text))
    assert (other.meta["growth_rate"] == step(long).meta["growth_rate"]).all()


def test_simulated_controls_have_the_rate_they_were_made_with() -> None:
    """Net of a death rate of 3 % of the division rate, and slightly crowded."""
    made = GrowthRates(death=("dead",))(screen(0))
    own = made.meta[made.meta["control"]]
    assert own["growth_rate"].mean() == pytest.approx(0.97 * DIVISION, rel=0.1)
    assert own["death_rate"].mean() == pytest.approx(0.03 * DIVISION, rel=0.2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": "cells"}, "needs a feature or column 'cells'"),
        ({"death": ("red",)}, "needs a feature or column 'red'"),
        ({"death": ("dead",), "death_area": (1.0, 2.0)}, "2 areas for 1 markers"),
        ({"death": ("dead",), "death_area": (0.0,)}, "death_area: must be from 1e-06 to 1e"),
        ({"death_stays": 1e-9}, "in view for 1e-09 hours; 0 where they stay"),
        ({"skip": 1.0}, "skip: must be at least 0 and below 1"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        GrowthRates(**settings)(curves({"slow": 0.02}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("time", None, "needs the time of each row, in hours; it is empty"),
        ("time", "noon", "it is 'noon' in plate p"),
        ("count", -3.0, "the size 'count' is -3 in plate p.*before `standardize`"),
        ("control", False, "a control at some times only"),
        ("plate", None, "no 'plate' in"),
        ("count", "many", "'count' is not a number in"),
    ],
)
def test_a_bad_value_is_named(column: str, value: object, message: str) -> None:
    long = curves({"slow": 0.02})
    meta = long.meta.astype({column: object})
    meta.loc[3, column] = value
    with pytest.raises(InputError, match=message):
        GrowthRates()(dataclasses.replace(long, meta=meta))


def test_real_confluence_gives_the_doubling_time_of_pc9(data_dir: Path) -> None:
    """Four days of six runs; the literature has PC9 double within 18 to 30 hours."""
    folder = data_dir / "incucyte-timecourses" / "ps-growth-model" / "singles"
    step = GrowthRates(size="phase", death=("red",), death_area=(RED,), size_includes_dead=True)
    made = step(run(folder, RUNS[1]))
    own = made.meta[made.meta["control"]]
    assert 12 < np.log(2) / own["growth_rate"].mean() < 30
    assert own["death_rate"].abs().mean() < 0.001
    assert made.provenance[-1]["facts"]["window_ends"] == 45

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.regress_position import RegressPosition

EDGE = np.add.outer([3.0, 0, 0, 3], [2.0, 0, 0, 0, 0, 2])


@pytest.fixture
def screen() -> Profiles:
    """Six plates of 4 x 6 wells with an edge, the compounds shuffled on each."""
    rng = np.random.default_rng(2)
    parts = []
    for plate in range(6):
        what = rng.permutation(np.repeat(["DMSO", "c1", "c2", "c3", "c4", "c5"], 4))
        wells = [f"{row}{column:02d}" for row in "ABCD" for column in range(1, 7)]
        parts.append(pd.DataFrame({"plate": f"p{plate}", "well": wells, "compound": what}))
    meta = pd.concat(parts, ignore_index=True)
    meta["control"] = meta["compound"] == "DMSO"
    x = 0.1 * rng.normal(size=(len(meta), 3)) + np.tile(EDGE.ravel(), 6)[:, None] * [1, -1, 0]
    x += 5.0 * (meta["compound"] == "c5").to_numpy()[:, None] * [0, 1, 1] + 20
    return Profiles(meta=meta, features=x)


def fixed(screen: Profiles) -> Profiles:
    """The first plate's layout on all, as in CPJUMP1."""
    layout = np.tile(screen.meta["compound"].iloc[:24], 6)
    meta = screen.meta.assign(compound=layout, control=layout == "DMSO")
    return replace(screen, meta=meta)


def edge_left(made: Profiles) -> float:
    """Difference of edge and inner wells in a feature that knows no compound."""
    edge = np.tile(EDGE.ravel() > 0, 6)
    return float(made.features[edge, 0].mean() - made.features[~edge, 0].mean())


def test_mean_is_the_jump_recipes_but_for_the_tables_mean(screen: Profiles) -> None:
    made = RegressPosition()(screen)
    table = pd.DataFrame(screen.features.astype(np.float64))
    theirs = table - table.groupby(screen.meta["well"]).transform("mean")
    np.testing.assert_allclose(made.features, theirs + table.mean(), atol=1e-4)
    facts = made.provenance[-1]["facts"]
    assert facts["correlation_left"] < 1e-4
    assert facts["explained_before"] > 0.4
    assert facts["explained_after"] < 1e-8
    assert (facts["confounded"], facts["controls_apart"]) == (0, False)


@pytest.mark.parametrize(("how", "share"), [("mean", 0.25), ("additive", 0.4), ("polish", 0.25)])
def test_an_edge_goes_and_compounds_stay(screen: Profiles, how: Any, share: float) -> None:
    """A compound pulls the levels of where it stands: 8 of 23 degrees of freedom are position's."""
    made = RegressPosition(how=how)(screen)
    assert edge_left(screen) > 2
    assert abs(edge_left(made)) < 0.15
    mean = pd.Series(made.features[:, 2]).groupby(screen.meta["compound"]).mean()
    assert mean["c5"] - mean["DMSO"] == pytest.approx(5, rel=share)
    assert np.ptp(mean.drop("c5")) < 1


def test_a_plane_cannot_follow_an_edge(screen: Profiles) -> None:
    assert edge_left(RegressPosition(how="linear")(screen)) > 2
    slope = np.tile(np.repeat(np.arange(4.0), 6), 6)
    tilted = replace(screen, features=screen.features + 5 * slope[:, None])
    np.testing.assert_allclose(
        RegressPosition(how="linear")(tilted).features
        - RegressPosition(how="linear")(screen).features,
        7.5,  # the plate's level stays
        atol=1e-4,
    )


def test_one_layout_for_all_plates_is_refused(screen: Profiles) -> None:
    same = fixed(screen)
    with pytest.raises(InputError, match=r"'c1' is always alone in its well position \(5 such"):
        RegressPosition()(same)
    allowed = RegressPosition(confounded="allow")(same)
    assert allowed.provenance[-1]["facts"]["confounded"] == 5
    assert allowed.provenance[-1]["facts"]["controls_apart"]
    # And rightly: every compound's mean is now that of the controls.
    means = pd.DataFrame(allowed.features).groupby(same.meta["compound"]).mean()
    assert np.ptp(means.to_numpy(), axis=0).max() < 1e-4
    for how in ("linear", "polish"):
        RegressPosition(how=how)(same)


def test_levels_of_one_layout_would_mark_the_positions(screen: Profiles) -> None:
    """Noise alone, and one strong compound: its row's other wells become alike over plates."""
    x = np.random.default_rng(5).normal(size=(144, 40))
    same = fixed(screen)
    x[same.meta["compound"] == "c3"] += 8 * np.random.default_rng(6).normal(size=40)
    same = replace(same, features=x, names=())
    with pytest.raises(InputError, match="row, column or well position"):
        RegressPosition(how="additive")(same)

    def marked(made: Profiles) -> float:
        """How often the nearest control of another plate lies in the same position, of 4."""
        own = made.meta["control"].to_numpy()
        y = made.features[own].reshape(6, 4, -1)
        hits = [
            np.linalg.norm(y[b] - y[a, i], axis=1).argmin() == i
            for a in range(6)
            for b in range(6)
            for i in range(4)
            if a != b
        ]
        return float(np.mean(hits))

    assert marked(same) < 0.4
    worst = marked(RegressPosition(how="additive", confounded="allow")(same))
    assert worst > 0.6
    assert max(marked(RegressPosition(how="polish")(same)), marked(same)) < worst - 0.1


def test_a_compound_in_rows_of_its_own_is_refused(screen: Profiles) -> None:
    meta = screen.meta.copy()
    alone = meta["well"].str.startswith("B")
    meta["compound"] = np.where(alone, "c9", meta["compound"].replace("c5", "c1"))
    meta["control"] = meta["compound"] == "DMSO"
    rows = replace(screen, meta=meta)
    for how in ("additive", "polish"):
        with pytest.raises(InputError, match="'c9' is always alone in its row"):
            RegressPosition(how=how)(rows)
    RegressPosition(how="linear")(rows)


def test_fitted_on_the_controls_no_compound_is_confounded(screen: Profiles) -> None:
    same = fixed(screen)
    facts = RegressPosition(how="linear", on="controls", by=())(same).provenance[-1]["facts"]
    assert facts["fitted_on"] == 24
    with pytest.raises(InputError, match=r"well A0. has 0 row"):
        RegressPosition(on="controls")(same)


def test_by_another_group(screen: Profiles) -> None:
    batch = screen.meta.assign(batch=np.where(screen.meta["plate"] < "p3", "a", "b"))
    made = RegressPosition(by=("batch",))(replace(screen, meta=batch))
    assert made.provenance[-1]["facts"]["groups"] == 2
    for rows in batch.groupby(["batch", "well"]).groups.values():
        own = batch["batch"] == batch["batch"].iloc[rows[0]]
        np.testing.assert_allclose(
            made.features[rows].mean(axis=0), screen.features[own].mean(axis=0), rtol=1e-4
        )


def test_one_plate(screen: Profiles) -> None:
    """No mean of a well over plates; a plate's own rows and columns do as well as ever."""
    one = screen.take(np.arange(24))
    with pytest.raises(InputError, match="is always alone"):
        RegressPosition()(one)
    with pytest.raises(InputError, match="well A01 has 1 row"):
        RegressPosition(confounded="allow")(one)
    RegressPosition(how="polish")(one)


@pytest.mark.parametrize("how", ["mean", "linear", "additive", "polish"])
def test_constant_features_and_more_features_than_rows(screen: Profiles, how: Any) -> None:
    x = np.random.default_rng(0).normal(size=(len(screen), 200)) + 30
    x[:, 4] = 30.0
    made = RegressPosition(how=how)(Profiles(meta=screen.meta, features=x))
    np.testing.assert_allclose(made.features[:, 4], 30.0)
    assert np.isfinite(made.features).all()


def test_absent_wells_and_plates_without_controls(screen: Profiles) -> None:
    rows = np.random.default_rng(1).permutation(len(screen))[:130]
    some = screen.take(np.sort(rows))
    some = replace(some, meta=some.meta.drop(columns="control"))
    for how in ("mean", "linear", "additive", "polish"):
        assert np.isfinite(RegressPosition(how=how)(some).features).all()


def test_without_compounds_it_must_be_allowed(screen: Profiles) -> None:
    bare = replace(screen, meta=screen.meta[["plate", "well"]])
    with pytest.raises(InputError, match="needs a column 'compound' or 'treatment'"):
        RegressPosition()(bare)
    made = RegressPosition(confounded="allow")(bare)
    np.testing.assert_array_equal(made.features, RegressPosition()(screen).features)
    assert "confounded" not in made.provenance[-1]["facts"]


def test_a_bad_well_is_named(screen: Profiles) -> None:
    meta = screen.meta.copy()
    meta.loc[9, "well"] = "A25X"
    with pytest.raises(InputError, match="'A25X' in plate p0"):
        RegressPosition()(replace(screen, meta=meta))

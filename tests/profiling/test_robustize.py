from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.robustize import Robustize


def test_worked_by_hand(wells: Profiles) -> None:
    some = wells.take(np.array([0, 1, 2, 3, 8]))  # four controls and one treated well of a plate
    some = replace(some, features=np.array([[1.0], [2.0], [4.0], [100.0], [6.0]]), names=("x",))
    # Median 3; deviations 2 1 1 97, their median 1.5. Quartiles 1.75 and 28.
    mad = (np.array([1, 2, 4, 100, 6]) - 3) / (1.4826 * 1.5)
    np.testing.assert_allclose(Robustize()(some).features[:, 0], mad, rtol=1e-6)
    iqr = (np.array([1, 2, 4, 100, 6]) - 3) / 26.25
    np.testing.assert_allclose(Robustize(spread="iqr")(some).features[:, 0], iqr, rtol=1e-6)
    with_epsilon = (np.array([1, 2, 4, 100, 6]) - 3) / (1.4826 * 1.5 + 0.5)
    np.testing.assert_allclose(Robustize(epsilon=0.5)(some).features[:, 0], with_epsilon, rtol=1e-6)


@pytest.mark.parametrize("on", ["controls", "all"])
@pytest.mark.parametrize("by", [("plate",), ("batch",), ()])
def test_median_0_and_mad_1_in_every_group(
    wells: Profiles, on: Literal["controls", "all"], by: tuple[str, ...]
) -> None:
    made = Robustize(by=by, on=on)(wells)
    fit = made.meta[made.meta["control"]] if on == "controls" else made.meta
    groups = fit.groupby(list(by)).indices.values() if by else [np.arange(len(fit))]
    for place in groups:
        x = made.features[fit.index[place]].astype(np.float64)
        middle = np.median(x, axis=0)
        np.testing.assert_allclose(middle, 0, atol=1e-6)
        np.testing.assert_allclose(1.4826 * np.median(np.abs(x - middle), axis=0), 1, atol=1e-6)
    facts = made.provenance[-1]["facts"]
    assert 0 <= facts["median_error"] < 1e-6
    assert 0 <= facts["mad_error"] < 1e-6


def test_cpjump1_comes_scaled_to_its_negative_controls(data_dir: Path) -> None:
    """As its README says; so the step leaves it as it is."""
    paths = sorted((data_dir / "cpjump1-cellprofiler-wells").glob("BR*.csv.gz"))
    assert len(paths) == 5
    for path in paths[:2]:
        plate = Profiles.load(path)
        negcon = plate.features[plate.controls("the test")].astype(np.float64)
        assert len(negcon) == 64
        middle = np.median(negcon, axis=0)
        np.testing.assert_allclose(middle, 0, atol=1e-6)
        mad = 1.4826 * np.median(np.abs(negcon - middle), axis=0)
        np.testing.assert_allclose(mad, 1, atol=1e-5)  # the file has five digits
        made = Robustize()(plate)
        assert made.names == plate.names
        np.testing.assert_allclose(made.features, plate.features, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("table", ["bbbc021", "lincs", "cpjump1"])
@pytest.mark.parametrize(
    ("case", "settings"),
    [("mad", {}), ("mad_epsilon", {"epsilon": 0.01}), ("iqr", {"spread": "iqr"})],
)
def test_as_pycytominer_on_real_tables(
    real: dict[str, Profiles], peer: dict[str, Any], table: str, case: str, settings: dict[str, Any]
) -> None:
    made = Robustize(by=(), on="all", **settings)(real[table])
    wanted = peer[table][case]
    gone = set(range(len(real[table].names))) - {
        real[table].names.index(name) for name in made.names
    }
    assert gone == set(wanted["left_out"])  # there is no spread
    np.testing.assert_allclose(made.features[::40, ::50], wanted["rows"], rtol=2e-5, atol=1e-6)
    mean = np.abs(made.features.astype(np.float64)).mean()
    np.testing.assert_allclose(mean, wanted["mean_absolute"], rtol=1e-5)


def test_what_an_epsilon_of_1e_18_does(real: dict[str, Profiles], peer: dict[str, Any]) -> None:
    """pycytominer's default: three features whose MAD is 0 make up all of the table's size."""
    assert peer["bbbc021"]["mad_as_shipped"]["mean_absolute"] > 1e12
    shipped = Robustize(by=(), on="all", epsilon=1e-18)(real["bbbc021"])
    mean = np.abs(shipped.features.astype(np.float64)).mean()
    np.testing.assert_allclose(mean, peer["bbbc021"]["mad_as_shipped"]["mean_absolute"], rtol=1e-5)
    ours = Robustize(by=(), on="all")(real["bbbc021"])
    assert len(ours.provenance[-1]["facts"]["constant"]) == 3
    assert np.abs(ours.features).mean() < 2


def test_a_feature_that_more_than_half_the_controls_share_has_no_mad(wells: Profiles) -> None:
    x = wells.features.copy()
    first = np.flatnonzero((wells.meta["plate"] == "p2") & wells.meta["control"])[:5]
    x[first, 2] = 7.0  # 5 of 8 controls
    wells = replace(wells, features=x)
    dropped = Robustize()(wells)
    assert dropped.names == ("f0000", "f0001", "f0003", "f0004")
    assert dropped.provenance[-1]["facts"]["constant"] == ["f0002"]
    kept = Robustize(constant="zero")(wells)
    assert kept.names == wells.names
    assert not kept.features[wells.meta["plate"] == "p2", 2].any()
    assert kept.features[wells.meta["plate"] == "p1", 2].all()
    # One outlier among the controls, however far, makes nothing constant.
    x = wells.features.copy()
    x[first, 2] = np.arange(5)
    x[first[0], 2] = 1e9
    assert Robustize()(replace(wells, features=x)).names == wells.names


def test_an_epsilon_that_overflows_or_is_negative_is_refused(wells: Profiles) -> None:
    x = wells.features.copy()
    x[wells.meta["control"], 0] = 1.0
    with pytest.raises(InputError, match="more than float32 can hold"):
        Robustize(epsilon=1e-45)(replace(wells, features=x))
    with pytest.raises(InputError, match="epsilon: must be at least 0"):
        Robustize(epsilon=-1.0)

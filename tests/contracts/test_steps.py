"""What every step found in profiling/ promises. A new step is held to it without an edit here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue

# Settings to try beside the defaults; a step whose every parameter has a default needs none.
SETTINGS: dict[str, list[Mapping[str, Any]]] = {
    "aggregate": [{}, {"by": ["treatment"], "how": "median"}, {"by": ["treatment"], "how": "modz"}],
    "standardize": [{}, {"by": ["batch"], "on": "all", "constant": "zero"}],
    "robustize": [{}, {"by": [], "on": "all", "spread": "iqr"}, {"few": "pooled", "epsilon": 0.01}],
    "rank_inverse_normal": [{}, {"by": ["plate"], "offset": 0.5, "constant": "zero"}],
    "pca": [{}, {"components": 3, "on": "controls"}],
    "consensus": [{}, {"by": ["treatment", "batch"], "how": "modz"}],
    "select_features": [{}, {"missing": "refuse", "corr_threshold": 0.3, "on": "controls"}],
    "sphere": [{}, {"regularization": 1.0, "components": "all", "rotation": "zca"}],
    "tvn": [{"family": "ws_dino"}, {"family": "deep_profiler"}, {"family": "efaar"}],
    "regress_cell_count": [
        {"count": "f0000"},
        {"count": "f0001", "on": "controls", "by": ["plate"]},
    ],
    "regress_position": [{"how": h, "confounded": "allow"} for h in ("mean", "linear", "polish")],
}
CASES = [
    pytest.param(name, settings, id=f"{name}-{i}")
    for name in catalogue("profiling")
    for i, settings in enumerate(SETTINGS.get(name, [{}]))
]
pytestmark = pytest.mark.parametrize(("name", "settings"), CASES)


def step_of(name: str, settings: Mapping[str, Any]) -> Any:
    return construct(catalogue("profiling")[name].load(), settings, name)


def test_it_is_a_frozen_keyword_dataclass_with_a_summary(
    name: str, settings: Mapping[str, Any]
) -> None:
    entry = catalogue("profiling")[name]
    step = step_of(name, settings)
    assert dataclasses.is_dataclass(step)
    assert all(field.kw_only for field in dataclasses.fields(step))
    for field in dataclasses.fields(step):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(step, field.name, None)
    assert entry.summary.endswith(".")


def test_it_is_pure_and_written_to_the_provenance(
    name: str, settings: Mapping[str, Any], wells: Profiles
) -> None:
    meta, features = wells.meta.copy(), wells.features.copy()
    step = step_of(name, settings)
    made = step(wells)
    pd.testing.assert_frame_equal(wells.meta, meta)
    np.testing.assert_array_equal(wells.features, features)
    assert wells.provenance == ()
    (entry,) = made.provenance
    assert entry["step"] == name
    assert set(entry["parameters"]) == {field.name for field in dataclasses.fields(step)}
    assert (entry["rows_in"], entry["rows_out"]) == (len(wells), len(made))
    again = step(wells)
    np.testing.assert_array_equal(again.features, made.features)
    assert np.isfinite(made.features).all()


def test_rows_stay_aligned_and_free_of_their_order(
    name: str, settings: Mapping[str, Any], wells: Profiles
) -> None:
    step = step_of(name, settings)
    made = step(wells)
    order = np.random.default_rng(0).permutation(len(wells))
    again = step(wells.take(order))
    assert again.names == made.names
    if set(made.meta.columns) == set(wells.meta.columns):  # a step that keeps the rows
        pd.testing.assert_frame_equal(made.meta, wells.meta)
        made = made.take(order)
    pd.testing.assert_frame_equal(made.meta, again.meta)
    np.testing.assert_allclose(made.features, again.features, atol=1e-4)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_is_refused_by_name(
    name: str, settings: Mapping[str, Any], wells: Profiles, bad: float
) -> None:
    features = wells.features.copy()
    features[7, 2] = bad
    with pytest.raises(InputError, match=r"'f0002' is (nan|inf) in row 7"):
        step_of(name, settings)(dataclasses.replace(wells, features=features))


def test_no_metadata_enters_the_features(
    name: str, settings: Mapping[str, Any], wells: Profiles
) -> None:
    """Other answers, other codes, as numbers too: the features do not move."""
    step = step_of(name, settings)
    made = step(wells)
    rng = np.random.default_rng(1)
    renamed = {
        c: f"x{i:02d}" for i, c in enumerate(rng.permutation([f"c{k:02d}" for k in range(12)]))
    }
    meta = wells.meta.copy()
    meta["moa"] = rng.permutation(len(meta)) * 1000
    meta["replicate"] = 1e6 * meta["replicate"]
    if "treatment" not in (getattr(step, "by", None) or ()):
        meta["compound"] = meta["compound"].map(renamed)
        meta["treatment"] = pd.factorize(meta["treatment"])[0] * 77
    again = step(dataclasses.replace(wells, meta=meta))
    np.testing.assert_array_equal(again.features, made.features)
    assert not set(made.names) & set(made.meta.columns)


def test_what_it_makes_can_be_saved(
    name: str, settings: Mapping[str, Any], wells: Profiles, tmp_path: Any
) -> None:
    made = step_of(name, settings)(wells)
    loaded = Profiles.load(made.save(tmp_path / "made.parquet"))
    np.testing.assert_array_equal(loaded.features, made.features)
    assert loaded.names == made.names
    assert list(loaded.provenance) == list(made.provenance)
    assert loaded.meta["control"].tolist() == made.meta["control"].tolist()

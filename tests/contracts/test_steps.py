"""What every step found in profiling/ promises. A new step is held to it without an edit here."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.chains.fitted import FittedChain, fit_chain
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.core.step_record import name_in_recipes
from phenolens.profiling.base import BaseStep, FittableStep, FittedStep
from phenolens.profiling.where import Where


def _examples(kind: Any = BaseStep) -> Iterator[Any]:
    """Yield every example of every step of that kind."""
    for name, entry in catalogue("profiling").items():
        maker: Any = entry.load()
        for i, step in enumerate(maker.examples() if issubclass(maker, kind) else ()):
            yield pytest.param(step, id=f"{name}-{i}")


every_step = pytest.mark.parametrize("step", list(_examples()))
every_fittable_step = pytest.mark.parametrize("step", list(_examples(FittableStep)))


@pytest.fixture
def wells(step: BaseStep, wells: Profiles, request: pytest.FixtureRequest) -> Profiles:
    """Return the table that the step is for."""
    table = step.example_table
    made: Profiles = wells if table == "wells" else request.getfixturevalue(table)
    return made


@every_step
def test_it_is_a_frozen_keyword_dataclass_with_a_summary(step: Any) -> None:
    entry = catalogue("profiling")[name_in_recipes(step)]
    assert dataclasses.is_dataclass(step)
    assert all(field.kw_only for field in dataclasses.fields(step))
    for field in dataclasses.fields(step):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(step, field.name, None)
    assert entry.summary.endswith(".")


@every_step
def test_it_is_pure_and_written_to_the_provenance(step: Any, wells: Profiles) -> None:
    meta, features = wells.meta.copy(), wells.features.copy()
    made = step(wells)
    pd.testing.assert_frame_equal(wells.meta, meta)
    np.testing.assert_array_equal(wells.features, features)
    assert wells.provenance == ()
    (entry,) = made.provenance
    assert entry["step"] == name_in_recipes(step)
    assert set(entry["parameters"]) == {field.name for field in dataclasses.fields(step)}
    assert (entry["rows_in"], entry["rows_out"]) == (len(wells), len(made))
    again = step(wells)
    np.testing.assert_array_equal(again.features, made.features)
    assert np.isfinite(made.features).all()


@every_step
def test_rows_stay_aligned_and_free_of_their_order(step: Any, wells: Profiles) -> None:
    made = step(wells)
    order = np.random.default_rng(0).permutation(len(wells))
    again = step(wells.take(order))
    assert again.names == made.names
    if step.adds or set(made.meta.columns) == set(wells.meta.columns):  # a step that keeps the rows
        pd.testing.assert_frame_equal(made.meta[wells.meta.columns], wells.meta)
        made = made.take(order)
    pd.testing.assert_frame_equal(made.meta, again.meta)
    np.testing.assert_allclose(made.features, again.features, atol=1e-4)


@every_step
def test_it_declares_what_it_does_to_the_metadata(step: Any, wells: Profiles) -> None:
    """A rehearsal relies on it: before there are features, nothing else is known."""
    made = step(wells)
    rng = np.random.default_rng(2)
    other = dataclasses.replace(wells, features=rng.random(wells.features.shape))
    if step.changes_rows:
        again = step.on_any_features()(other)
        pd.testing.assert_frame_equal(made.meta, again.meta)
        assert made.names == again.names
        assert not step.adds
    else:
        assert set(made.meta.columns) == {*wells.meta.columns, *step.adds}
        kept = wells.meta.columns.drop(list(step.adds), errors="ignore")
        pd.testing.assert_frame_equal(made.meta[kept], wells.meta[kept])
        if step.adds:
            assert made.names == wells.names


@every_step
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_is_refused_by_name(
    step: Any, wells: Profiles, bad: float
) -> None:
    features = wells.features.copy()
    features[7, 2] = bad
    given = dataclasses.replace(wells, features=features)
    curves = step.example_table != "wells"  # where a time without a value is usual
    if (curves or isinstance(step, Where)) and step.accepts_missing and np.isnan(bad):
        assert step(given).names == step(wells).names
        return
    with pytest.raises(
        InputError,
        match=rf"'{wells.names[2]}' is (nan|inf) in plate p\d+, well [A-P]\d+"
        r"(, time -?[\d.]+)?( \(row \d+\))?",
    ):
        step(given)


@every_step
def test_a_table_without_rows_is_refused(step: Any, wells: Profiles) -> None:
    with pytest.raises(InputError):
        step(wells.take(np.empty(0, dtype=np.int64)))


@every_step
def test_no_metadata_enters_the_features(step: Any, wells: Profiles) -> None:
    """Other answers, other codes, as numbers too: the features do not move."""
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


@every_step
def test_what_it_makes_can_be_saved(step: Any, wells: Profiles, tmp_path: Any) -> None:
    made = step(wells)
    loaded = Profiles.load(made.save(tmp_path / "made.parquet"))
    np.testing.assert_array_equal(loaded.features, made.features)
    assert loaded.names == made.names
    assert list(loaded.provenance) == list(made.provenance)
    assert loaded.meta["control"].tolist() == made.meta["control"].tolist()


# What fitted steps promise: they are fitted on one table and applied to another.


def halves(wells: Profiles) -> tuple[Profiles, Profiles]:
    """Return half of the treated rows of each plate with the controls, and the other half.

    Each position is in the first half on some plate.
    """
    plate = pd.factorize(wells.meta["plate"])[0]
    rest = ~wells.meta["control"].to_numpy() & ((np.arange(len(wells)) + plate) % 2 == 0)
    return wells.take(~rest), wells.take(rest)


def entry_of(profiles: Profiles) -> Any:
    return profiles.provenance[-1]


@every_step
def test_fitted_and_applied_to_the_same_rows_it_is_the_step_bit_for_bit(
    step: Any, wells: Profiles
) -> None:
    if type(step).fit is BaseStep.fit:
        match = f"cannot be applied to new rows; {re.escape(step.instead)}"
        with pytest.raises(InputError, match=match):
            step.fit(wells)
        return
    made, again = step(wells), step.fit(wells)(wells)
    assert again.features.tobytes() == made.features.tobytes()
    assert again.names == made.names
    pd.testing.assert_frame_equal(again.meta, made.meta)


@every_fittable_step
def test_the_provenance_names_the_table_of_the_fit(step: Any, wells: Profiles) -> None:
    first, second = halves(wells)
    named = dataclasses.replace(first, provenance=({"step": "load", "file": "wells.csv"},))
    entry = entry_of(step.fit(named)(second))
    assert (entry["step"], entry["rows_in"]) == (name_in_recipes(step), len(second))
    assert set(entry["parameters"]) == {field.name for field in dataclasses.fields(step)}
    fit = entry["facts"]["fit"]
    assert (fit["table"], fit["rows"]) == ("wells.csv", len(first))
    assert fit["features"] == len(first.names)
    assert len(fit["sha256"]) == 64
    other = dataclasses.replace(first, features=first.features + np.float32(1e-3))
    assert entry_of(step.fit(other)(second))["facts"]["fit"]["sha256"] != fit["sha256"]


@every_fittable_step
def test_a_row_of_a_known_group_depends_on_the_fit_and_itself_alone(
    step: Any, wells: Profiles
) -> None:
    """Whatever the other rows of the second table are, controls of its own among them."""
    first, second = halves(wells)
    fitted = step.fit(first)
    made = fitted(second)
    rng = np.random.default_rng(3)
    for row in (0, 17, len(second) - 1):
        others = np.arange(len(second)) != row
        features = second.features.copy()
        features[others] = rng.permutation(features[others]) * 3 + 1
        meta = second.meta.copy()
        meta.loc[others, "control"] = rng.random(others.sum()) < 0.5
        again = fitted(dataclasses.replace(second, meta=meta, features=features))
        assert again.features[row].tobytes() == made.features[row].tobytes()
        # A product of one row may round otherwise than the same row among others.
        alone = fitted(second.take(np.array([row]))).features[0]
        np.testing.assert_allclose(alone, made.features[row], rtol=1e-4, atol=1e-5)


@every_fittable_step
def test_a_new_group_is_fitted_on_its_own_rows_and_is_named(step: Any, wells: Profiles) -> None:
    """A plate that was not in the fit: its rows move no other plate's, nor another new one's."""
    new = wells.meta["plate"].isin(["p4", "p5"]).to_numpy()  # all of batch w2
    fitted = step.fit(wells.take(~new))
    made = fitted(wells)
    by, _ = step.stored_groups(fitted.state)
    facts = entry_of(made)["facts"]
    wanted = {"plate": ["plate=p4", "plate=p5"], "batch": ["batch=w2"]}[by[0]] if by else None
    assert facts.get("groups_fitted_here") == wanted
    assert made.names == fitted.names_out
    # What a group's own rows give, with what is common to all groups from the fit.
    p4 = (wells.meta["plate"] == "p4").to_numpy()
    if "plate" in by:
        alone = fitted(wells.take(p4))
        np.testing.assert_allclose(made.features[p4], alone.features, rtol=1e-4, atol=1e-5)
    known = fitted(wells.take(~new))
    np.testing.assert_allclose(made.features[~new], known.features, rtol=1e-4, atol=1e-5)
    if not by:
        assert "groups_stored" not in facts


@every_fittable_step
def test_features_are_found_by_name(step: Any, wells: Profiles) -> None:
    first, second = halves(wells)
    fitted = step.fit(first)
    made = fitted(second)
    order = [3, 1, 0, 5, 2, 4]
    extra = np.concatenate([second.features[:, order], np.ones((len(second), 1))], axis=1)
    names = (*(second.names[i] for i in order), "another")
    again = fitted(dataclasses.replace(second, features=extra, names=names))
    assert again.features.tobytes() == made.features.tobytes()
    assert again.names == made.names
    assert entry_of(again)["facts"]["features_ignored"] == 1
    lacking = dataclasses.replace(second, features=second.features[:, 1:], names=second.names[1:])
    with pytest.raises(InputError, match=r"fitted on the feature 'f0000', which .* \(1 of 6"):
        fitted(lacking)


@every_fittable_step
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_new_value_that_is_no_number_is_refused_by_name(
    step: Any, wells: Profiles, bad: float
) -> None:
    first, second = halves(wells)
    features = second.features.copy()
    features[7, 2] = bad
    fitted = step.fit(first)
    with pytest.raises(
        InputError, match=r"'f0002' is (nan|inf) in plate p\d+, well [A-P]\d+ \(row \d+\)"
    ):
        fitted(dataclasses.replace(second, features=features))


@every_fittable_step
def test_fitting_changes_neither_table(step: Any, wells: Profiles) -> None:
    first, second = halves(wells)
    copies = [(t.features.copy(), t.meta.copy()) for t in (first, second)]
    step.fit(first)(second)
    for table, (features, meta) in zip((first, second), copies, strict=True):
        np.testing.assert_array_equal(table.features, features)
        pd.testing.assert_frame_equal(table.meta, meta)


@every_step
def test_a_saved_fit_gives_the_same_bits(step: Any, wells: Profiles, tmp_path: Path) -> None:
    if type(step).fit is BaseStep.fit:
        with pytest.raises(InputError, match=r"step 0 \(\w+\): .* cannot be applied to new rows"):
            fit_chain(wells, [step])
        return
    first, _ = halves(wells)
    chain = fit_chain(first, [step])
    loaded = FittedChain.load(chain.save(tmp_path / "chain"))
    made, again = chain(wells), loaded(wells)
    assert again.features.tobytes() == made.features.tobytes()
    assert again.names == made.names
    assert again.provenance == made.provenance
    (kept,) = loaded.steps
    assert (kept.step if isinstance(kept, FittedStep) else kept) == step

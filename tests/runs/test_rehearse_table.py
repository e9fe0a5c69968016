"""What a chain or a metric will refuse is found in the metadata, also after rows have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue, find
from phenolens.core.roles import with_roles
from phenolens.profiling.base import BaseStep
from phenolens.runs.recipe import Recipe
from phenolens.runs.rehearse_table import rehearse_on


def wells() -> pd.DataFrame:
    """Return 96 wells of two plates: 8 controls and 16 treatments of 4 mechanisms on each."""
    names = [f"{row}{column:02d}" for row in "ABCD" for column in range(1, 13)]
    compound = (["DMSO"] * 16 + [f"c{i % 16}" for i in range(32)]) * 2
    number = [int(c[1:]) if c != "DMSO" else -1 for c in compound]
    return pd.DataFrame(
        {
            "plate": np.repeat(["p0", "p1"], 48),
            "batch": np.repeat(["b0", "b1"], 48),
            "well": names * 2,
            "compound": compound,
            "treatment": compound,
            "concentration": 1.0,
            "control": [c == "DMSO" for c in compound],
            "moa": [None if i < 0 else f"m{i % 4}" for i in number],
            "cell_count": 100.0,
        }
    )


ODD: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as it is": lambda m: m,
    "no control": lambda m: m.assign(control=False),
    "one plate has none": lambda m: m.assign(control=m["control"] & (m["plate"] == "p0")),
    "one control": lambda m: m.assign(control=np.arange(len(m)) == 0),
    "all are": lambda m: m.assign(control=True),
    "one plate": lambda m: m.assign(plate="p", batch="b"),
    "one treatment": lambda m: m.assign(compound="c", treatment="c"),
    "one mechanism": lambda m: m.assign(moa="m"),
    "blank mechanisms": lambda m: m.assign(moa=None),
    "blank treatments": lambda m: m.assign(treatment=m["treatment"].where(m.index % 3 > 0)),
    "one row": lambda m: m.head(1),
    "no row": lambda m: m.head(0),
    **{f"no {name}": partial(pd.DataFrame.drop, columns=name) for name in wells()},
}


def entries(room: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name in catalogue(room):
        maker = find(room, name, "test")
        examples = maker.examples() if hasattr(maker, "examples") else (maker(),)
        found += [(f"{name} {i}", each) for i, each in enumerate(examples)]
    return found


SOME = ("no control", "one plate has none", "blank treatments", "no compound", "no moa")


@pytest.mark.parametrize(
    "odd", [pytest.param(SOME, id="some"), pytest.param(ODD, id="all", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("room", ["profiling", "metrics"])
def test_it_refuses_only_what_is_refused_with_features_too(
    tiny: Path, room: str, odd: Iterable[str]
) -> None:
    """Every step and metric on odd metadata, and in the same words."""
    recipe, found = Recipe.load(tiny), 0
    rng = np.random.default_rng(0)
    for title, entry in entries(room):
        changes: dict[str, Any] = {"profiling": (entry,), "metrics": {}}
        if room == "metrics":
            changes = {"profiling": (), "metrics": {"m": entry}, "stages": {"m": 0}}
        for name in odd:
            meta = ODD[name](wells()).reset_index(drop=True)
            early = refusal(lambda: rehearse_on(meta, replace(recipe, **changes)))  # noqa: B023
            if early:
                found += 1
                features = rng.normal(size=(len(meta), 8)).astype(np.float32)
                late = refusal(lambda: entry(Profiles(meta=with_roles(meta), features=features)))  # noqa: B023
                assert late == early, (title, name)
    assert found >= 10


def refusal(call: Callable[[], object]) -> str:
    """Return what is refused; empty where nothing is."""
    try:
        call()
    except InputError as error:
        return error.what
    return ""


def curves() -> pd.DataFrame:
    """Return 2 lines x 2 plates x (4 controls + 4 compounds at 3 doses) x 5 times."""
    rows = []
    wells = [("DMSO", np.nan)] * 4 + [(f"c{i}", dose) for i in range(4) for dose in (0.1, 1, 10)]
    for plate in range(4):
        for k, (compound, dose) in enumerate(wells):
            treated = compound != "DMSO"
            one = {
                "plate": f"p{plate}",
                "batch": f"b{plate}",
                "cell_line": "xy"[plate % 2],
                "well": f"A{k + 1:02d}",
                "compound": compound,
                "concentration": dose,
                "true_onset": 2.0 if treated else np.nan,
                "effect": "cytotoxic" if treated else None,
            }
            rows += [{**one, "time": time} for time in (-2.0, 0.0, 2.0, 4.0, 6.0)]
    return with_roles(pd.DataFrame(rows))


def step(name: str, **settings: Any) -> Any:
    return find("profiling", name, "test")(**settings)


def metric(name: str, **settings: Any) -> Any:
    return find("metrics", name, "test")(**settings)


LONG = (
    step("growth_rates", size="phase", death=("red",)),
    step("trajectories"),
    step("onset", draws=2),
    step("effect_classes", redraws=0),
)


def rehearsed(
    meta: pd.DataFrame, *steps: BaseStep, names: tuple[str, ...] | None = None, **metrics: Any
) -> str:
    """Return what is refused, with its place."""
    recipe = Recipe.from_table({"profiles": {"table": "x.csv"}, "metrics": {"nsc": {}}})
    stages = dict.fromkeys(metrics, len(steps))
    recipe = replace(recipe, profiling=steps, metrics=metrics, stages=stages)
    try:
        rehearse_on(meta.reset_index(drop=True), recipe, names)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        (lambda m: m[m["concentration"] != 10], "dose_order", "at least 3 doses; the most that"),
        (lambda m: m.drop(columns="true_onset"), "onset_error", "a column 'true_onset'"),
        (lambda m: m.assign(true_onset=np.nan), "onset_error", "'true_onset' has none"),
        (lambda m: m.drop(columns="effect"), "effect_accuracy", "a column 'effect'"),
        (lambda m: m.assign(effect=None), "effect_accuracy", "rows with a 'effect'"),
        (lambda m: m[m["plate"].isin(["p0", "p1"])], "run_agreement", "two runs (of plate)"),
        (lambda m: m.assign(cell_line="x"), "effect_agreement", "two values of 'cell_line'"),
        (lambda m: m.drop(columns="cell_line"), "effect_agreement", "a column 'cell_line'"),
    ],
)
def test_a_metric_at_the_end_of_a_long_chain_is_tried_on_what_the_chain_leaves(
    change: Callable[[pd.DataFrame], pd.DataFrame], name: str, message: str
) -> None:
    """Each works on the whole table, and is refused, by its name, on the changed one."""
    measure = metric(name)
    names = ("phase", "red")
    assert not rehearsed(curves(), *LONG, names=names, m=measure)
    refused = rehearsed(change(curves()), *LONG, names=names, m=measure)
    assert message in refused
    assert refused.startswith(f"metrics.m: {name}")
    # The run itself would have said the same, at its end.
    meta = with_roles(change(curves()).reset_index(drop=True))
    profiles = Profiles(meta, np.random.default_rng(0).random((len(meta), 2)), names)
    for one in LONG:
        profiles = one(profiles)
    with pytest.raises(InputError) as late:
        measure(profiles)
    assert f"metrics.m: {late.value}" == refused


def test_a_metric_before_the_last_steps_is_tried_where_it_stands() -> None:
    two = curves()[lambda m: ~m["control"] | m["well"].isin(["A01", "A02"])]
    assert not rehearsed(curves(), departure=metric("departure"))
    assert "departure needs 3 control curves or more" in rehearsed(two, m=metric("departure"))


def test_columns_that_features_fill_are_there_and_nothing_is_said_of_their_values() -> None:
    """No onset and no class is known: `onset_error` and a query on classes may find none."""
    measure = metric("onset_error")
    assert not rehearsed(curves(), *LONG, names=("phase", "red"), m=measure)
    assert "a column 'onset'" in rehearsed(curves(), *LONG[1:2], m=measure)
    called = step("where", query="effect_called == 'cytotoxic'")
    few = metric("dose_order", least_doses=4)
    assert not rehearsed(curves(), *LONG[1:], called, m=few)  # nothing is known after the query
    assert "at least 4 doses" in rehearsed(curves(), *LONG[1:], m=few)
    wrong = step("where", query="effect_caled == 'cytotoxic'")
    assert "profiling.3: " in rehearsed(curves(), *LONG[1:], wrong, m=few)
    # A column of the table's own is replaced by the step: its values are not known any more.
    own = curves().assign(effect_called=None)
    accuracy = metric("effect_accuracy", truth="effect_called", called="effect")
    assert "'effect_called', and there is none" in rehearsed(own, *LONG[1:2], m=accuracy)
    assert not rehearsed(own, *LONG[1:], m=accuracy)


def test_rows_that_a_query_leaves_out_are_left_out_here_too() -> None:
    meta = wells().assign(treatment=lambda m: m["treatment"].mask(m["moa"] == "m0"))
    combine = step("aggregate", by=("treatment",))
    assert "rows have no value for ['treatment']" in rehearsed(meta, combine)
    assert not rehearsed(meta, step("where", query="treatment == treatment"), combine)
    nsc = metric("nsc")
    assert not rehearsed(meta, m=nsc)
    only = step("where", query="control")
    assert "nsc" in rehearsed(meta, only, m=nsc)


def test_names_of_features_are_followed_as_far_as_they_are_known() -> None:
    rates = step("growth_rates", size="phase")
    assert not rehearsed(curves(), rates)
    assert "needs a feature or column 'phase'" in rehearsed(curves(), rates, names=("Phase",))
    assert not rehearsed(curves(), rates, names=("phase",))
    onset = step("onset")
    named = ("phase",)
    assert "expected trajectories" in rehearsed(curves(), onset, names=named)
    assert not rehearsed(curves(), step("trajectories"), onset, names=named)
    assert not rehearsed(curves(), step("standardize"), onset, names=named)  # may have renamed


def test_where_rows_may_be_left_out_columns_that_are_made_on_the_way_are_not_missed() -> None:
    steps = (step("trajectories"), step("onset"))
    recipe = Recipe.from_table({"profiles": {"table": "x.csv"}, "metrics": {"onset_error": {}}})
    recipe = replace(recipe, profiling=steps, stages={"onset_error": 2})
    rehearse_on(curves(), recipe, rows_are_certain=False)
    with pytest.raises(InputError, match="needs a column 'true_onset'"):
        rehearse_on(curves().drop(columns="true_onset"), recipe, rows_are_certain=False)
    doses = replace(recipe, metrics={"m": metric("dose_order", least_doses=9)}, stages={"m": 2})
    rehearse_on(curves(), doses, rows_are_certain=False)


def test_after_rows_were_left_out_for_their_features_only_a_column_is_missed() -> None:
    meta = wells().assign(dye=[f"d{i}" for i in range(96)])
    combine = step("aggregate", by=("treatment",))
    by_dye = metric("nsc", same="dye")
    assert "needs a column 'dye'" in rehearsed(meta, combine, m=by_dye)
    sparse = step("aggregate", by=("treatment",), incomplete="drop_blank")
    assert not rehearsed(meta, sparse, m=by_dye)  # one row of each may be left: it stays then
    whole = step("where", incomplete="drop")
    assert not rehearsed(meta, whole, combine, m=by_dye)
    assert "needs a column 'colour'" in rehearsed(meta, sparse, m=metric("nsc", same="colour"))


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        (lambda m: m.drop_duplicates("treatment"), "average_precision", "no row has both"),
        (lambda m: m.drop_duplicates("treatment"), "grit", "a replicate and two controls"),
        (lambda m: m[~m["control"] | ~m["plate"].duplicated()], "grit", "a replicate and two"),
        (lambda m: m[m["control"] | (m["compound"] == "c1")], "knn_accuracy", "allowed neighbour"),
        (lambda m: m[~m["control"]].iloc[[0, 40, 41]], "lisi", "at least 5 rows, got 3"),
    ],
)
def test_too_few_rows_are_found_without_features(
    change: Callable[[pd.DataFrame], pd.DataFrame], name: str, message: str
) -> None:
    """They were refused when the scores were made, after a training."""
    assert message in rehearsed(change(wells()), **{name: metric(name)})
    assert rehearsed(wells(), **{name: metric(name)}) == ""


def test_columns_that_are_measured_in_images_are_not_missed() -> None:
    meta = curves()
    recipe = Recipe.from_table({"profiles": {"table": "x.csv"}, "metrics": {"nsc": {}}})
    recipe = replace(recipe, profiling=(step("growth_rates", size="confluence"),), metrics={})
    rehearse_on(meta, recipe, ("phase",), maybe=("confluence",))
    with pytest.raises(InputError, match="needs a feature or column 'confluence'"):
        rehearse_on(meta, recipe, ("phase",))

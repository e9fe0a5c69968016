from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.select_features import ORDER, SelectFeatures


def table(**features: list[float]) -> Profiles:
    x = np.array(list(features.values())).T
    meta = pd.DataFrame({"plate": ["p"] * len(x), "control": np.arange(len(x)) % 2 == 0})
    return Profiles(meta=meta, features=x, names=tuple(features))


@pytest.fixture
def made_table() -> Profiles:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 100))
    return table(
        Nuclei_Granularity_14_DNA=list(rng.normal(size=100)),
        gappy=[np.nan] * 10 + list(rng.normal(size=90)),
        one_gap=[np.nan, *rng.normal(size=99)],
        huge=[1e4, *rng.normal(size=99)],
        nearly_one_value=[1.0] * 98 + [2.0, 3.0],
        tiny=list(1e-5 * rng.normal(size=100)),
        a=list(a),
        almost_a=list(a + 0.01 * b),
        minus_a=list(-a + 0.01 * rng.normal(size=100)),
        b=list(b),
    )


def test_each_operation_takes_its_own(made_table: Profiles) -> None:
    made = SelectFeatures(missing="drop")(made_table)
    facts = made.provenance[-1]["facts"]
    first = facts["dropped_first"]
    assert first["blocklist"] == ["Nuclei_Granularity_14_DNA"]
    assert first["drop_na_columns"] == ["gappy"]
    assert first["missing"] == ["one_gap"]
    assert first["drop_outliers"] == ["huge"]
    assert first["frequency_threshold"] == ["nearly_one_value"]
    assert first["variance_threshold"] == ["tiny"]
    assert first["correlation_threshold"] in (["a"], ["almost_a"])
    assert list(first) == ["blocklist", "drop_na_columns", "missing", *ORDER[2:]]
    assert (facts["features_in"], facts["features_out"]) == (10, 3)
    assert facts["dropped"]["blocklist"] == 1
    assert -1 <= facts["highest_correlation"] <= 0.9
    assert set(made.names) > {"minus_a", "b"}


@pytest.mark.parametrize("operation", ORDER)
def test_each_operation_can_be_left_out(made_table: Profiles, operation: Any) -> None:
    gone = SelectFeatures(missing="drop")(made_table).provenance[-1]["facts"]["dropped_first"]
    rest = tuple(o for o in ORDER if o != operation)
    made = SelectFeatures(missing="drop", operations=rest)(made_table)
    again = made.provenance[-1]["facts"]["dropped_first"]
    assert operation not in again
    if operation == "drop_na_columns":
        assert again["missing"] == ["gappy", "one_gap"]
    else:
        assert set(gone[operation]) & set(made.names)


def test_anticorrelated_features_may_count_as_alike(made_table: Profiles) -> None:
    made = SelectFeatures(missing="drop", anticorrelated="drop")(made_table)
    assert len({"a", "almost_a", "minus_a"} & set(made.names)) == 1
    assert made.provenance[-1]["facts"]["highest_correlation"] <= 0.9


def test_missing_values_are_refused_dropped_or_filled(made_table: Profiles) -> None:
    with pytest.raises(InputError, match=r"'one_gap' is nan in plate p \(row 2\) \(1 such value\)"):
        SelectFeatures()(made_table)
    made = SelectFeatures(missing="median")(made_table)
    assert made.provenance[-1]["facts"]["filled"] == 1
    given = made_table.features[1:, made_table.names.index("one_gap")]
    assert made.features[0, made.names.index("one_gap")] == np.float32(np.median(given))
    assert np.isfinite(made.features).all()
    # What goes by another operation may be missing anything.
    gone = SelectFeatures(blocklist=("one_gap",))(made_table)
    assert "one_gap" not in gone.names
    # A feature without any value has no median, whatever the cutoff.
    x = made_table.features.copy()
    x[:, 1] = np.nan
    empty = replace(made_table, features=x)
    assert "gappy" not in SelectFeatures(na_cutoff=1.0, missing="median")(empty).names


def test_controls_may_decide(made_table: Profiles) -> None:
    x = made_table.features.copy()
    x[1::2, made_table.names.index("b")] = 1e5  # no control
    given = replace(made_table, features=x)
    assert "b" not in SelectFeatures(missing="drop")(given).names
    assert "b" in SelectFeatures(missing="drop", on="controls")(given).names


@pytest.mark.parametrize("table_name", ["bbbc021", "lincs", "cpjump1"])
def test_the_same_features_as_pycytominer(
    real: dict[str, Profiles], peer: dict[str, Any], table_name: str
) -> None:
    profiles, dropped = real[table_name], peer[table_name]["dropped"]
    cases: dict[str, dict[str, Any]] = {
        "frequency_threshold": {},
        "frequency_threshold_strict": {"freq_cut": 0.6, "unique_cut": 0.9},
        "variance_threshold": {},
        "correlation_threshold": {},
        "correlation_threshold_spearman": {"corr_method": "spearman", "corr_threshold": 0.7},
        "drop_outliers": {},
        "drop_outliers_at_20": {"outlier_cutoff": 20.0},
        "drop_na_columns": {"missing": "median"},
        "blocklist": {},
        "all": {},
    }
    assert set(cases) == set(dropped)
    for case, settings in cases.items():
        operations = ORDER if case == "all" else tuple(o for o in ORDER if case.startswith(o))
        given = with_gaps(profiles) if case == "drop_na_columns" else profiles
        made = SelectFeatures(operations=operations, **settings)(given)
        kept = np.delete(np.arange(len(profiles.names)), dropped[case])
        if case == "correlation_threshold_spearman":  # which of two equal columns goes is chance
            columns = profiles.features.T
            wanted = sorted(columns[i].tobytes() for i in kept)
            assert sorted(column.tobytes() for column in made.features.T) == wanted
        else:
            assert made.names == tuple(profiles.names[i] for i in kept), case


def with_gaps(profiles: Profiles) -> Profiles:
    """Return the profiles as the golden script leaves gaps in them."""
    x = profiles.features.copy()
    for i, column in enumerate(range(0, x.shape[1], 7)):
        x[: i + 1, column] = np.nan
    return replace(profiles, features=x)


def test_a_file_of_names_and_patterns(made_table: Profiles, tmp_path: Path) -> None:
    path = tmp_path / "block.txt"
    path.write_text("almost_*\nhuge\n", encoding="utf-8")
    made = SelectFeatures(operations=("blocklist",), blocklist=str(path), missing="drop")(
        made_table
    )
    entry = made.provenance[-1]
    assert entry["facts"]["dropped_first"]["blocklist"] == ["huge", "almost_a"]
    assert entry["facts"]["blocklist_names"] == 2
    assert entry["facts"]["blocklist_sha256"] in entry["parameters"]["blocklist"]
    assert "almost_*" not in str(made.provenance)


def test_a_fitted_one_holds_the_names_that_the_table_has(
    made_table: Profiles, tmp_path: Path
) -> None:
    path = tmp_path / "block.txt"
    path.write_text("almost_*\nhuge\nsecret\n", encoding="utf-8")
    step = SelectFeatures(operations=("blocklist",), blocklist=str(path), missing="drop")
    fitted = step.fit(made_table)
    path.unlink()
    assert fitted.step.blocklist == ("huge", "almost_a")  # type: ignore[attr-defined]
    assert fitted(made_table).names == step(made_table).names


def test_nothing_left_says_where_it_went() -> None:
    with pytest.raises(InputError, match=r"no feature \(dropped by drop_outliers 4\)"):
        SelectFeatures(operations=("drop_outliers",), outlier_cutoff=0.001)(
            table(**{name: [5.0, 1.0] for name in "abcd"})
        )
    with pytest.raises(InputError, match=r"corr_threshold: must be from 0 to 1"):
        SelectFeatures(corr_threshold=1.5)

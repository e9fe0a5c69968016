from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.audit.codes import find_codes
from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.standardize import Standardize

pytestmark = pytest.mark.usefixtures("unchecked")  # checked elsewhere; it halves the time

Append = Callable[[Profiles, np.ndarray], Profiles]
Made = Callable[[int], Profiles]


def leaks(profiles: Profiles) -> list[Finding]:
    return [f for f in find_codes(Levels.of(profiles).rows)[1] if f.severity == "leak"]


def per_plate(values: np.ndarray, meta: pd.DataFrame, fit: np.ndarray) -> np.ndarray:
    """Standardize on each plate; the sd is guarded, so that a constant one does not divide by 0."""
    z = values.astype(np.float64)
    for plate in meta["plate"].unique():
        rows = (meta["plate"] == plate).to_numpy()
        z[rows] = (z[rows] - z[rows & fit].mean()) / (z[rows & fit].std(ddof=1) + 1e-3)
    return z


def compound_codes(meta: pd.DataFrame) -> np.ndarray:
    """Integers ordered by mechanism, as WS-DINO numbers compounds."""
    order = meta[["moa", "compound"]].drop_duplicates().sort_values(["moa", "compound"])
    codes = order.reset_index(drop=True).reset_index()
    return meta.merge(codes, on=["moa", "compound"], how="left")["index"].to_numpy(dtype=float)


def plants(meta: pd.DataFrame) -> dict[str, tuple[str, np.ndarray]]:
    """Return kind of plant -> the column it tells, and its values."""
    rng, code = np.random.default_rng(1), compound_codes(meta)
    plate, control = pd.factorize(meta["plate"])[0], meta["control"].to_numpy()
    shuffled = rng.permutation(30)[code.astype(int)]
    noise = rng.normal(size=len(meta))
    everywhere = np.ones(len(meta), dtype=bool)
    compound = {
        "integer": code,
        "fractional": 0.137 * code + 0.05,
        "monotone": np.exp(code / 7),
        "one-to-one, shuffled": shuffled,
        "standardized": (code - code.mean()) / code.std(),
        "noisy": code + 0.2 * noise,
        "standardized on each plate": per_plate(code, meta, everywhere),
        "noisy, standardized on each plate's controls": per_plate(
            code + 0.05 * noise, meta, control
        ),
        "shuffled, of another scale on each plate": shuffled * rng.uniform(0.2, 3, 6)[plate],
    }
    others = {
        "moa": pd.factorize(meta["moa"])[0],
        "plate": plate + 1e-3 * noise,
        "batch": pd.factorize(meta["batch"])[0],
        "row": meta["well"].str[0].map(ord).to_numpy(),
        "well": pd.factorize(meta["well"], sort=True)[0] / 60,
        "control": control,
    }
    one_of = {"one moa of all": ("moa", (meta["moa"] == "m1").to_numpy())}
    return {
        **{kind: ("compound", values) for kind, values in compound.items()},
        **{column: (column, values) for column, values in others.items()},
        **one_of,
    }


KINDS = (
    "integer", "fractional", "monotone", "one-to-one, shuffled", "standardized", "noisy",
    "standardized on each plate", "noisy, standardized on each plate's controls",
    "shuffled, of another scale on each plate", "moa", "one moa of all", "plate", "batch", "row",
    "well", "control",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_code_is_named(kind: str, clean: Made, append: Append) -> None:
    table = clean(1)
    column, values = plants(table.meta)[kind]
    (leak,) = leaks(append(table, values.astype(np.float64)))
    assert leak.key == "code_in_features"
    assert leak.columns[0] == column
    assert leak.features == ("f99",)
    assert f"'{column}'" in leak.title
    assert "f99" in leak.fix


def test_a_running_number_is_found_though_no_column_has_it(clean: Made, append: Append) -> None:
    table = clean(2)
    (leak,) = leaks(append(table, 0.37 * np.random.default_rng(0).permutation(len(table))))
    assert leak.columns == ()
    assert leak.title.startswith("a running number")


def test_a_clean_table_has_no_code_and_every_column_was_looked_at(clean: Made) -> None:
    for seed in range(8):
        codes, (finding,) = find_codes(clean(seed))
        assert finding.severity == "fine"
        assert {row.column for row in codes.nearest} == {
            "compound", "treatment", "moa", "plate", "batch", "well", "row", "column", "control",
        }  # fmt: skip
        assert min(row.ratio / row.limit for row in codes.nearest) > 4


def test_copied_rows_are_said_to_be_that(clean: Made) -> None:
    """One profile a treatment, written to all its wells: every feature would be a code."""
    table = clean(3)
    place = pd.factorize(table.meta["treatment"])[0]
    (leak,) = leaks(replace(table, features=table.features[place]))
    assert (leak.key, leak.columns) == ("copies", ("compound",))


@pytest.mark.parametrize("level", ["wells", "standardized wells", "treatments"])
def test_the_compound_code_of_ws_dino_is_named_among_real_features(
    level: str, bbbc021: Profiles, append: Append
) -> None:
    """Each is free of alarms without the code, in 516 (513) features, and names it with it."""
    profiles = bbbc021 if level == "wells" else Standardize()(bbbc021)
    if level == "treatments":
        profiles = Aggregate(by=("treatment",))(profiles)
    assert leaks(profiles) == []
    (leak,) = leaks(append(profiles, compound_codes(profiles.meta)))
    assert (leak.columns, leak.features) == (("compound",), ("f99",))


@pytest.mark.parametrize("fit", ["controls", "all"])
def test_the_code_is_named_after_it_was_standardized_with_the_real_features(
    fit: str, bbbc021: Profiles, append: Append
) -> None:
    code = compound_codes(bbbc021.meta)
    rows = bbbc021.meta["control"].to_numpy() if fit == "controls" else np.ones(632, dtype=bool)
    if fit == "controls":  # a constant code among controls is dropped by a scaling worth its name
        assert "f99" not in Standardize()(append(bbbc021, code)).names
    profiles = append(Standardize()(bbbc021), per_plate(code, bbbc021.meta, rows))
    (leak,) = leaks(profiles)
    assert leak.columns[0] == "compound"
    assert leak.features == ("f99",)


def test_no_real_feature_is_taken_for_a_code(cpjump1: Profiles, lincs: Profiles) -> None:
    for profiles, features in ((cpjump1, 904), (lincs, 454)):
        codes, (finding,) = find_codes(Levels.of(profiles).rows)
        assert codes.features == features
        assert finding.severity == "fine"
        # A measured feature varies within compounds by at least six times what a code may.
        assert min(row.ratio / row.limit for row in codes.nearest) > 6

"""Odd tables are read alike in every format and order, or refused: never a traceback."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.outcome import outcome

from phenolens.chains.stream import aggregate_file
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import build
from phenolens.profiling.aggregate import Aggregate

TABLES = int(os.environ.get("PHENOLENS_ODD_TABLES", "15"))  # 300 take a minute
STEPS = ("standardize", "aggregate", "select_features", "sphere", "subtract_controls", "robustize")
METRICS = ("nsc", "nscb", "replicate_retrieval", "activity", "silhouette", "dose_response")
PLATES: tuple[list[Any], ...] = (
    *(["P1", "P2"], ["0042", "42"], ["7E2", "41E1"], [1, 2], [1.0, 2.0], ["P1 ", "P2"]),
    *([True, False], ["ä", "ß"], [None, "p"], [41744.0, np.nan], ["a|b", "b"], [1.5, 2.0]),
)
COMPOUNDS: tuple[list[Any], ...] = (
    *(["DMSO", "c1", "c2", "c3"], ["DMSO ", "c1", "c2 ", "c3"], [None, "2245", "2246", "DMSO"]),
    *([1, 2, 3, 4], [1.5, 2.0, np.nan, 3], ["dmso", "a|b", "b", "x"], ["NA", "c", "\u00a0", "d"]),
)
CONTROLS: tuple[list[Any], ...] = (
    *(["yes", "no"], [True, False], [1, 0], [1.0, np.nan], ["True", None], ["maybe", "no"]),
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Return a table as people have them: any type, blanks, gaps, few rows, names of any kind."""
    n = draw(st.sampled_from([0, 1, 2, 5, 12, 24]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    pick: Callable[..., Any] = lambda *of: draw(st.sampled_from(of))  # noqa: E731

    def cycled(values: list[Any]) -> list[Any]:
        return (values * n)[:n]

    made: dict[Any, Any] = {}
    made[pick("Metadata_Plate", "Plate", "plate", " Metadata_Plate\u00a0")] = cycled(pick(*PLATES))
    letter, width = pick("A", "a"), pick(1, 2)
    made[pick("Metadata_Well", "well", "Well")] = [
        f"{letter}{i % 12 + 1:0{width}d}" for i in range(n)
    ]
    made[pick("Metadata_Compound", "broad_sample", "compound")] = cycled(pick(*COMPOUNDS))
    if pick(True, False):
        made["Metadata_Concentration"] = cycled(pick([0.1, 1, 10, None], ["1", "0.3"], ["1 uM"]))
    if pick(True, False):
        made["Metadata_moa"] = cycled(["m1", "m2", "m1|m2", None, "m1 "])
    if pick(True, False):
        made["Metadata_Batch"] = cycled(pick([1, 2], ["b", None], [True, False]))
    if pick(True, False):
        made["Metadata_Control"] = cycled(pick(*CONTROLS))
    if pick(True, False):
        made["Metadata_x"] = cycled([0.5, 1, 2, None])
    kind = pick("Cells_AreaShape_f", "f", "Nuclei_Texture_", "emb µ/")
    for j in range(pick(1, 2, 4)):
        x = rng.normal(size=n)
        how = pick(*["plain"] * 6, "text", "percent", "comma", "empty", "constant", "whole", "gap")
        changed: dict[str, Any] = {
            "text": [f"{v:.3f}" for v in x],
            "percent": [f"{v:.2f}%" for v in x],
            "comma": [f"{v:.2f}".replace(".", ",") for v in x],
            "empty": [None] * n,
            "constant": np.ones(n),
            "whole": np.round(x),
            "gap": np.where(np.arange(n) == 1, np.nan, x),
        }
        made[f"{kind}{j}"] = changed.get(how, x)
    frame = pd.DataFrame(made)
    frame.index = pd.Index(rng.permutation(n) + 5)
    return frame.convert_dtypes() if pick(True, False, False) else frame


def same(one: Profiles | str, other: Profiles | str) -> None:
    """Hold that two readings agree: both refused, or equal in every value."""
    if isinstance(one, str) or isinstance(other, str):
        assert isinstance(one, str), other
        assert isinstance(other, str), one
        return
    assert one.names == other.names
    np.testing.assert_array_equal(one.features, other.features)
    assert set(one.meta) == set(other.meta)
    for name in one.meta:
        values = [[None if pd.isna(v) else v for v in p.meta[name]] for p in (one, other)]
        assert values[0] == values[1], name


@given(table=tables(), seed=st.integers(0, 99))
@settings(
    max_examples=TABLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_table_is_one_whatever_its_format_and_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, table: pd.DataFrame, seed: int
) -> None:
    caplog.set_level(logging.CRITICAL, "phenolens")
    rng = np.random.default_rng(seed)
    for ending, sign in (("csv", ","), ("tsv", "\t")):
        table.to_csv(tmp_path / f"t.{ending}", index=False, sep=sign)
    table.to_parquet(tmp_path / "t.parquet")
    order = rng.permutation(len(table))
    table.iloc[order].to_csv(tmp_path / "mixed.csv", index=False)
    read = {p: _read(p) for p in sorted(tmp_path.glob("*.*"))}
    made = read[tmp_path / "t.csv"]
    same(made, read[tmp_path / "t.tsv"])
    same(made, read[tmp_path / "t.parquet"])
    by_well = Aggregate(by=("well",), how="mean")
    same(
        outcome(lambda: aggregate_file(tmp_path / "t.parquet", by_well)),
        outcome(lambda: by_well(Profiles.load(tmp_path / "t.parquet"))),
    )
    mixed = read[tmp_path / "mixed.csv"]
    if isinstance(made, str):
        assert isinstance(mixed, str), made
        return
    same(made.take(order), mixed)
    same(made, Profiles.load(made.save(tmp_path / "own.csv")))
    same(made, Profiles.load(made.save(tmp_path / "own.parquet")))
    pd.DataFrame(
        {"compound": ["c1", "2245", "1", None, "dmso"], "pert_type": ["trt"] * 4 + ["negcon"]}
    ).to_csv(tmp_path / "more.csv", index=False)
    joined = [_read(tmp_path / name, join=("more.csv",)) for name in ("t.csv", "mixed.csv")]
    same(joined[0] if isinstance(joined[0], str) else joined[0].take(order), joined[1])
    for room, key, names in (("profiling", "step", STEPS), ("metrics", "metric", METRICS)):
        _used(made, room, {key: str(rng.choice(names))})


def _read(path: Path, **more: Any) -> Profiles | str:
    table = ProfileTable(table=path.name, allow_unmatched=True, **more)
    return outcome(lambda: table.load(path.parent) if more else Profiles.load(path))


def _used(made: Profiles, room: str, entry: dict[str, str]) -> None:
    outcome(lambda: build(room, entry, "it")(made) and made)

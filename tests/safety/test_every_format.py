"""One table in four formats, in 78 kinds of column: the same text, features and roles."""

from __future__ import annotations

import logging
import warnings
from datetime import date, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.core.outcome import outcome

from phenolens.chains.stream import aggregate_file
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate

N = 12
DAY = pd.Timestamp(2020, 1, 1)


def cycled(*values: Any) -> list[Any]:
    return [values[i % len(values)] for i in range(N)]


def times(*values: str) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(cycled(*values)), format="ISO8601"))


METADATA: dict[str, tuple[str, Any]] = {
    "zeros in front": ("Metadata_Plate", cycled("0042", "42", "042")),
    "like a power": ("Metadata_Plate", cycled("41E1", "410", "7E2")),
    "date": ("Metadata_Plate", cycled(date(2020, 1, 1), date(2020, 1, 2))),
    "midnights": ("Metadata_Plate", times("2020-01-01", "2020-01-02")),
    "seconds": ("Metadata_Compound", times("2020-01-01 05:06:07", "2020-01-02")),
    "parts of a second": ("Metadata_Compound", times("2020-01-01 05:06:07.25", "2020-01-02")),
    "zone": ("Metadata_Plate", times("2020-01-01", "2020-07-01").dt.tz_localize("Europe/Berlin")),
    "times with a gap": ("Metadata_when", pd.Series([pd.NaT, *[DAY] * (N - 1)])),
    "durations": ("Metadata_Plate", pd.Series(pd.to_timedelta(cycled(1, 61), "s"))),
    "whole days": ("Metadata_age", pd.Series(pd.to_timedelta(cycled(1, 2), "D"))),
    "time of day": ("Metadata_Plate", cycled(time(1, 2, 3), time(4, 5))),
    "time point": ("Metadata_Time", times("2020-01-01", "2020-01-02")),
    "hours": ("Metadata_Time", cycled(0, 24, 48.5)),
    "flags": ("Metadata_Compound", cycled(True, False)),
    "flags with a gap": ("Metadata_Compound", cycled(True, None, False)),
    "nullable flags": ("Metadata_n", pd.Series(cycled(True, None), dtype="boolean")),
    "whole": ("Metadata_Plate", cycled(41744, 7)),
    "whole with a gap": ("Metadata_Plate", cycled(41744.0, np.nan)),
    "beyond 2**53": ("Metadata_Compound", pd.Series(cycled(2**53 + 1, None), dtype="Int64")),
    "beyond int64": ("Metadata_Compound", pd.Series(cycled(2**64 - 1, 5), dtype="uint64")),
    "float": ("Metadata_Plate", cycled(0.1 + 0.2, 2.0)),
    "large float": ("Metadata_Plate", cycled(1e16, 2.0)),
    "float32": ("Metadata_Plate", np.array(cycled(0.1, 2.5), np.float32)),
    "float32 without a role": ("Metadata_n", np.array(cycled(0.1, 2.5), np.float32)),
    "float32 whole": ("Metadata_Plate", np.array(cycled(1, 41744), np.float32)),
    "float16": ("Metadata_n", np.array(cycled(0.1, 2.5), np.float16)),
    "float32 dose": ("Metadata_Concentration", np.array(cycled(0.1, 0.3), np.float32)),
    "nullable float32": ("Metadata_n", pd.Series(cycled(0.1, None), dtype="Float32")),
    "a dose beyond int64": (
        "Metadata_Concentration",
        pd.Series(cycled(2**64 - 1, None), dtype="UInt64"),
    ),
    "minus zero": ("Metadata_Plate", cycled(-0.0, 0.0, 3.0)),
    "minus zero, mixed": ("Metadata_n", cycled(-0.0, 0.5)),
    "zeros": ("Metadata_n", cycled(0.0, 1e22)),
    "infinite": ("Metadata_Plate", cycled(np.inf, 1.0)),
    "decimals of a database": ("Metadata_Plate", cycled(Decimal("1.5"), Decimal("2.25"))),
    "whole decimals": ("Metadata_Plate", cycled(Decimal(100), Decimal(2000))),
    "decimal doses": ("Metadata_Concentration", cycled(Decimal("1.10"), Decimal("2.00"))),
    "category": ("Metadata_Plate", pd.Categorical(cycled("b", "a"))),
    "category of numbers": ("Metadata_Plate", pd.Categorical(cycled(1, 2))),
    "category of floats": ("Metadata_Plate", pd.Categorical(cycled(1.0, 2.0))),
    "words for missing": ("Metadata_Compound", cycled("nan", "NULL", "c")),
    "words for infinite": ("Metadata_Compound", cycled("inf", "Infinity", "1e5")),
    "empty text": ("Metadata_Compound", cycled("", "c")),
    "blanks around": ("Metadata_Compound", cycled(" DMSO", "c\u00a0")),
    "end of line": ("Metadata_Compound", cycled("a\nb", "c")),
    "quotes": ("Metadata_Compound", cycled('a"b', "'a'", '"a"')),
    "separators": ("Metadata_Compound", cycled("a\tb", "a,b", "a;b")),
    "accents": ("Metadata_Compound", cycled("é", "e\u0301")),
    "versions": ("Metadata_Compound", cycled("1.0", "2.5")),
    "versions and words": ("Metadata_Compound", cycled("1.0", "c")),
    "sets": ("Metadata_moa", cycled("a|b", "b", None)),
    "no value": ("Metadata_n", pd.Series([None] * N, dtype=object)),
    "object numbers": ("Metadata_ObjectNumber", list(range(N))),
    "controls": ("Metadata_Control", cycled("yes", "no", None)),
    "controls as numbers": ("Metadata_Control", cycled(1, 0)),
    "a word without prefix": ("Remark", cycled("a", "b")),
    "wells": ("Metadata_Well", [f"a{i + 1}" for i in range(N)]),
    "numbered wells": ("Metadata_Well", list(range(1, N + 1))),
}
FEATURES: dict[str, tuple[str, Any]] = {
    "digits": ("Cells_x", [0.1 * i / 3 for i in range(N)]),
    "whole feature": ("Cells_x", list(range(N))),
    "whole feature with a gap": ("Cells_x", pd.Series(cycled(5, None), dtype="Int64")),
    "numbers as text": ("f_x", [f"{i}.5" for i in range(N)]),
    "zeros in front of a decimal": ("f_x", [f"{i:03d}.5" for i in range(N)]),
    "decimals": ("Cells_x", cycled(Decimal("1.50"), Decimal("2.25"))),
    "per cent": ("f_x", cycled("1.5%", "2.5 %")),
    "all missing": ("Cells_x", pd.Series([None] * N, dtype=object)),
    "a flag": ("Cells_x", cycled(True, False)),
    "coordinates of a well": ("Nuclei_Location_Center_X", [i + 0.5 for i in range(N)]),
    "without a name": ("", [i + 0.5 for i in range(N)]),
    "without a name or a value": ("", pd.Series([None] * N, dtype=object)),
}
IN_TSV = ("zeros in front", "separators", "quotes", "end of line", "numbers as text")
IN_ANNDATA = (
    *("zeros in front", "flags", "whole", "whole with a gap", "beyond 2**53", "float", "float32"),
    *("float32 dose", "minus zero", "category of floats", "blanks around", "controls as numbers"),
)
STREAMED = (
    *("date", "parts of a second", "zone", "times with a gap", "durations", "flags with a gap"),
    *("beyond 2**53", "beyond int64", "float32", "minus zero", "whole decimals", "decimal doses"),
    *("category of floats", "blanks around", "no value", "controls", "without a name"),
    *("whole feature with a gap", "zeros in front of a decimal", "all missing", "decimals"),
)
REFUSED: dict[str, tuple[str, Any]] = {
    "a time among measurements": ("Cells_x", times("2020-01-01", "2020-01-02")),
    "a duration among measurements": ("Cells_x", pd.Series(pd.to_timedelta(cycled(1, 2), "s"))),
    "a word among measurements": ("Cells_x", cycled("big", "small")),
    "an unknown whole number": ("f_x", list(range(N))),
    "an infinite dose": ("Metadata_Concentration", cycled(np.inf, 1.0)),
    "a logarithm": ("Metadata_Concentration", cycled(-6.0, -7.5)),
    "digits of another script": ("Metadata_Well", cycled("A\u0662", "A01")),
    "a well of no plate": ("Metadata_Well", cycled("Z99", "A01")),
    "neither true nor false": ("Metadata_Control", cycled("maybe", "no")),
}


def table(column: tuple[str, Any]) -> pd.DataFrame:
    """Return 12 wells with one more column, or another one in its place."""
    made = pd.DataFrame(
        {
            "Metadata_Plate": cycled("P1", "P2"),
            "Metadata_Well": [f"A{i + 1:02d}" for i in range(N)],
            "Metadata_Compound": cycled("DMSO", "c1", "c2"),
            "Cells_f": np.float32(np.arange(N) / 7),
        }
    )
    made[column[0]] = column[1]
    return made


def written(frame: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the table as text, and with types."""
    frame.to_csv(folder / "t.csv", index=False)
    frame.to_parquet(folder / "t.parquet", index=False)
    return [folder / "t.csv", folder / "t.parquet"]


def with_anndata(frame: pd.DataFrame, path: Path) -> Path:
    """Write features into X and metadata into obs."""
    anndata = pytest.importorskip("anndata")
    marked = [name for name in frame if name.startswith("Metadata_") or name == "Remark"]
    obs = frame[marked].set_axis([str(i) for i in range(N)])
    x = frame.drop(columns=marked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        anndata.AnnData(
            X=x.to_numpy(np.float32), obs=obs, var=pd.DataFrame(index=list(x))
        ).write_h5ad(path)
    return path


def same(one: Profiles | str, other: Profiles | str) -> None:
    assert isinstance(one, Profiles), one
    assert isinstance(other, Profiles), other
    assert one.names == other.names
    np.testing.assert_array_equal(one.features, other.features)
    assert set(one.meta) == set(other.meta)
    for name in one.meta:
        values = [[None if pd.isna(v) else v for v in p.meta[name]] for p in (one, other)]
        assert values[0] == values[1], name
        assert one.meta[name].dtype == other.meta[name].dtype, name


@pytest.mark.parametrize("kind", [*METADATA, *FEATURES])
def test_a_column_means_the_same_in_every_format(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.CRITICAL, "phenolens")
    frame = table((METADATA | FEATURES)[kind])
    paths = written(frame, tmp_path)
    made = [outcome(partial(Profiles.load, path)) for path in paths]
    same(made[0], made[1])
    if kind in IN_TSV:
        frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
        same(made[0], outcome(lambda: Profiles.load(tmp_path / "t.tsv")))
    if kind in IN_ANNDATA:
        same(made[0], outcome(lambda: Profiles.load(with_anndata(frame, tmp_path / "t.h5ad"))))


@pytest.mark.parametrize("kind", STREAMED)
def test_a_streamed_column_is_the_column_in_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.parquet"
    table((METADATA | FEATURES)[kind]).to_parquet(path, index=False)
    by = Aggregate(by=("well",), how="mean")
    streamed = outcome(lambda: aggregate_file(path, by))
    held = outcome(lambda: by(Profiles.load(path)))
    if isinstance(held, str):  # a feature without a value
        assert streamed == f"{path}: {held}"
    else:
        same(streamed, held)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_is_refused_in_every_format(tmp_path: Path, kind: str) -> None:
    paths = written(table(REFUSED[kind]), tmp_path)
    made = [outcome(partial(Profiles.load, path)) for path in paths]
    made.append(outcome(lambda: aggregate_file(paths[1], Aggregate(by=("well",), how="mean"))))
    assert all(isinstance(one, str) for one in made), made
    texts = {str(one).split(": ", 1)[1] for one in made}
    assert len(texts) == 1, texts

"""Which rows a condition keeps, compared with pandas, and what is said where it cannot be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.query import MOST_CHARACTERS, MOST_DEPTH, matching

META = pd.DataFrame(
    {
        "plate": ["p1", "p1", "p2", "p2"],
        "moa": ["Eg5", None, "actin", np.nan],
        "control": [False, True, False, True],
        "concentration": [0.1, np.nan, 3.0, 10.0],
        "count": [10, 20, 30, 40],
        "Cell line": ["A549", "U2OS", "A549", None],
        "kind": pd.Categorical(["x", "y", "x", None]),
        "day": pd.to_datetime(["2024-01-01", "2024-01-02", None, "2024-02-01"]),
    }
)


@pytest.mark.parametrize(
    "query",
    [
        "not control",
        "control",
        "moa == moa",
        "moa != moa",
        "moa == moa and not control",
        "not moa == 'Eg5'",
        "plate == 'p2'",
        "'p2' == plate",
        "plate in ['p1'] and concentration < 1",
        "plate in ('p1', 'p3')",
        "plate == ['p2']",
        "plate != ['p2']",
        "moa not in ['Eg5']",
        "moa in moa",
        "count in [10, 30.0]",
        "concentration > 1 or control",
        "concentration > 1 | control",
        "plate == 'p1' & ~control",
        "(plate == 'p1') & ~(count > 10)",
        "~control == True",
        "control == 1",
        "control != False",
        "0.1 < concentration <= 10",
        "10 <= count != 30 < 41",
        "moa < 'b'",
        "moa >= 'actin'",
        "concentration != 3",
        "count * 2 - 10 == 50",
        "count / 3 > concentration",
        "count // 20 == 1",
        "count % 20 == 0",
        "-count < -10",
        "concentration + count > -(-30)",
        "moa.isna()",
        "concentration.notna()",
        "not moa.isna() and plate.isin(['p1'])",
        "moa.str.startswith('E', na=False)",
        "moa.str.contains('t', regex=False, na=False)",
        "`Cell line` == 'A549'",
        "`plate` == 'p1' or `Cell line`.isna()",
        "kind == 'x'",
        "kind != 'x'",
        "day > '2024-01-01'",
    ],
)
def test_the_same_rows_as_pandas(query: str) -> None:
    wanted = META.eval(query, engine="python").fillna(False).to_numpy(dtype=bool)
    assert wanted.any()
    rows = matching(META, query)
    assert rows.dtype == bool
    assert rows.tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("moa.str.startswith('E')", [0]),
        ("moa.str.endswith('n')", [2]),
        ("not moa.str.contains('n')", [0, 1, 3]),
        ("plate.str.contains('.')", []),
        ("`Cell line`.str.endswith('&') or plate == 'p2'", [2, 3]),
        ("plate == 'p1' \n  and\tcount == 10\n", [0]),
        ("plate == 'it\\'s & that | `this` # \"@\"' or count == 10", [0]),
        ("moa in ['actin', 'Eg5'] and True", [0, 2]),
    ],
)
def test_what_differs_from_pandas_or_is_ours(query: str, kept: list[int]) -> None:
    if not kept:
        with pytest.raises(InputError, match="keeps none of 4 rows"):
            matching(META, query)
    else:
        assert np.flatnonzero(matching(META, query)).tolist() == kept


def test_nullable_columns_keep_what_is_known() -> None:
    meta = pd.DataFrame({"flag": pd.array([True, None, False], dtype="boolean")})
    assert matching(meta, "flag").tolist() == [True, False, False]
    assert matching(meta, "not flag").tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("plat == 'p1'", "no column 'plat'; did you mean 'plate'? the table has: Cell line, "),
        ("`Cell lin` == 'x'", "did you mean 'Cell line'?"),
        ("moa ==", "cannot apply query 'moa =='"),
        ("", "cannot apply query ''"),
        ("plate", "is not a condition; compare a column"),
        ("concentration", "is not a condition"),
        ("1 == 1", "is not a condition"),
        ("new = 3", "compare with =="),
        ("plate == 'p9'", "keeps none of 4 rows"),
        ("plate > 3", "column 'plate' holds text, and 3 is not text; put the number into quotes"),
        ("plate in ['p1', 3]", "put the number into quotes: plate in '3'"),
        ("count == 'many'", "column 'count' holds numbers, and 'many' is text"),
        ("control == 'no'", "column 'control' holds true and false, and 'no' is text"),
        ("plate == count", "would compare text with numbers"),
        ("count and control", "`and` needs a condition, and column 'count' is not true or false"),
        ("not plate", "`not` needs a condition"),
        ("moa == None", "None is not a value; write column.isna()"),
        ("plate + 'x' == 'p1x'", "column 'plate' is not a number"),
        ("'a' * 10 == plate", "'a' is not a number"),
        ("'p1' in plate", "`in` needs a column before it"),
        ("plate in 'p1'", "`in` needs a list after it"),
        ("plate in [moa]", "a list holds constants only"),
        ("count == 9223372036854775808", "a number is too large"),
        ("count / (1 - 1) == 1 / 0", "division by zero"),
        ("count.str.contains('1')", "'count' is a column of numbers, not of text"),
        ("plate.str.contains(count)", ".str.contains needs one text; as .str.contains('BRD')"),
        ("plate.str.contains('p', case=False)", "takes the text alone"),
        ("plate == 'p1' # one", "'#' is not part of a condition"),
        ("plate == '''p1'''", "is not part of a condition"),
    ],
)
def test_what_cannot_be_kept(query: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        matching(META, query)
    assert said in str(error.value)
    assert "new" not in META


@pytest.mark.parametrize(
    "query",
    [
        "not " * 3000 + "control",
        "(" * 3000 + "control" + ")" * 3000,
        "-" * (MOST_DEPTH + 2) + "count == 1",
        " + ".join(["count"] * 2000) + " > 1",
        "control" + " " * MOST_CHARACTERS,
        "count == " + "9" * 5000,
        "[" * 900,
    ],
)
def test_what_is_too_large_is_refused(query: str) -> None:
    with pytest.raises(InputError) as error:
        matching(META, query)
    assert len(str(error.value)) < 1000


def test_a_table_with_a_column_twice() -> None:
    meta = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(InputError, match="several columns 'a'"):
        matching(meta, "a == 1")

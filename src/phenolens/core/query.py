"""Which rows of a metadata table a condition keeps. The condition is data: nothing in it can run.

A condition is written as pandas writes it, in a small grammar of our own:

    moa == 'Eg5'   concentration < 1   0.1 < concentration <= 10   ==  !=  <  <=  >  >=
    plate in ['p1', 'p2']   batch not in ['Week4']   plate.isin(['p1', 'p2'])
    not control   control and moa == moa   a or b   (a | b) & ~c
    concentration * 1000 > 5      +  -  *  /  //  %  with numbers
    compound.str.startswith('BRD')   .str.endswith('x')   .str.contains('x')   (no regex)
    moa.isna()   moa.notna()
    `Cell line` == 'A549'         a column whose name has spaces

A missing value meets no comparison but `!=`, and no text test: `moa == moa` keeps the rows that
have one. A column of text is compared with text, a column of numbers with numbers.
"""

from __future__ import annotations

import ast
import re
import warnings

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.query_tree import Evaluation

MOST_CHARACTERS, MOST_DEPTH = 20_000, 60
# A whole string, a name in backticks, or a sign that is replaced or refused.
_TOKEN = re.compile(
    r"""(?P<sign>'''|[&|\s@#])|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|`(?P<name>[^`\n]*)`""",
    re.DOTALL,
)
_SIGNS = {"&": " and ", "|": " or "}


def matching(meta: pd.DataFrame, query: str) -> Bool[np.ndarray, " n"]:
    """Return which rows a condition keeps, as `moa == moa and not control`; at least one.

    Raises:
        InputError: As `fulfilled`, or it keeps nothing.
    """
    rows = fulfilled(meta, query)
    if not rows.any():
        raise InputError(f"query {_short(query)} keeps none of {count_of(len(meta), 'row')}")
    return rows


def fulfilled(meta: pd.DataFrame, query: str) -> Bool[np.ndarray, " n"]:
    """Return which rows fulfil a condition; it may be none.

    Raises:
        InputError: It names an unknown column, cannot be read, is not a condition, or compares
            numbers with text.
    """
    try:
        tree, names = _tree(query)
        kept = Evaluation(meta, names).of(tree)
    except InputError as error:
        raise InputError(
            f"cannot apply query {_short(query)}: {error.what}", fix=error.fix
        ) from error
    except (TypeError, ValueError, ArithmeticError) as error:  # what the values do not allow
        raise InputError(f"cannot apply query {_short(query)}: {error}") from error
    if not isinstance(kept, pd.Series) or not pd.api.types.is_bool_dtype(kept):
        raise InputError(
            f"query {_short(query)} is not a condition",
            fix="compare a column, as in `moa == 'Eg5'`",
        )
    return np.asarray(kept.to_numpy(dtype=bool, na_value=False))


def columns_in(query: str) -> list[str]:
    """Return the columns that a condition names, in their order.

    Raises:
        InputError: It cannot be read.

    Example:
        >>> columns_in("`Cell line` == 'A549' and not control")
        ['Cell line', 'control']
    """
    tree, names = _tree(query)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(names.get(node.id, node.id) for node in found))


def _tree(query: str) -> tuple[ast.expr, dict[str, str]]:
    """Return the condition as Python's own parser reads it, and the names in backticks."""
    if len(query) > MOST_CHARACTERS:
        raise InputError(f"it has more than {MOST_CHARACTERS} characters")
    text, names = _plain(query)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in strings
            tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        what = getattr(error, "msg", "") or "it is too deep"
        fix = "write it as `moa == 'Eg5' and not control`"
        assigned = re.search(r"[^=!<>]=(?!=)", text)
        raise InputError(what, fix="compare with ==" if assigned else fix) from error
    level: list[ast.AST] = [tree]
    for _ in range(MOST_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree, names
    raise InputError(f"it is nested more than {MOST_DEPTH} deep", fix="use `in [...]` for a list")


def _plain(query: str) -> tuple[str, dict[str, str]]:
    """Return the text with a name for each backticked one, and `&` and `|` as `and` and `or`."""
    names: dict[str, str] = {}
    stem = "column_"
    while stem in query:
        stem += "_"

    def replaced(found: re.Match[str]) -> str:
        sign = found["sign"]
        if found["string"]:
            return found[0]
        if sign is None:
            names[f"{stem}{len(names)}"] = found["name"]
            return f" {stem}{len(names) - 1} "
        if sign.isspace():
            return " "
        if sign not in _SIGNS:
            raise InputError(f"'{sign}' is not part of a condition")
        return _SIGNS[sign]

    return _TOKEN.sub(replaced, query).strip(), names


def _short(query: str) -> str:
    return repr(query if len(query) <= 300 else f"{query[:300]}...")

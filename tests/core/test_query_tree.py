"""Every kind of node that Python has and the grammar has not is refused."""

from __future__ import annotations

import ast

import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.query_tree import Evaluation

META = pd.DataFrame({"plate": ["p1", "p2"], "count": [1, 2]})


def evaluated(text: str) -> object:
    return Evaluation(META, {}).of(ast.parse(text, mode="eval").body)


def test_parts_have_values() -> None:
    assert evaluated("1 + 2 * 3") == 7
    assert evaluated("'a' == 'a' and not False") is True
    assert isinstance(evaluated("count"), pd.Series)


def test_whole_numbers_kept_as_text_have_an_order() -> None:
    meta = pd.DataFrame({"frame": ["2", None, "10"], "site": ["2", "b", "10"]}, dtype=object)

    def chosen(text: str) -> list[bool]:
        made: pd.Series = Evaluation(meta, {}).of(ast.parse(text, mode="eval").body)
        return made.tolist()

    assert chosen("frame > 2") == [False, False, True]
    assert chosen("2 <= frame < 10") == [True, False, False]
    with pytest.raises(InputError, match="column 'site' holds text, and 2 is not text"):
        chosen("site > 2")
    with pytest.raises(InputError, match="into quotes: frame == '2'"):
        chosen("frame == 2")


@pytest.mark.parametrize(
    "text",
    [
        "count.values",
        "count.to_pickle('x')",
        "count.str",
        "plate.str.len()",
        "plate.str.startswith.__self__",
        "plate.str.startswith('p').any()",
        "plate.apply(print)",
        "plate.isna(1)",
        "plate.isin(['p1'], 2)",
        "plate.isin(values=['p1'])",
        "'p1'.isin(['p1'])",
        "('a').str.startswith('a')",
        "__import__('os')",
        "print(1)",
        "count[0]",
        "lambda: 1",
        "[x for x in count]",
        "f'{count}'",
        "b'p1' == plate",
        "u'p1' == plate",
        "1j == count",
        "... == count",
        "count ** 9 > 1",
        "count << 2 == 1",
        "count is 1",
        "plate @ plate",
        "+count == 1",
        "1 if count else 2",
        "(x := 1)",
        "{'a': 1}",
        "[1]",
        "*count",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return
    with pytest.raises(InputError, match=r"is not part of a condition|takes the text alone"):
        Evaluation(META, {}).of(node)


def test_a_long_part_is_shortened() -> None:
    with pytest.raises(InputError) as error:
        evaluated(f"count.{'x' * 5000}")
    assert len(str(error.value)) < 500

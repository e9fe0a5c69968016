"""The pair rule and its partners against a double loop; the papers' rules worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule

COLUMNS = ("plate", "compound", "batch", "moa")
PLAIN = ("a", "b", "c", None, "")
SEVERAL = (*PLAIN, "a|b", " b | c", "c|c", "|", float("nan"))


def _tables(cells: tuple[object, ...]) -> st.SearchStrategy[pd.DataFrame]:
    rows = st.lists(st.tuples(*[st.sampled_from(cells)] * len(COLUMNS)), max_size=12)
    return rows.map(lambda made: pd.DataFrame(made, columns=list(COLUMNS), dtype=object))


TABLES = st.one_of(_tables(PLAIN), _tables(SEVERAL))


Sides = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@st.composite
def _sides(draw: st.DrawFn, least: int = 0) -> Sides:
    """Columns that must be the same, that must differ, and that must not all be shared."""
    order = draw(st.permutations(COLUMNS))
    same, differ = draw(st.integers(least, 2)), draw(st.integers(0, 2))
    unless = tuple(draw(st.permutations(COLUMNS))[: draw(st.integers(0, 2))])
    if unless and set(unless) <= set(order[:same]):
        unless = (*unless, order[3])
    return tuple(order[:same]), tuple(order[same : same + differ]), unless


def _values(cell: object) -> set[str]:
    if cell is None or cell != cell:
        return set()
    return {value.strip() for value in str(cell).split("|")} - {""}


def _slow(rule: PairRule, meta: pd.DataFrame) -> np.ndarray:
    """The rule by its words, two rows at a time."""
    allowed = np.zeros((len(meta), len(meta)), dtype=bool)
    for i in range(len(meta)):
        for j in range(len(meta)):
            two = {name: (_values(meta[name][i]), _values(meta[name][j])) for name in meta}
            same = all(two[name][0] & two[name][1] for name in rule.same)
            known = all(all(two[name]) for name in rule.differ)
            differ = known and not any(two[name][0] & two[name][1] for name in rule.differ)
            shared = all(not all(two[name]) or two[name][0] & two[name][1] for name in rule.unless)
            allowed[i, j] = i != j and same and differ and not (rule.unless and shared)
    return allowed


@given(_sides(), TABLES)
def test_allows_is_the_double_loop(sides: Sides, meta: pd.DataFrame) -> None:
    rule = PairRule(*sides)
    assert np.array_equal(rule.allows(meta), _slow(rule, meta))


@given(_sides(), TABLES, st.data())
def test_a_block_of_rows_is_that_part_of_the_whole(
    sides: Sides, meta: pd.DataFrame, data: st.DataObject
) -> None:
    rule = PairRule(*sides)
    picked = st.lists(st.integers(0, max(0, len(meta) - 1)), max_size=5 if len(meta) else 0)
    rows = np.array(data.draw(picked), dtype=np.int64)
    assert np.array_equal(rule.allows(meta, rows), rule.allows(meta)[rows])


@given(_sides(least=1), TABLES)
def test_partners_are_the_rows_allowed(sides: Sides, meta: pd.DataFrame) -> None:
    rule = PairRule(*sides)
    allowed, index = _slow(rule, meta), rule.partners(meta)
    for row in range(len(meta)):
        assert sorted(index.of(row)) == list(np.flatnonzero(allowed[row]))
    assert index.partners.tolist() == allowed.sum(axis=1).tolist()
    assert index.lonely.tolist() == (~allowed.any(axis=1)).tolist()


@given(_sides(least=1), TABLES, st.integers(0, 9))
def test_draws_are_allowed_and_never_the_row_itself(
    sides: Sides, meta: pd.DataFrame, seed: int
) -> None:
    rule = PairRule(*sides)
    allowed, index = _slow(rule, meta), rule.partners(meta)
    rows = np.tile(np.arange(len(meta)), 4)
    drawn = index.draw(rows, np.random.default_rng(seed))
    assert np.array_equal(drawn == -1, index.lonely[rows])
    met = drawn >= 0
    assert allowed[rows[met], drawn[met]].all()


@given(_sides(least=1), TABLES)
def test_the_order_of_the_table_does_not_matter(sides: Sides, meta: pd.DataFrame) -> None:
    rule = PairRule(*sides)
    shuffle = np.random.default_rng(0).permutation(len(meta))
    before = rule.partners(meta)
    after = rule.partners(meta.iloc[shuffle].reset_index(drop=True))
    for place, row in enumerate(shuffle):
        assert set(shuffle[after.of(place)]) == set(before.of(row))


def test_a_table_keeps_its_own_index_out_of_it() -> None:
    meta = pd.DataFrame({"compound": ["x", "y", "x"]}, index=[7, 7, 2])
    assert PairRule(same=("compound",)).allows(meta).nonzero()[1].tolist() == [2, 0]
    assert PairRule(same=("compound",)).partners(meta).of(0).tolist() == [2]


# The table of DESIGN, by hand -------------------------------------------------------------------

#        image  treatment compound batch plate well   moa
SCREEN = [
    ("i0", "tax@1", "tax", "w1", "p1", "A1", "tubulin"),
    ("i1", "tax@1", "tax", "w1", "p1", "A2", "tubulin"),
    ("i2", "tax@1", "tax", "w2", "p2", "A1", "tubulin"),
    ("i3", "tax@3", "tax", "w2", "p2", "B1", "tubulin"),
    ("i4", "noc@1", "noc", "w2", "p2", "B2", "tubulin"),
    ("i5", "lat@1", "lat", "w1", "p1", "C1", "actin"),
]
NAMES = ["image", "treatment", "compound", "batch", "plate", "well", "moa"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(PairRule(same=("image",)), [[], [], [], [], [], []], id="simclr"),
        pytest.param(
            PairRule(same=("compound",)),
            [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [], []],
            id="ws-dino",
        ),
        pytest.param(
            PairRule(same=("treatment",), differ=("batch",)),
            [[2], [2], [0, 1], [], [], []],
            id="cdcl",
        ),
        pytest.param(
            PairRule(differ=("compound",)),
            [[4, 5], [4, 5], [4, 5], [4, 5], [0, 1, 2, 3, 5], [0, 1, 2, 3, 4]],
            id="nsc",
        ),
        pytest.param(
            PairRule(differ=("compound", "batch")),
            [[4], [4], [5], [5], [0, 1, 5], [2, 3, 4]],
            id="nscb",
        ),
        pytest.param(
            PairRule(same=("treatment",), differ=("well",)),
            [[1], [0, 2], [1], [], [], []],
            id="replicate-by-well",
        ),
        pytest.param(
            PairRule(same=("treatment",), differ=("plate",)),
            [[2], [2], [0, 1], [], [], []],
            id="replicate-by-plate",
        ),
        pytest.param(
            PairRule(same=("moa",), differ=("compound",)),
            [[4], [4], [4], [4], [0, 1, 2, 3], []],
            id="moa",
        ),
        pytest.param(
            PairRule(differ=("compound",), unless=("batch", "moa")),
            [[4, 5], [4, 5], [5], [5], [0, 1, 5], [0, 1, 2, 3, 4]],
            id="unidino",
        ),
    ],
)
def test_the_papers_rules_by_hand(rule: PairRule, expected: list[list[int]]) -> None:
    meta = pd.DataFrame(SCREEN, columns=NAMES)
    assert [list(np.flatnonzero(line)) for line in rule.allows(meta)] == expected
    if rule.same:
        index = rule.partners(meta)
        assert [sorted(index.of(i)) for i in range(len(meta))] == expected


def test_simclr_meets_itself_and_nobody_else() -> None:
    meta = pd.DataFrame(SCREEN, columns=NAMES)
    drawn = (
        PairRule(same=("image",))
        .partners(meta)
        .draw(np.arange(6), np.random.default_rng(0), include_self=True)
    )
    assert drawn.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 1, 2]),
        pd.Series([0.1, 0.1, np.nan]),
        pd.Series([True, True, False]),
        pd.Series(["x", "x", "y"], dtype="category"),
        pd.Series(["x", "x", pd.NA], dtype="string"),
        pd.Series([1, 1, None], dtype="Int64"),
        pd.to_datetime(pd.Series(["2024-01-01", "2024-01-01", None])),
    ],
    ids=lambda column: str(column.dtype),
)
def test_any_type_of_column_will_do(column: pd.Series) -> None:
    meta = pd.DataFrame({"batch": column})
    assert PairRule(same=("batch",)).allows(meta).nonzero()[1].tolist() == [1, 0]
    assert PairRule(same=("batch",)).partners(meta).of(0).tolist() == [1]


# Bad input --------------------------------------------------------------------------------------


def test_an_unknown_column_is_named_with_its_nearest() -> None:
    meta = pd.DataFrame(SCREEN, columns=NAMES)
    for use in (PairRule(differ=("compond",)).allows, PairRule(same=("compond",)).partners):
        with pytest.raises(InputError, match="'compond' that the table lacks; did you mean") as e:
            use(meta)
        assert e.value.fix.startswith("did you mean 'compound'?")


def test_a_column_cannot_be_asked_both_ways() -> None:
    with pytest.raises(InputError, match=r"\['batch'\] both in `same` and in `differ`"):
        PairRule(same=("batch", "moa"), differ=("batch",))


@pytest.mark.usefixtures("unchecked")
def test_a_string_is_not_a_list_of_columns() -> None:
    with pytest.raises(InputError, match=r"`same` takes a list of columns; write \['moa'\]"):
        PairRule(same="moa")  # type: ignore[arg-type]


def test_partners_need_something_the_same() -> None:
    with pytest.raises(InputError, match="at least one `same`"):
        PairRule(differ=("batch",)).partners(pd.DataFrame(SCREEN, columns=NAMES))


def test_a_rule_is_read_in_words() -> None:
    assert str(PairRule()) == "any other row"
    rule = PairRule(same=("moa",), differ=("compound", "batch"), unless=("plate", "well"))
    assert str(rule) == (
        "of the same moa, of another compound and batch, not of the same plate and well"
    )


def test_a_rule_that_excludes_all_it_asks_for_is_refused() -> None:
    with pytest.raises(InputError, match="excludes every pair by `unless`"):
        PairRule(same=("moa", "plate"), unless=("moa",))

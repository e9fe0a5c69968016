"""Which cells are compared: against the pairs written down by hand."""

from __future__ import annotations

from itertools import product

from tests.comparison.planted import known

from phenolens.comparison.matched import Terms, pairs, product_cells, quadruples, values_of

CELLS = {m + c + d: {"m": m, "c": c, "d": d} for m, c, d in product("abt", "pq", "xy")}


def test_a_pair_agrees_on_what_is_not_selected() -> None:
    found = pairs(CELLS, {"c": ["p"]}, {"c": ["q"]})
    assert found == [Terms((m + "p" + d,), (m + "q" + d,)) for m, d in product("abt", "xy")]


def test_several_cells_of_one_side_are_pairs_each() -> None:
    found = pairs(CELLS, {"m": ["a", "b"]}, {"m": ["t"]})
    assert len(found) == 8
    assert Terms(("bqy",), ("tqy",)) in found
    assert Terms(("bqy",), ("tqx",)) not in found


def test_what_both_sides_select_alike_agrees() -> None:
    found = pairs(CELLS, {"m": ["a", "b"], "c": ["p"]}, {"m": ["b", "a"], "c": ["q"]})
    assert found == [Terms((m + "p" + d,), (m + "q" + d,)) for m, d in product("ab", "xy")]
    # An axis that one side alone names may differ.
    assert len(pairs(CELLS, {"m": ["a"], "c": ["p"]}, {"m": ["t"]})) == 2 * 2


def test_a_cell_is_not_compared_with_itself() -> None:
    assert all(one.plus != one.minus for one in pairs(CELLS, {"m": ["a", "b"]}, {"m": ["b", "t"]}))


def test_differences_of_differences_agree_on_the_rest() -> None:
    one, other = {"m": ["a"], "c": ["q"]}, {"m": ["a"], "c": ["p"]}
    found = quadruples(CELLS, one, other, {"m": ["b", "t"]})
    assert found == [
        Terms((f"aq{d}", f"{m}p{d}"), (f"ap{d}", f"{m}q{d}")) for d, m in product("xy", "bt")
    ]


def test_cells_with_a_name_of_their_own_take_no_part() -> None:
    cells = [
        known({"m": "a", "c": "p"}),
        known({"m": "a", "c": "p"}, seed=1),
        known({"m": "a", "c": ""}, name="special"),
        known({"m": "a", "c": "q"}, name="small batches"),
    ]
    assert product_cells(cells) == {"a+p": {"m": "a", "c": "p"}}
    assert values_of(CELLS) == {"m": ("a", "b", "t"), "c": ("p", "q"), "d": ("x", "y")}

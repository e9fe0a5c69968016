"""The file of claims: what is wrong in it is named, and the shipped one fits its grids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from phenolens.chains.settings import read_toml
from phenolens.comparison.claims import Claim, chosen, find_claims, read_claims
from phenolens.comparison.costs import RATIOS
from phenolens.comparison.layout import Layout
from phenolens.core.errors import InputError
from phenolens.core.inside import Fence, fenced
from phenolens.runs.recipe import find_recipe, shipped_claims, shipped_grids

GOOD = """
[[claim]]
id = "first"
score = "nsc"
one = { method = "a" }
other = { method = ["b", "c"] }
expect = "more"
"""
CLAIMS = shipped_claims()
assert CLAIMS is not None
SHIPPED = {claim.id: claim for claim in read_claims(CLAIMS)}


def read(folder: Path, text: str) -> tuple[Claim, ...]:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_claims(path)


def test_a_claim_is_read(tmp_path: Path) -> None:
    (one,) = read(tmp_path, GOOD + 'grid = "g"\nmargin = 2')
    assert (one.kind, one.margin, one.grids, one.measured) == ("contrast", 2.0, ("g",), ("nsc",))
    assert one.named == [("method", "a"), ("method", "b"), ("method", "c")]
    assert chosen(None) == {}
    assert read(tmp_path, "") == ()


BEST = GOOD.replace('other = { method = ["b", "c"] }', 'kind = "best"\namong = "method"')
RACE = '[[claim]]\nid = "r"\nkind = "no_winner"\nscores = ["nsc", "nscb"]\namong = ["method"]\n'


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (GOOD + "[[claims]]\n", "claims", "unknown key"),
        ("claim = 1", "claim", "is not a list of tables"),
        (GOOD.replace("id", "name"), "claim[0].id", "is missing"),
        (GOOD.replace('"first"', '" "'), "claim[0].id", "is empty"),
        (GOOD + GOOD, "claim[1].id", "two claims have the name 'first'"),
        (GOOD + 'expekt = "more"', "claim[0].expekt", "did you mean 'expect'"),
        (GOOD.replace("more", "moer"), "claim[0].expect", "did you mean 'more'"),
        (GOOD + GOOD.replace("more", "lots"), "claim[1].expect", "'lots' is not allowed"),
        (GOOD + 'kind = "contrasts"', "claim[0].kind", "did you mean 'contrast'"),
        (GOOD.replace('"a"', "1"), "claim[0].one.method", "expected str or a list of str"),
        (GOOD.replace('"a"', "[]"), "claim[0].one.method", "names no value"),
        (GOOD.replace('["b", "c"]', '"a"'), "claim[0].other", "names the same cells"),
        (GOOD.replace('score = "nsc"', ""), "claim[0].score", "'contrast' needs it"),
        (GOOD + 'among = "method"', "claim[0].among", "'contrast' has none"),
        (GOOD + 'kind = "interaction"', "claim[0].against", "'interaction' needs it"),
        (GOOD + "margin = -1", "claim[0].margin", "must be 0 or more"),
        (GOOD + "margin = inf", "claim[0].margin", "must be 0 or more"),
        (GOOD + 'margin = "2"', "claim[0].margin", "expected float"),
        (BEST.replace('"method"', '"metod"'), "claim[0].among", "did you mean 'method'"),
        (RACE + "margin = 1", "claim[0].margin", "has none"),
        (RACE.replace(', "nscb"', ""), "claim[0].scores", "at least two"),
        (RACE + 'expect = "more"', "claim[0].expect", "'no_winner' has none"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, where: str, what: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"mine.toml: {where}: ")) as error:
        read(tmp_path, text)
    assert what in str(error.value)


def test_the_kinds_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, BEST)[0].axes == ("method",)
    assert read(tmp_path, RACE)[0].measured == ("nsc", "nscb")
    assert read(tmp_path, RACE)[0].named == [("method", None)]


def test_a_grid_has_its_own_claims_or_the_shipped_ones(tmp_path: Path) -> None:
    read(tmp_path, GOOD)
    assert find_claims("methods_fluorescence", None, tmp_path) == CLAIMS
    assert find_claims("mine", None, tmp_path) is None
    assert find_claims("mine", "mine.toml", tmp_path) == tmp_path / "mine.toml"
    with pytest.raises(InputError, match=r"claims: no such file: other\.toml"):
        find_claims("mine", "other.toml", tmp_path)
    with pytest.raises(InputError, match="claims: expected str"):
        find_claims("mine", 1, tmp_path)
    (tmp_path / "grids").mkdir()
    with fenced(Fence((tmp_path / "grids",))), pytest.raises(InputError, match="leads out"):
        find_claims("mine", "../mine.toml", tmp_path / "grids")
    (tmp_path / "mine.toml").write_text("[[claim]]\n")
    with pytest.raises(InputError, match=r"claims: mine\.toml: claim\[0\]\.id"):
        find_claims("mine", "mine.toml", tmp_path)


def test_the_shipped_claims_can_be_tested_in_their_grids() -> None:
    assert len(SHIPPED) == 30
    grids = {path.stem: path for path in shipped_grids().values()}
    tested = 0
    for claim in SHIPPED.values():
        assert claim.grids
        for name in claim.grids:
            if name not in grids:  # not shipped yet
                continue
            layout = Layout.of(read_toml(grids[name]))
            for axis, value in claim.named:
                assert value is None or value in layout.axes[axis], (claim.id, axis, value)
            scores = set(layout.shared.get("metrics", {}))
            for base in layout.bases.values():
                scores |= set(read_toml(find_recipe(base))["metrics"])
            for score in claim.measured:
                assert score in scores or score in RATIOS, (claim.id, name, score)
            tested += 1
    assert tested >= 22


def test_the_margin_of_a_cost_is_a_ratio(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"margin: is a ratio for a cost such as train_seconds"):
        read(tmp_path, GOOD.replace('"nsc"', '"train_seconds"') + "margin = 0.02")
    (one,) = read(tmp_path, GOOD.replace('"nsc"', '"train_seconds"') + "margin = 1.5")
    assert one.margin == 1.5

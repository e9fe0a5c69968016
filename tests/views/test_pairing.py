"""Pairings that views can show, and those that they cannot."""

from __future__ import annotations

from typing import Any

import pytest

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.views import Kind
from phenolens.views.pairing import Pairing
from phenolens.views.stream import ViewSettings


def kinds(text: str) -> tuple[Kind, ...]:
    """Return the kinds of views, as `gll`."""
    return tuple("global" if letter == "g" else "local" for letter in text)


@pytest.mark.parametrize(
    ("shown", "views", "sources"),
    [
        ("locals", "gglll", (0, 0, 1, 1, 1)),
        ("half", "gglll", (0, 1, 0, 1, 0)),
        ("half", "ggg", (0, 1, 0)),
        ("locals", "gg", (0, 0)),
        ("half", "gl", (0, 0)),
    ],
)
def test_views_show_anchor_and_partner(shown: Any, views: str, sources: tuple[int, ...]) -> None:
    assert Pairing(shown=shown).sources(kinds(views)) == sources


@pytest.mark.parametrize(
    ("shown", "views", "fits"),
    [
        ("locals", "ggll", True),
        ("locals", "gg", False),  # two global views, no local ones, and the default
        ("half", "gg", True),
        ("half", "gl", False),
        ("half", "g", False),
    ],
)
def test_a_pairing_that_no_view_shows_is_refused(shown: Any, views: str, *, fits: bool) -> None:
    pairing = Pairing(same=("compound",), shown=shown)
    if fits:
        pairing.check(kinds(views))
    else:
        with pytest.raises(InputError, match=r"pairs\.shown: images are paired by "):
            pairing.check(kinds(views))
    Pairing(shown=shown).check(kinds(views))  # an image that is its own partner is always shown


def test_the_message_names_the_key_of_the_recipe() -> None:
    table: dict[str, Any] = {"pairs": {"same": ["compound"]}, "crops": {"local_views": 0}}
    with pytest.raises(InputError, match=r"^views\.pairs\.shown: images are paired by "):
        construct(ViewSettings, table, "views")
    table["pairs"]["shown"] = "half"
    assert construct(ViewSettings, table, "views").pairs.shown == "half"


def test_it_is_a_pair_rule_and_how_it_is_applied() -> None:
    assert Pairing().rule is None
    cdcl = Pairing(same=("treatment",), differ=("batch",))
    assert cdcl.rule == PairRule(same=("treatment",), differ=("batch",))
    assert cdcl.relaxed is None
    apart = Pairing(same=("treatment",), unless=("plate", "well"))
    assert apart.rule == PairRule(same=("treatment",), unless=("plate", "well"))
    relaxed = Pairing(same=("treatment",), differ=("batch",), fallback="relax").relaxed
    assert relaxed == PairRule(same=("treatment",))
    assert Pairing(fallback="relax").relaxed is None


@pytest.mark.parametrize(
    "settings", [{"differ": ("batch",)}, {"same": ("image", "compound")}, {"unless": ("well",)}]
)
def test_an_image_paired_with_itself_shares_nothing_else(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="can share nothing else"):
        Pairing(**settings)

"""Roles that a joined table may still change are told from given ones."""

from __future__ import annotations

import pandas as pd

from phenolens.core.roles import with_roles, without_derived


def test_derived_roles_are_dropped_and_given_ones_stay() -> None:
    plain = pd.DataFrame({"compound": ["DMSO", "a"], "concentration": [0.0, 1.0]})
    assert list(without_derived(with_roles(plain))) == list(plain)
    given = with_roles(plain.assign(control=[False, True], treatment=["x", "y"]))
    assert list(without_derived(given)) == list(given)

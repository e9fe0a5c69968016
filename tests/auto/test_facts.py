"""What a table says: replicates, plates, controls and mechanisms, wells counted once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phenolens.auto.facts import Facts
from phenolens.core.errors import InputError
from phenolens.core.screen import Screen


def test_wells_count_once_however_many_images(tiny_screen: Screen) -> None:
    found = Facts.of(tiny_screen)
    wells = tiny_screen.meta.drop_duplicates(["plate", "well"])
    treated = wells[~wells["control"]]
    assert found.images == len(tiny_screen)
    assert found.treatments == treated["treatment"].nunique()
    per_plate = wells.groupby("plate", observed=True)["control"].sum()
    assert found.controls == per_plate.min()
    twice = treated["treatment"].value_counts() > 1
    assert found.replicated == twice.mean()
    assert found.has_replicates == (twice.mean() >= 0.5)


def test_a_table_that_says_little(tiny_screen: Screen) -> None:
    meta = tiny_screen.meta[["plate", "well"]]
    found = Facts.of(replace(tiny_screen, meta=meta))
    assert (found.treatments, found.batches, found.controls, found.mechanisms) == (0, 0, 0, 0)
    assert not found.has_replicates
    assert not found.over_most_plates


def test_a_mechanism_needs_two_compounds(tiny_screen: Screen) -> None:
    meta = tiny_screen.meta.assign(moa=tiny_screen.meta["compound"])
    assert Facts.of(replace(tiny_screen, meta=meta)).mechanisms == 0


def test_wells_without_a_treatment_are_counted(tiny_screen: Screen) -> None:
    meta = tiny_screen.meta.copy()
    assert Facts.of(tiny_screen).unnamed == 0
    first = ~meta["control"] & (meta["well"] == meta.loc[~meta["control"], "well"].iloc[0])
    meta["treatment"] = meta["treatment"].astype(object).mask(first)
    lost = len(meta[first].drop_duplicates(["plate", "well"]))
    assert Facts.of(replace(tiny_screen, meta=meta)).unnamed == lost > 0


def test_one_well_is_refused(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="one well only"):
        Facts.of(replace(tiny_screen, meta=tiny_screen.meta.assign(plate="P", well="A01")))

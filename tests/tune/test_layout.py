"""Who is a replicate and who a rival, by what the table's layout allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.tune.layout import Layout

Made = Callable[..., Profiles]


def test_replicates_in_several_batches_must_cross_them(wells: Profiles) -> None:
    layout = Layout.of(wells)
    assert layout.positives == PairRule(same=("treatment",), differ=("batch", "well"))
    assert layout.negatives == PairRule(differ=("compound",))
    assert layout.mixed_by == "batch"
    assert layout.notes == (
        "A replicate is in another batch; rivals are all other compounds.",
        "Replicates are in another well position: its effect cannot help.",
    )


def test_one_layout_on_all_plates_is_a_warning(made_wells: Made) -> None:
    layout = Layout.of(made_wells(moved=False))
    assert layout.positives.differ == ("batch",)
    assert "confounded with treatment: 12 of 12 treatments" in layout.notes[1]


def test_a_batch_is_none_where_there_is_one(made_wells: Made) -> None:
    layout = Layout.of(made_wells(batches=1))
    assert layout.positives.differ == ("plate", "well")
    assert layout.negatives == PairRule(differ=("compound",))
    assert layout.mixed_by == "plate"


def test_compounds_of_one_batch_are_rivals_within_it(wells: Profiles) -> None:
    """Six compounds are in the one batch, six in the other, controls in both."""
    number = wells.meta["compound"].str.extract(r"c(\d+)")[0].astype(float)
    own = np.where(number < 6, "b0", "b1")
    kept = wells.meta["control"] | (wells.meta["batch"] == own)
    layout = Layout.of(wells.take(kept.to_numpy()))
    assert layout.positives.differ == ("plate", "well")
    assert layout.negatives == PairRule(same=("batch",), differ=("compound",))
    assert layout.mixed_by == "batch"
    assert "within" not in layout.notes[0]
    assert "Batch effects do not count" in layout.notes[0]


def test_one_plate_with_replicates_in_other_wells(wells: Profiles) -> None:
    one = replace(wells, meta=wells.meta.assign(plate="p", batch="b", well=np.arange(88)))
    layout = Layout.of(one)
    assert layout.positives.differ == ("well",)
    assert layout.mixed_by is None
    assert "so plate effects are not seen" in layout.notes[1]


def test_a_table_without_wells_positions_says_so(wells: Profiles) -> None:
    layout = Layout.of(replace(wells, meta=wells.meta.drop(columns="well")))
    assert layout.positives.differ == ("batch",)
    assert "Well positions are unknown" in layout.notes[1]


def test_what_cannot_be_searched_is_refused(wells: Profiles) -> None:
    for name in ("compound", "treatment"):
        with pytest.raises(InputError, match=f"tune needs a column '{name}'"):
            Layout.of(replace(wells, meta=wells.meta.drop(columns=name)))
    twice = wells.take(np.r_[0:88, 0:3])
    with pytest.raises(InputError, match=r"3 rows share batch and plate and well .*aggregate"):
        Layout.of(twice)
    once = wells.take((wells.meta["plate"] == "p0").to_numpy())
    with pytest.raises(InputError, match=r"at least half of the treatments .* give the wells"):
        Layout.of(once)

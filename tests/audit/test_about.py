from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from phenolens.audit.about import About
from phenolens.audit.levels import Levels
from phenolens.core.profiles import Profiles
from phenolens.profiling.standardize import Standardize


def test_it_counts_what_the_table_holds(clean: Callable[[int], Profiles]) -> None:
    about = About.of(Levels.of(clean(0)), (Standardize(),), 7)
    assert (about.rows, about.level, about.features) == (216, "wells", 30)
    assert (about.compounds, about.plates, about.batches, about.controls) == (25, 6, 3, 72)
    assert (about.truth, about.truths, about.seed) == ("moa", 6, 7)
    assert about.steps == ("standardize",)


def test_columns_that_are_absent_count_nothing(clean: Callable[[int], Profiles]) -> None:
    table = clean(0)
    about = About.of(Levels.of(replace(table, meta=table.meta[["plate", "well"]])), (), 0)
    assert (about.compounds, about.truth, about.truths, about.controls) == (0, None, 0, 0)

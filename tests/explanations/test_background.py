"""A drug seen in the background alone is called a leak; one that is seen in cells is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from tests.explanations.conftest import cell_screen, subject_of

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.core.screen import Screen
from phenolens.explanations.background import AS_IS, NO_CELLS, ONE_CELL, Background
from phenolens.masks.compartments import BACKGROUND, NUCLEUS
from phenolens.masks.files import MaskFiles
from phenolens.metrics.replicate_retrieval import ReplicateRetrieval
from phenolens.profiling.standardize import Standardize

SIDE = 64


def drawn(place: int) -> Screen:
    return cell_screen(place, SIDE, 16, 1.3, 0.02)


def judge(profiles: Profiles) -> Mapping[str, Score]:
    scaled = Standardize(by=("plate",), on="controls")(profiles)
    return {"replicates": ReplicateRetrieval(null_size=2000)(scaled)}


@pytest.mark.parametrize(("place", "leak"), [(BACKGROUND, True), (NUCLEUS, False)])
def test_only_what_the_background_shows_is_a_leak(place: int, leak: bool) -> None:
    made = Background()(replace(subject_of(drawn(place)), scores=judge))
    rows = made.rows.set_index("view")
    assert rows.loc[AS_IS, "above_chance"]
    assert bool(rows.loc[NO_CELLS, "above_chance"]) is leak
    assert made.figures["leaks"] == float(leak)
    assert ("a leak" in made.notes[0]) is leak
    assert set(made.pictures) == {AS_IS, NO_CELLS, ONE_CELL}
    if not leak:
        assert rows.loc[ONE_CELL, "above_chance"]
        assert rows.loc[NO_CELLS, "changed_high"] < 0


def test_it_names_what_it_misses() -> None:
    subject = subject_of(drawn(NUCLEUS))
    with pytest.raises(InputError, match="asks for scores"):
        Background()(subject)
    with pytest.raises(InputError, match="no metric of the recipe"):
        Background()(replace(subject, scores=lambda _: {}))


def test_few_images_of_each_well_are_enough_where_asked() -> None:
    subject = subject_of(drawn(NUCLEUS))
    seen: list[int] = []

    def counted(profiles: Profiles) -> Mapping[str, Score]:
        seen.append(len(profiles))
        return judge(profiles)

    Background(per_well=1)(replace(subject, scores=counted))
    assert seen == [40, 40, 40]


def test_a_score_that_cannot_be_made_without_cells_is_not_called_clean() -> None:
    made: list[Profiles] = []

    def lost(profiles: Profiles) -> Mapping[str, Score]:
        made.append(profiles)
        return {} if len(made) == 2 else judge(profiles)  # no cells come second

    found = Background()(replace(subject_of(drawn(NUCLEUS)), scores=lost))
    assert "it is not known whether there is a leak: replicates could" in found.notes[0]
    assert np.isnan(found.figures["leaks"])


def test_masks_of_the_screen_take_the_place_of_thresholds(tmp_path: Path) -> None:
    """Masks that call the nucleus background: a drug of the nucleus is seen there, so it leaks."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    tifffile.imwrite(tmp_path / "n.tif", (np.hypot(x, y) >= 8).astype(np.uint8))
    masks = MaskFiles(folder=str(tmp_path), nuclei="n.tif")
    made = Background(masks=masks, margin=0)(replace(subject_of(drawn(NUCLEUS)), scores=judge))
    assert made.figures["leaks"] == 1.0, "by thresholds it is none"
    assert made.notes[1] == "cells are where the masks of the screen have them"
    assert len(made.notes) == 2

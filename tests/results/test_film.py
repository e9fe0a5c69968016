"""Film strips: frames in the order of time, with the control of the same plate and a scale bar."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.results.time_run import HOURS, write_time_run

from phenolens.results.contents import Examples, RunContents
from phenolens.results.film import strips_of


@pytest.fixture
def kept(tmp_path: Path) -> Examples:
    found = RunContents.read(write_time_run(tmp_path / "run")).examples
    assert found is not None
    return found


def test_every_drug_has_its_frames_and_the_control_of_its_plate(kept: Examples) -> None:
    order = np.random.default_rng(1).permutation(len(kept.meta))
    shuffled = replace(kept, meta=kept.meta.iloc[order], images=kept.images[order])
    for examples in (kept, shuffled):
        pairs = strips_of(examples)
        names = [strip.name for strip, _ in pairs]
        assert names == ["both@10", "killer@10", "stopper@10", "water@10"]
        for strip, below in pairs:
            assert below is not None
            assert below.name == "DMSO"
            assert [frame.hours for frame in strip.frames] == HOURS.tolist()


def test_a_strip_is_named_by_its_dose_with_the_unit(kept: Examples) -> None:
    control = kept.meta["control"].to_numpy(dtype=bool)
    meta = kept.meta.assign(concentration=np.where(control, 0.0, 10.0), concentration_unit="uM")
    (strip, below), *_ = strips_of(replace(kept, meta=meta))
    assert below is not None
    assert (strip.name, below.name) == ("both 10 \u00b5M", "DMSO")


def test_the_bar_is_a_round_length_of_known_width(kept: Examples) -> None:
    length, share = strips_of(kept)[0][0].bar
    assert length == 5.0  # the frame is 24 px of 1.24 micrometres: 29.76
    assert share == pytest.approx(100 * 5 / 29.76)


def test_without_a_pixel_size_there_is_no_bar(kept: Examples) -> None:
    unknown = replace(kept, meta=kept.meta.assign(pixel_size=np.nan))
    assert strips_of(unknown)[0][0].bar == (0.0, 0.0)


def test_a_plate_without_a_control_has_none_below(kept: Examples) -> None:
    keep = ~kept.meta["control"].to_numpy(dtype=bool)
    alone = replace(kept, meta=kept.meta[keep], images=kept.images[keep])
    assert [below for _, below in strips_of(alone)] == [None] * 4


def test_images_of_one_time_are_no_film(kept: Examples) -> None:
    assert kept.is_film
    assert not replace(kept, meta=kept.meta.assign(time=4.0)).is_film
    assert not replace(kept, meta=kept.meta.drop(columns="time")).is_film

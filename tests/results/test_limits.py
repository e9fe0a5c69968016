from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from phenolens.results.contents import RunContents
from phenolens.results.limits import Limits


@pytest.mark.parametrize(
    ("limits", "in_parts"),
    [
        (Limits(), False),
        (Limits(points=60, pictures=61), False),
        (Limits(points=59), True),
        (Limits(pictures=60), True),
    ],
)
def test_more_than_a_page_holds_makes_a_folder(
    run_folder: Path, limits: Limits, in_parts: bool
) -> None:
    """The run has 60 profiles and 61 pictures."""
    run = RunContents.read(run_folder, limits)
    assert run.in_parts == in_parts
    assert run.most_pictures == (limits.in_parts if in_parts else limits.pictures)


def test_frames_of_a_film_are_not_counted(run_folder: Path) -> None:
    run = RunContents.read(run_folder, Limits(pictures=60))
    assert run.examples is not None
    film = replace(run.examples, meta=run.examples.meta.assign(time=range(61)))
    assert not replace(run, examples=film).in_parts

from __future__ import annotations

from pathlib import Path

from phenolens.results.contents import RunContents
from phenolens.two_runs.gained import changes


def test_gains_and_losses_are_those_planted(two: tuple[Path, Path]) -> None:
    (made,) = changes(*(RunContents.read(folder) for folder in two))
    assert made.key == "nsc"
    assert len(made.gained) == 18
    assert [one.treatment for one in made.lost] == ["c2@1", "c2@2"]
    assert made.same == 4
    assert made.gained[0].after.hit
    assert not made.gained[0].before.hit
    assert made.gained[0].before.moa == "other"

"""The worst flagged images of each kind, and that a run keeps them for its page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from phenolens.core.screen import Images, Rows, Screen
from phenolens.pixels.flag_quality import FlagQuality
from phenolens.pixels.rescale import Rescale
from phenolens.results.contents import RunContents
from phenolens.runs.pictures import flagged_images, is_flagged
from phenolens.runs.run import run
from phenolens.sections.quality import Quality
from phenolens.store.limits import Limits


def test_the_worst_of_a_kind_come_first(tiny_screen: Screen) -> None:
    def read(rows: Rows) -> Images:
        images = tiny_screen.read(rows).copy()
        for row, size in ((5, 8), (8, 16)):
            images[rows == row, :, :size, :size] = 65_535
        return images

    screen = Rescale()(FlagQuality()(replace(tiny_screen, read=read)))
    assert is_flagged(screen)
    assert not is_flagged(tiny_screen)
    meta, images = flagged_images(screen, Limits.of(screen), side=20)
    saturated = meta[meta["kind"] == "saturated"]
    place = ["plate", "well", "site"]
    first = screen.meta.loc[[8, 5], place].to_numpy().tolist()
    assert saturated[place].to_numpy().tolist()[:2] == first
    assert (saturated["flagged"] == screen.meta["quality_saturated"].sum()).all()
    assert images.shape == (len(meta), 2, 17, 20)
    assert (images[saturated.index[0], :, :6, :6] == 255).all()


@pytest.mark.slow
def test_a_run_with_the_step_has_the_section(tiny: Path, tmp_path: Path) -> None:
    text = tiny.read_text() + '\n[[pixels]]\nstep = "flag_quality"\n'
    (tmp_path / "flags.toml").write_text(text)
    run(tmp_path / "flags.toml", out=tmp_path / "out")
    contents = RunContents.read(tmp_path / "out")
    section = Quality.of(contents)
    assert section is not None
    assert contents.flagged is not None
    assert {"kind", "quality"} <= set(contents.flagged.meta)
    assert 'id="quality"' in (tmp_path / "out" / "report.html").read_text()

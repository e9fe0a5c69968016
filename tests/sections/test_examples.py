from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.results.contents import Examples as Images
from phenolens.results.contents import RunContents
from phenolens.results.limits import Limits
from phenolens.results.pictures import chosen, first_pictures
from phenolens.sections.examples import Examples, Gallery


def examples(channels: tuple[str, ...] = ("DNA", "Tubulin", "Actin")) -> Images:
    meta = pd.DataFrame({
        "treatment": ["b@0.01", "DMSO", "b@0.003", "b@0.01", "c@1"],
        "moa": ["z", None, "z", "z", None], "plate": "P1", "well": ["A1", "A2", "A3", "A4", "A5"],
    })  # fmt: skip
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, len(channels), 4, 4), dtype=np.uint8
    )
    return Images(images, channels, meta)


def gallery_of(kept: Images, most: int = 2000) -> Gallery:
    return Gallery.of(kept, chosen(kept, most))


def test_controls_lead_and_doses_rise() -> None:
    made = gallery_of(examples())
    assert [(g.moa, [name for name, _ in g.treatments]) for g in made.groups] == [
        ("Negative control (DMSO)", ["DMSO"]),
        ("Not annotated", ["c@1"]),
        ("z", ["b@0.003", "b@0.01"]),
    ]
    assert [p.place for p in made.groups[2].treatments[1][1]] == ["P1 A1", "P1 A4"]


def test_the_numbers_of_the_pictures_are_those_that_other_sections_use(run_folder: Path) -> None:
    groups = gallery_of(examples()).groups
    first = {name: pictures[0].number for g in groups for name, pictures in g.treatments}
    run = replace(RunContents.read(run_folder), examples=examples())
    assert first == dict(first_pictures(run))


def test_of_too_many_the_first_of_each_treatment_stay() -> None:
    made = gallery_of(examples(), 4)
    assert made.left_out == 1
    assert all(len(pictures) == 1 for g in made.groups for _, pictures in g.treatments)


def test_only_red_green_and_blue_can_be_told_apart() -> None:
    assert gallery_of(examples()).separable
    assert not gallery_of(examples(("DNA", "ER", "Mito"))).separable
    assert not gallery_of(examples(("Phase",))).separable


def test_the_section_has_every_image_once(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Examples.of(run)
    assert section is not None
    assert section.html.count("data:image/png;base64,") == 61
    assert Examples.of(replace(run, examples=None)) is None


def test_channels_of_other_colours_are_kept_apart_for_the_script(run_folder: Path) -> None:
    """Three of pure colours need no more than the pictures; five need two pictures each."""
    run = RunContents.read(run_folder)
    plain = Examples.of(run)
    assert plain is not None
    assert 'id="planes"' not in plain.html
    stains = ("DNA", "ER", "RNA", "AGP", "Mito")
    painted = Examples.of(replace(run, examples=examples(stains)))
    assert painted is not None
    assert painted.html.count("data:image/png;base64,") == 5 + 2 * 5
    single = Examples.of(replace(run, examples=examples(("Phase",))))
    assert single is not None
    assert 'id="planes"' not in single.html


def test_the_scale_bar_is_there_where_the_pixel_size_is(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    without, with_bar = (Examples.of(replace(run, pixel_size=size)) for size in (np.nan, 0.5))
    assert without is not None
    assert with_bar is not None
    assert "scale-bar" not in without.html
    assert "Each image is 20 \u00b5m wide" in with_bar.html  # 40 pixels
    assert 'data-words="5 \u00b5m"' in with_bar.html
    assert 'data-width="25.00%"' in with_bar.html


def test_more_than_a_page_holds_is_read_in_parts(run_folder: Path) -> None:
    """Every picture is in one part, in the order of its number, with the place it comes from."""
    run = replace(RunContents.read(run_folder), limits=Limits(pictures=60, block=16))
    section = Examples.of(run)
    assert section is not None
    assert run.examples is not None
    assert "data:image" not in section.html
    assert list(section.parts) == [f"pictures-{i}" for i in range(4)]
    held = [one for part in section.parts.values() for one in part.value()]
    whole = Gallery.of(run.examples, chosen(run.examples))
    assert [place for _, place in held] == [picture.place for picture in whole.pictures]
    assert [source for source, _ in held] == [picture.source for picture in whole.pictures]
    index = json.loads(section.html.split('id="gallery">')[1].split("</script>")[0])
    assert index["control"] == "DMSO"
    named = [(name, len(own)) for group in whole.groups for name, own in group.treatments]
    assert [tuple(one) for one in index["treatments"]] == named
    lists = re.findall(r'data-first="(\d+)" data-count="(\d+)"', section.html)
    assert sum(int(count) for _, count in lists) == len(named)


def test_channels_of_other_colours_are_parts_too(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    stains = ("DNA", "ER", "RNA", "AGP", "Mito")
    few = replace(run, examples=examples(stains), limits=Limits(points=59, block=2))
    section = Examples.of(few)
    assert section is not None
    assert [name for name in section.parts if name.startswith("planes")] == [
        "planes-0", "planes-1", "planes-2",
    ]  # fmt: skip
    assert '"block": 2' in section.html
    held = [one for i in range(3) for one in section.parts[f"planes-{i}"].value()]
    assert [len(one) for one in held] == [2] * 5
    many = Examples.of(replace(few, limits=Limits(pictures=4, block=2)))
    assert many is not None
    assert not [name for name in many.parts if name.startswith("planes")], "too large"
    assert 'id="planes"' not in many.html

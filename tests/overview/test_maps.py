"""Maps: one path per kind, the same colours in every map."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from phenolens.overview.cell_map import CellMap
from phenolens.overview.compared import Compared
from phenolens.overview.maps import maps


def test_points_are_lines_without_length(compared: Compared) -> None:
    part = maps(compared)
    assert part is not None
    paths = re.findall(r'<path d="([^"]+)" data-kind="(\d)"', part.html)
    assert paths == [("M50.0 50.0h0", "2"), ("M96.0 4.0h0", "1"), ("M4.0 96.0h0", "0")]
    assert "coloured by mechanism" in part.html
    assert "byol+<wbr>one" in part.html


def test_colours_are_the_same_in_every_map(compared: Compared) -> None:
    other = CellMap("<b>", np.array([[0.5, 0.5]]), ["b"], "moa", "PCA: two", float("nan"))
    part = maps(replace(compared, maps=[*compared.maps, other]))
    assert part is not None
    styles = re.findall(r'data-kind="1" style="([^";]+)', part.html)
    assert len(styles) == 2
    assert len(set(styles)) == 1
    assert "&lt;b&gt;" in part.html
    assert maps(replace(compared, maps=())) is None

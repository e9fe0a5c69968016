from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise

import numpy as np
import pytest
from jaxtyping import Float

from phenolens.drawing.confusion import STRONG
from phenolens.drawing.theme import DARK, LIGHT, stylesheet
from phenolens.drawing.time_chart import PALEST

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
# Machado, Oliveira and Fernandes 2009, full severity, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
CONES = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
LAB = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip


def rgb(colour: str) -> Float[np.ndarray, " 3"]:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def linear(colour: Float[np.ndarray, " 3"]) -> Float[np.ndarray, " 3"]:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def contrast(one: Float[np.ndarray, " 3"], other: Float[np.ndarray, " 3"]) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    bright = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


def oklab(linear_rgb: Float[np.ndarray, " 3"]) -> Float[np.ndarray, " 3"]:
    """Return OKLab (Ottosson 2020)."""
    return LAB @ np.cbrt(CONES @ linear_rgb)


@THEMES
@pytest.mark.parametrize("ground", ["paper", "surface", "sunken"])
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "miss"])
def test_text_is_readable(theme: Mapping[str, str], ground: str, ink: str) -> None:
    assert contrast(rgb(theme[ink]), rgb(theme[ground])) >= 4.5


@THEMES
@pytest.mark.parametrize("kind", [*(f"c{i}" for i in range(12)), "grey"])
def test_marks_stand_out_from_the_surface(theme: Mapping[str, str], kind: str) -> None:
    assert contrast(rgb(theme[kind]), rgb(theme["surface"])) >= 3


@THEMES
@pytest.mark.parametrize("eye", BLINDNESS)
def test_the_colours_of_a_heat_row_are_in_order_to_every_eye(
    theme: Mapping[str, str], eye: str
) -> None:
    """As the page mixes them in OKLab; a legend has five, and each differs from the next."""
    cold, hot = (oklab(BLINDNESS[eye] @ linear(rgb(theme[name]))) for name in ("cold", "hot"))
    steps = [cold + share * (hot - cold) for share in np.linspace(0, 1, 5)]
    assert min(np.linalg.norm(b - a) for a, b in pairwise(steps)) > 0.1
    light = [step[0] for step in steps]
    assert light == sorted(light, reverse=bool(light[0] > light[-1]))
    assert contrast(rgb(theme["hot"]), rgb(theme["cold"])) >= 7
    assert contrast(rgb(theme["hot"]), rgb(theme["paper"])) >= 7


@THEMES
def test_the_palest_dose_can_be_seen(theme: Mapping[str, str]) -> None:
    hot, band = (oklab(linear(rgb(theme[name]))) for name in ("hot", "band"))
    mixed = band + PALEST / 100 * (hot - band)
    back = np.linalg.solve(CONES, np.linalg.solve(LAB, mixed) ** 3)
    light = float(back @ [0.2126, 0.7152, 0.0722])
    paper = float(linear(rgb(theme["paper"])) @ [0.2126, 0.7152, 0.0722])
    assert (max(light, paper) + 0.05) / (min(light, paper) + 0.05) >= 3


@THEMES
def test_every_two_categories_differ(theme: Mapping[str, str]) -> None:
    labs = [oklab(linear(rgb(theme[f"c{i}"]))) for i in range(12)]
    assert min(np.linalg.norm(a - b) for a, b in combinations(labs, 2)) >= 0.15


@THEMES
@pytest.mark.parametrize("eye", BLINDNESS)
def test_two_that_share_a_shape_differ_to_every_eye(theme: Mapping[str, str], eye: str) -> None:
    seen = [oklab(np.clip(BLINDNESS[eye] @ linear(rgb(theme[f"c{i}"])), 0, 1)) for i in range(12)]
    pairs = [(i, j) for i, j in combinations(range(12), 2) if i % 4 == j % 4]
    assert min(np.linalg.norm(seen[i] - seen[j]) for i, j in pairs) >= 0.15


@THEMES
@pytest.mark.parametrize("eye", [*BLINDNESS])
def test_the_ramp_can_be_read_and_ordered_by_every_eye(theme: Mapping[str, str], eye: str) -> None:
    ends = [linear(rgb(theme[name])) for name in ("ramp-low", "ramp-high")]
    for name in ("ramp-low", "ramp-high"):
        assert contrast(rgb(theme[name]), rgb(theme["surface"])) >= 3
    seen = [oklab(np.clip(BLINDNESS[eye] @ end, 0, 1)) for end in ends]
    assert abs(seen[0][0] - seen[1][0]) >= 0.3, "lightness alone has the order"


@THEMES
@pytest.mark.parametrize("cell", ["cell-hit", "cell-miss"])
def test_counts_read_on_every_shade(theme: Mapping[str, str], cell: str) -> None:
    for share in np.linspace(0, 1, 101):
        opacity = 0.16 + 0.84 * share
        shade = opacity * rgb(theme[cell]) + (1 - opacity) * rgb(theme["paper"])
        ink = theme["on-strong" if share >= STRONG else "on-weak"]
        assert contrast(shade, rgb(ink)) >= 4.3


def test_the_readers_setting_decides_and_the_toggle_overrules() -> None:
    css = stylesheet()
    assert css.index("prefers-color-scheme: dark") < css.index(":root[data-theme=light]")
    assert css.index(":root[data-theme=dark]") < css.index("@media print")
    assert LIGHT.keys() == DARK.keys()

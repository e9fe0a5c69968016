"""The ratio of drawn nuclei, and of a real plate whose stain moves into the nucleus."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.baselines.nuclear_ratio import NuclearRatio, nuclear_ratios
from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.images.read import read_image

MODULE = importlib.import_module("phenolens.baselines.nuclear_ratio")
CENTRES = [(30, 30), (30, 90), (90, 30), (90, 90)]


def field(inner: float, outer: float, *, empty: bool = False) -> np.ndarray:
    """Return DNA and a stain: four round nuclei, counts `inner` in them and `outer` around."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:120, :120]
    inside = np.zeros((120, 120), dtype=bool)
    for row, column in [] if empty else CENTRES:
        inside |= np.hypot(y - row, x - column) <= 10
    dna = rng.poisson(np.where(inside, 2000, 100))
    stain = np.where(inside, inner, outer)
    return np.stack([dna, stain]).astype(np.uint16)


def screen_of(*fields: np.ndarray, channels: tuple[str, ...] = ("DNA", "GFP")) -> Screen:
    images = np.stack(fields)
    meta = pd.DataFrame({"plate": "p", "well": [f"A{i + 1:02d}" for i in range(len(images))]})
    return Screen(meta=meta, channels=channels, read=lambda rows: images[rows], size=(120, 120))


def test_it_is_the_logarithm_of_counts_in_over_around() -> None:
    made = nuclear_ratios(screen_of(field(1023, 255), field(255, 1023), field(0, 0, empty=True)))
    assert made.names == ("nuclear_ratio_GFP",)
    assert made.features[:2, 0] == pytest.approx([2, -2], abs=0.15)  # the rim of the masks
    assert made.features[2, 0] == pytest.approx(made.features[:2, 0].mean(), abs=1e-6)
    assert made.provenance[0]["images_without_nuclei"] == 1


def test_the_nuclear_channel_is_known_by_its_name() -> None:
    turned = screen_of(field(1023, 255)[::-1], channels=("GFP", "Hoechst"))
    assert nuclear_ratios(turned).features[0, 0] == pytest.approx(2, abs=0.15)


def test_a_nucleus_without_a_ring_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((40, 40), dtype=np.int64)
    labels[10:20, 10:20], labels[13:17, 13:17] = 1, 2  # the second lies within the first
    stain = np.where(labels == 1, 1023, np.where(labels == 2, 9, 255))
    image = np.stack([labels, stain]).astype(np.uint16)
    monkeypatch.setattr(MODULE, "nuclei", lambda _: labels)
    assert MODULE._of_image(image, 0, [1]) == pytest.approx([2.0])
    monkeypatch.setattr(MODULE, "nuclei", lambda _: np.ones_like(labels))
    assert np.isnan(MODULE._of_image(image, 0, [1])).all()


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InputError, match="needs a channel next to DNA"):
        nuclear_ratios(screen_of(field(9, 9)[:1], channels=("DNA",)))
    with pytest.raises(InputError, match="no image shows a nucleus"):
        nuclear_ratios(screen_of(field(9, 9, empty=True)))
    assert NuclearRatio.uses_encoder is False


def test_a_real_stain_moves_into_the_nucleus(data_dir: Path) -> None:
    """BBBC013: A01 is a negative control, A12 a positive one; README: -0.49 and 1.97."""
    folder = data_dir / "bbbc013-plate" / "images"
    fields = [
        np.stack([read_image(next(folder.glob(f"Channel{c}-*-A-{column}.tif")))[0] for c in (2, 1)])
        for column in ("01", "12")
    ]
    images = np.stack(fields)
    meta = pd.DataFrame({"plate": "p", "well": ["A01", "A12"]})
    screen = Screen(
        meta=meta, channels=("DNA", "GFP"), read=lambda rows: images[rows], size=(640, 640)
    )
    negative, positive = nuclear_ratios(screen).features[:, 0]
    assert negative < -0.2
    assert positive > 1.5

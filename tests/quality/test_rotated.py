"""A turned plate is found by its controls; a plate as it is, and noise, are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from phenolens.core.reading.wells import named
from phenolens.core.screen import Screen
from phenolens.quality.looks import look
from phenolens.quality.rotated import rotated, turned

WELLS = [named(r, c) or "" for r in range(1, 9) for c in range(1, 13)]
CONTROL = np.array([well[1:] in ("02", "05") for well in WELLS])  # 16 wells; turned: 11 and 08


def values(mask: np.ndarray, shift: float, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(96, 6))
    made[mask] *= 0.5
    made[mask, :3] += shift
    return made


def test_a_turned_plate_and_a_plate_as_it_is() -> None:
    found = turned(WELLS, values(CONTROL[::-1], 2.0), CONTROL)
    assert found is not None
    assert found.clearly(1)
    assert found.clearly(100)
    sound = turned(WELLS, values(CONTROL, 2.0), CONTROL)
    assert sound is not None
    assert (sound.given, sound.clearly(1)) == (0.0005, False)


def test_noise_is_not_turned() -> None:
    noise = [turned(WELLS, values(CONTROL, 0.0, seed)[np.random.default_rng(seed).permutation(96)],
                    CONTROL) for seed in range(8)]  # fmt: skip
    assert not any(one is None or one.clearly(1) for one in noise)


def test_what_cannot_be_known_is_not_said() -> None:
    some = values(CONTROL, 2.0)
    symmetric = np.array([well[1:] in ("02", "11") for well in WELLS])
    assert turned(WELLS, some, symmetric) is None
    few = np.zeros(96, dtype=bool)
    few[:3] = True
    assert turned(WELLS, some, few) is None
    assert turned(["1", "2"], some[:2], few[:2]) is None
    halved = [*WELLS[:48]]  # where the controls would be after a turn nothing was imaged
    assert turned(halved, some[:48], np.arange(48) < 8) is None


def test_a_screen_with_one_plate_turned_in_its_table() -> None:
    """Two plates of 96 wells; the images of control wells are brighter, with less structure."""
    rng = np.random.default_rng(0)
    images = rng.poisson(200, (192, 1, 16, 16)).astype(np.uint16)
    treated = np.tile(~CONTROL, 2)
    images[treated] += rng.poisson(60, (treated.sum(), 1, 16, 16)).astype(np.uint16)
    turned_wells = [*WELLS, *WELLS[::-1]]
    meta = pd.DataFrame({"plate": ["P1"] * 96 + ["P2"] * 96, "well": WELLS * 2})
    meta["control"] = np.tile(CONTROL, 2)
    screen = Screen(meta=meta, channels=("DNA",), read=lambda r: images[r], size=(16, 16))
    assert list(rotated(look(screen))) == []
    order = np.argsort(np.argsort(turned_wells[96:]))  # the pixels of H12 are named A01
    other = replace(screen, read=lambda r: images[np.where(r < 96, r, 96 + order[r - 96])])
    (one,) = rotated(look(other))
    assert one.what.startswith("plate P2 looks turned by 180 degrees: its images fit the layout of")
    assert "16 control wells after a turn (p = 0.0005), not as given" in one.what
    without = replace(other, meta=meta.drop(columns="control"))
    assert list(rotated(look(without))) == []

"""Limits are numpy's percentiles to the count; rescaling equals its float64 twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.store.limits import (
    Rescale,
    fit_limits,
    limits_of,
    rescale_images,
    standardize_images,
)


@pytest.mark.parametrize(("low", "high"), [(0.1, 99.9), (0, 100), (1, 50), (33.3, 66.6)])
def test_percentiles_are_numpys_lower_ones(tiny_screen: Screen, low: float, high: float) -> None:
    table = fit_limits(tiny_screen, Rescale(low=low, high=high), chunk=5)
    assert list(table.columns) == ["plate", "channel", "low", "high", "mean", "sd"]
    pixels = tiny_screen.read(np.arange(24))
    for row in table.itertuples():
        of_plate = (tiny_screen.meta["plate"] == row.plate).to_numpy()
        counts = pixels[of_plate, tiny_screen.channels.index(row.channel)]
        wanted = np.percentile(counts, [low, high], method="lower")
        assert [row.low, row.high] == wanted.tolist()
    assert len(table) == 4


def test_controls_alone_may_say(tiny_screen: Screen) -> None:
    table = fit_limits(tiny_screen, Rescale(on="controls", low=0, high=100))
    control = tiny_screen.meta["control"].to_numpy()
    counts = tiny_screen.read(np.flatnonzero(control & (tiny_screen.meta["plate"] == "p1")))
    of_plate = table[table["plate"] == "p1"]
    assert of_plate["low"].tolist() == counts.min(axis=(0, 2, 3)).tolist()
    assert of_plate["high"].tolist() == counts.max(axis=(0, 2, 3)).tolist()


def test_controls_that_are_not_there_are_missed(tiny_screen: Screen) -> None:
    meta = tiny_screen.meta.copy()
    meta.loc[meta["plate"] == "p1", "control"] = False
    with pytest.raises(InputError, match="plate p1 has no control image"):
        fit_limits(replace(tiny_screen, meta=meta), Rescale(on="controls"))
    with pytest.raises(InputError, match="need a column 'control'"):
        fit_limits(replace(tiny_screen, meta=meta.drop(columns="control")), Rescale(on="controls"))


def test_standardized_pixels_have_mean_0_and_sd_1_on_every_plate(tiny_screen: Screen) -> None:
    table = fit_limits(tiny_screen, Rescale(low=5, high=95, standardize=True))
    plates = tiny_screen.meta["plate"]
    raw = torch.from_numpy(tiny_screen.read(np.arange(24)))
    bounds = torch.from_numpy(limits_of(table, plates, tiny_screen.channels))
    moments = torch.from_numpy(limits_of(table, plates, tiny_screen.channels, ("mean", "sd")))
    made = standardize_images(rescale_images(raw, bounds), moments).double()
    for plate in plates.unique():
        of_plate = made[torch.from_numpy((plates == plate).to_numpy())]
        assert of_plate.mean((0, 2, 3)).abs().max() < 1e-5
        sd = of_plate.permute(1, 0, 2, 3).flatten(1).std(dim=1, correction=0)
        assert (sd - 1).abs().max() < 1e-5


def test_fixed_limits_read_no_pixel(tiny_screen: Screen) -> None:
    def never(_: object) -> np.ndarray:
        raise AssertionError

    table = fit_limits(replace(tiny_screen, read=never), Rescale(mode="fixed", low=0, high=10_000))
    assert table["low"].tolist() == [0] * 4
    assert table["high"].tolist() == [10_000] * 4


def test_an_image_of_one_count_still_has_a_range(tiny_screen: Screen) -> None:
    flat = replace(
        tiny_screen, read=lambda rows: np.full((len(rows), 2, 40, 48), 7, dtype=np.uint16)
    )
    table = fit_limits(flat, Rescale())
    assert (table["low"] == 7).all()
    assert (table["high"] == 8).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 5.0, "high": 5.0}, "low 5.0 must lie below high 5.0"),
        ({"low": -1.0}, r"percentiles lie in 0..100, got -1.0 and 99.9"),
        ({"high": 101.0}, r"percentiles lie in 0..100, got 0.1 and 101.0"),
    ],
)
def test_impossible_limits_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Rescale(**settings)  # type: ignore[arg-type]


def limits() -> pd.DataFrame:
    """Limits that tell plate and channel apart, in no order."""
    rows = [("b", "y", 40, 41), ("a", "x", 10, 11), ("b", "x", 30, 31), ("a", "y", 20, 21)]
    return pd.DataFrame(rows, columns=["plate", "channel", "low", "high"])


def test_limits_follow_the_rows_and_the_channels() -> None:
    found = limits_of(limits(), ["b", "a", "b"], ["y", "x"])
    assert found.dtype == np.float32
    assert found.tolist() == [[[40, 41], [30, 31]], [[20, 21], [10, 11]], [[40, 41], [30, 31]]]


def test_limits_that_are_not_there_are_missed() -> None:
    with pytest.raises(InputError, match=r"no intensity limits for plate and channel \('c', 'x'\)"):
        limits_of(limits(), ["a", "c"], ["x"])
    with pytest.raises(InputError, match=r"\('a', 'z'\)"):
        limits_of(limits(), ["a"], ["z"])


def test_rescaling_equals_its_twin_in_float64() -> None:
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 65536, size=(3, 2, 8, 9)).astype(np.uint16)
    bounds = np.sort(rng.integers(0, 65536, size=(3, 2, 2)), axis=-1).astype(np.float32)
    made = rescale_images(torch.from_numpy(raw), torch.from_numpy(bounds))
    low, high = bounds[..., 0, None, None].astype(float), bounds[..., 1, None, None].astype(float)
    expected = np.clip((raw.astype(np.float64) - low) / np.maximum(high - low, 1), 0, 1)
    assert made.dtype == torch.float32
    assert np.abs(made.numpy() - expected).max() < 1e-6


def test_a_buffer_is_written_into() -> None:
    raw = torch.arange(8, dtype=torch.int32).reshape(1, 2, 2, 2)
    bounds = torch.tensor([[[0.0, 4.0], [0.0, 8.0]]])
    buffer = torch.full((1, 2, 2, 2), torch.nan)
    made = rescale_images(raw, bounds, out=buffer)
    assert made is buffer
    assert torch.equal(made, rescale_images(raw, bounds))
    assert made.flatten().tolist() == [0, 0.25, 0.5, 0.75, 0.5, 0.625, 0.75, 0.875]

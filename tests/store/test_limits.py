"""Limits are numpy's percentiles to the count; rescaling equals its float64 twin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.screen import IntensityRule, Screen
from phenolens.store.limits import Limits, RowLimits


def ruled(screen: Screen, **settings: Any) -> Screen:
    """Return the screen with an intensity rule."""
    return replace(screen, rescale=IntensityRule(**settings))


@pytest.mark.parametrize(("low", "high"), [(0.1, 99.9), (0, 100), (1, 50), (33.3, 66.6)])
def test_percentiles_are_numpys_lower_ones(tiny_screen: Screen, low: float, high: float) -> None:
    table = Limits.of(ruled(tiny_screen, low=low, high=high), chunk=5).table
    assert list(table.columns) == ["plate", "channel", "low", "high", "mean", "sd"]
    pixels = tiny_screen.read(np.arange(24))
    for row in table.itertuples():
        of_plate = (tiny_screen.meta["plate"] == row.plate).to_numpy()
        counts = pixels[of_plate, tiny_screen.channels.index(row.channel)]
        wanted = np.percentile(counts, [low, high], method="lower")
        assert [row.low, row.high] == wanted.tolist()
    assert len(table) == 4


def test_percentiles_of_the_controls(tiny_screen: Screen) -> None:
    table = Limits.of(ruled(tiny_screen, on="controls", low=0, high=100)).table
    control = tiny_screen.meta["control"].to_numpy()
    counts = tiny_screen.read(np.flatnonzero(control & (tiny_screen.meta["plate"] == "p1")))
    of_plate = table[table["plate"] == "p1"]
    assert of_plate["low"].tolist() == counts.min(axis=(0, 2, 3)).tolist()
    assert of_plate["high"].tolist() == counts.max(axis=(0, 2, 3)).tolist()


def test_controls_that_are_not_there_are_refused(tiny_screen: Screen) -> None:
    screen = ruled(tiny_screen, on="controls")
    meta = tiny_screen.meta.copy()
    meta.loc[meta["plate"] == "p1", "control"] = False
    with pytest.raises(InputError, match="plate p1 has no control image"):
        Limits.of(replace(screen, meta=meta))
    with pytest.raises(InputError, match="needs a column 'control'"):
        Limits.of(replace(screen, meta=meta.drop(columns="control")))


def test_a_screen_without_a_rule_is_refused(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="has no intensity rule; apply the pixel step 'rescale'"):
        Limits.of(tiny_screen)


def test_standardized_pixels_have_mean_0_and_sd_1_on_every_plate(tiny_screen: Screen) -> None:
    limits = Limits.of(ruled(tiny_screen, low=5, high=95, standardize=True))
    plates, rows = tiny_screen.meta["plate"], np.arange(24)
    made = limits.on(tiny_screen).apply(torch.from_numpy(tiny_screen.read(rows)), rows).double()
    for plate in plates.unique():
        of_plate = made[torch.from_numpy((plates == plate).to_numpy())]
        assert of_plate.mean((0, 2, 3)).abs().max() < 1e-5
        sd = of_plate.permute(1, 0, 2, 3).flatten(1).std(dim=1, correction=0)
        assert (sd - 1).abs().max() < 1e-5


def test_fixed_limits_read_no_pixel(tiny_screen: Screen) -> None:
    def never(_: object) -> np.ndarray:
        raise AssertionError

    screen = ruled(replace(tiny_screen, read=never), mode="fixed", low=0, high=10_000)
    table = Limits.of(screen).table
    assert table["low"].tolist() == [0] * 4
    assert table["high"].tolist() == [10_000] * 4


def test_an_image_of_one_count_still_has_a_range(tiny_screen: Screen) -> None:
    flat = replace(
        tiny_screen, read=lambda rows: np.full((len(rows), 2, 40, 48), 7, dtype=np.uint16)
    )
    table = Limits.of(ruled(flat)).table
    assert (table["low"] == 7).all()
    assert (table["high"] == 8).all()


def by_hand() -> Limits:
    """Limits that differ by plate and channel, in no order."""
    rows = [("b", "y", 40, 41), ("a", "x", 10, 11), ("b", "x", 30, 31), ("a", "y", 20, 21)]
    table = pd.DataFrame(rows, columns=["plate", "channel", "low", "high"])
    return Limits(table.assign(mean=table["low"] / 100, sd=table["high"] / 10))


def screen_of(plates: list[str], channels: tuple[str, ...]) -> Screen:
    meta = pd.DataFrame({"plate": plates, "well": "A01"})
    blank = np.zeros((len(channels), 2, 2), dtype=np.uint16)
    return Screen(meta, channels, lambda rows: np.stack([blank] * len(rows)), (2, 2))


def test_limits_follow_the_rows_and_the_channels() -> None:
    limits = by_hand().on(screen_of(["b", "a", "b"], ("y", "x")))
    assert limits.values.dtype == torch.float32
    bounds = limits.values[limits.codes][..., :2]
    assert bounds.tolist() == [[[40, 41], [30, 31]], [[20, 21], [10, 11]], [[40, 41], [30, 31]]]
    raw = torch.tensor([30, 41], dtype=torch.int32).reshape(1, 2, 1, 1).expand(2, 2, 2, 2)
    for rows in (np.array([1, 2]), torch.tensor([1, 2])):
        assert limits.rescale(raw, rows)[:, :, 0, 0].tolist() == [[1, 1], [0, 1]]
        zeros = torch.zeros(2, 2, 2, 2)
        expected = [[-0.2 / 2.1, -0.1 / 1.1], [-0.4 / 4.1, -0.3 / 3.1]]
        made = limits.standardize(zeros, rows)[:, :, 0, 0]
        assert torch.allclose(made, torch.tensor(expected), atol=1e-7)


def test_limits_that_are_not_there_are_missed() -> None:
    with pytest.raises(InputError, match=r"no intensity limits for plate and channel \('c', 'x'\)"):
        by_hand().on(screen_of(["a", "c"], ("x",)))
    with pytest.raises(InputError, match=r"\('a', 'z'\)"):
        by_hand().on(screen_of(["a"], ("z",)))
    with pytest.raises(InputError, match="limits for channel 'z'; allowed: x, y"):
        by_hand().select(["x", "z"])


def test_selected_channels_keep_their_limits() -> None:
    selected = by_hand().select(["y"])
    assert selected.table["plate"].tolist() == ["b", "a"]
    screen = screen_of(["a", "b"], ("y",))
    assert torch.equal(selected.on(screen).values, by_hand().on(screen).values)


def test_limits_come_back_from_disk(tmp_path: Path) -> None:
    path = by_hand().save(tmp_path / "deep" / "limits.parquet")
    pd.testing.assert_frame_equal(Limits.load(path).table, by_hand().table)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_no_table_of_limits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        Limits.load(tmp_path / "limits.parquet")
    by_hand().table.drop(columns="sd").to_parquet(tmp_path / "limits.parquet")
    with pytest.raises(InputError, match=r"limits.parquet: a table of .* needs the columns \['sd"):
        Limits.load(tmp_path / "limits.parquet")


def test_rescaling_equals_its_twin_in_float64() -> None:
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 65536, size=(3, 2, 8, 9)).astype(np.uint16)
    bounds = np.sort(rng.integers(0, 65536, size=(3, 2, 2)), axis=-1).astype(np.float32)
    values = np.concatenate(
        [bounds, np.tile(np.array([0, 1], dtype=np.float32), (3, 2, 1))], axis=-1
    )
    limits = RowLimits(torch.from_numpy(values), torch.arange(3))
    made = limits.rescale(torch.from_numpy(raw), np.arange(3))
    low, high = bounds[..., 0, None, None].astype(float), bounds[..., 1, None, None].astype(float)
    expected = np.clip((raw.astype(np.float64) - low) / np.maximum(high - low, 1), 0, 1)
    assert made.dtype == torch.float32
    assert np.abs(made.numpy() - expected).max() < 1e-6
    assert torch.equal(limits.standardize(made, np.arange(3)), made)
    assert torch.equal(limits.apply(torch.from_numpy(raw), np.arange(3)), made)


def test_a_buffer_is_written_into() -> None:
    raw = torch.arange(8, dtype=torch.int32).reshape(1, 2, 2, 2)
    values = torch.tensor([[[0.0, 4.0, 0.0, 1.0], [0.0, 8.0, 0.0, 1.0]]])
    limits, rows = RowLimits(values, torch.tensor([0])), np.array([0])
    buffer = torch.full((1, 2, 2, 2), torch.nan)
    made = limits.rescale(raw, rows, out=buffer)
    assert made is buffer
    assert torch.equal(made, limits.rescale(raw, rows))
    assert made.flatten().tolist() == [0, 0.25, 0.5, 0.75, 0.5, 0.625, 0.75, 0.875]


@pytest.mark.parametrize("standardize", [False, True])
def test_changed_images_are_clipped_where_a_camera_count_is(
    tiny_screen: Screen, *, standardize: bool
) -> None:
    """Black and white as `apply` makes them are the bounds; what is between stays."""
    screen = ruled(tiny_screen, low=1, high=99, standardize=standardize)
    limits, rows = Limits.of(screen).on(screen), np.array([0, 20])
    black = limits.apply(torch.zeros((2, 2, 3, 3), dtype=torch.int32), rows)
    white = limits.apply(torch.full((2, 2, 3, 3), 65535, dtype=torch.int32), rows)
    between = (black + white) / 2
    tiles = torch.stack([black - 1, between, white + 0.5], dim=1)
    made = limits.possible(tiles, rows)
    torch.testing.assert_close(made, torch.stack([black, between, white], dim=1))

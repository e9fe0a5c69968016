"""Raw camera counts to [0, 1]: two limits per plate and channel, recorded, never baked in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float32, Integer
from torch import Tensor

from phenolens.core.errors import InputError, nearest
from phenolens.core.screen import Screen

_LEVELS = 65536
Limits = tuple[float, float, float, float]  # low and high in counts; mean and sd in [0, 1]


@dataclass(frozen=True, kw_only=True)
class Rescale:
    """How raw counts become [0, 1].

    Attributes:
        mode: `percentile`: limits are percentiles of each plate's pixels, channel by channel.
            `fixed`: the same two counts everywhere (WS-DINO: 0 and 10,000).
        low: Lower limit, in percent or in counts.
        high: Upper limit, in percent or in counts. What lies outside is clipped.
        on: Which images of a plate percentiles, mean and sd are taken from.
        standardize: Whether views and tiles are then brought to mean 0 and sd 1, by the plate's
            own mean and sd of each channel in [0, 1] (CDCL; a network that starts from random
            weights learns sooner). It is done last, after any change of intensity.
    """

    mode: Literal["percentile", "fixed"] = "percentile"
    low: float = 0.1
    high: float = 99.9
    on: Literal["all", "controls"] = "all"
    standardize: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise InputError(f"low {self.low} must lie below high {self.high}")
        if self.mode == "percentile" and not 0 <= self.low < self.high <= 100:
            raise InputError(f"percentiles lie in 0..100, got {self.low} and {self.high}")


def fit_limits(screen: Screen, rescale: Rescale, chunk: int = 64) -> pd.DataFrame:
    """Return the limits of every plate and channel.

    Columns plate, channel, low, high (counts), and mean and sd of the pixels in [0, 1] where they
    are standardized, else 0 and 1. Percentiles are exact: taken from the full histogram of 16-bit
    counts, they are counts that occur, numpy's `method="lower"`. Where both fall together, high is
    low + 1. Reads every image once.

    Raises:
        InputError: Percentiles of controls are asked for, and a plate has none or the table does
            not say.
    """
    plates = screen.meta["plate"].astype(str)
    names = sorted(plates.unique())
    if rescale.mode == "fixed" and not rescale.standardize:
        fixed = [(rescale.low, rescale.high, 0.0, 1.0)] * len(screen.channels)
        return _table(names, screen.channels, lambda _: fixed)
    use = np.ones(len(screen), dtype=bool)
    if rescale.on == "controls":
        if "control" not in screen.meta:
            raise InputError(
                "percentiles of the controls need a column 'control'",
                where="pixels.rescale.on",
                fix=nearest("control", screen.meta.columns),
            )
        use = screen.meta["control"].to_numpy(dtype=bool)

    def limits(plate: str) -> list[Limits]:
        rows = np.flatnonzero((plates == plate).to_numpy() & use)
        if not len(rows):
            raise InputError(f"plate {plate} has no control image to take percentiles from")
        histogram = np.zeros((len(screen.channels), _LEVELS), dtype=np.int64)
        for begin in range(0, len(rows), chunk):
            images = screen.read(rows[begin : begin + chunk])
            for c in range(images.shape[1]):
                histogram[c] += np.bincount(images[:, c].ravel(), minlength=_LEVELS)
        return [_limits(h, rescale) for h in histogram]

    return _table(names, screen.channels, limits)


def limits_of(
    table: pd.DataFrame,
    plates: pd.Series | Sequence[str],
    channels: Sequence[str],
    columns: tuple[str, str] = ("low", "high"),
) -> Float32[np.ndarray, "n c 2"]:
    """Return (low, high), or (mean, sd), for each image of the plates, channel by channel.

    Raises:
        InputError: The table has no limits for one of the plates or channels.
    """
    wide = table.set_index(["plate", "channel"])[list(columns)]
    codes, names = pd.factorize(np.asarray(plates, dtype=str))
    wanted = pd.MultiIndex.from_product([names, channels])
    missing = wanted.difference(wide.index)
    if len(missing):
        raise InputError(f"no intensity limits for plate and channel {missing[0]}")
    values = wide.loc[wanted].to_numpy(dtype=np.float32)
    return values.reshape(len(names), len(channels), 2)[codes]


def rescale_images(
    raw: Integer[Tensor, "n c h w"], limits: Float[Tensor, "n c 2"], out: Tensor | None = None
) -> Float32[Tensor, "n c h w"]:
    """Return raw counts brought to [0, 1] between their limits and clipped there.

    Args:
        raw: Camera counts.
        limits: Low and high count per image and channel.
        out: Buffer of the result's shape to write into. Casting into fresh memory costs more than
            the arithmetic, so a caller that works in a loop passes the same one each time.
    """
    out = torch.empty(raw.shape, dtype=torch.float32, device=raw.device) if out is None else out
    out.copy_(raw)
    low, high = limits[..., 0, None, None], limits[..., 1, None, None]
    return out.sub_(low).div_((high - low).clamp_min(1.0)).clamp_(0.0, 1.0)


def standardize_images(
    images: Float32[Tensor, "n c h w"], moments: Float[Tensor, "n c 2"]
) -> Float32[Tensor, "n c h w"]:
    """Return images in [0, 1] brought to mean 0 and sd 1 of their plate, channel by channel.

    Args:
        images: Pixels in [0, 1].
        moments: Mean and sd per image and channel; 0 and 1 leave the pixels as they are.
    """
    return (images - moments[..., 0, None, None]) / moments[..., 1, None, None]


def _limits(histogram: Integer[np.ndarray, " levels"], rescale: Rescale) -> Limits:
    """Return low, high, mean and sd of one plate's channel."""
    low, high = rescale.low, rescale.high
    if rescale.mode == "percentile":
        cumulative = np.cumsum(histogram)
        ranks = np.array([low, high]) / 100 * (cumulative[-1] - 1)
        low, high = map(float, np.searchsorted(cumulative, ranks, side="right"))
        high = max(high, low + 1)
    if not rescale.standardize:
        return low, high, 0.0, 1.0
    level = np.clip((np.arange(_LEVELS) - low) / (high - low), 0, 1)
    mean = float(np.average(level, weights=histogram))
    sd = float(np.sqrt(np.average((level - mean) ** 2, weights=histogram)))
    return low, high, mean, sd or 1.0  # an empty channel stays 0


def _table(
    names: Sequence[str],
    channels: Sequence[str],
    limits: Callable[[str], Sequence[Limits]],
) -> pd.DataFrame:
    rows = [
        (plate, channel, *found)
        for plate in names
        for channel, found in zip(channels, limits(plate), strict=True)
    ]
    return pd.DataFrame(rows, columns=["plate", "channel", "low", "high", "mean", "sd"])

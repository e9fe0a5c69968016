"""Raw camera counts to [0, 1]: two limits per plate and channel, recorded, never baked in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float32, Int64, Integer
from torch import Tensor

from phenolens.core.errors import InputError, nearest
from phenolens.core.files import written
from phenolens.core.inside import literal
from phenolens.core.reading.flags import control_rows
from phenolens.core.screen import IntensityRule, Screen
from phenolens.store.counts import LEVELS, Histogram, histograms, read_counts

_BYTES = 32 << 20  # of pixels that are read at a time
_VALUES = ["low", "high", "mean", "sd"]
_COLUMNS = ["plate", "channel", *_VALUES]
_Values = tuple[float, float, float, float]  # low and high in counts; mean and sd in [0, 1]


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """The limits of every plate and channel.

    Attributes:
        table: Columns plate, channel, low, high (counts), and mean and sd of the pixels in [0, 1]
            where they are standardized, else 0 and 1.
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in _COLUMNS if name not in self.table.columns]
        if missing:
            raise InputError(f"a table of intensity limits needs the columns {missing}")

    @classmethod
    def of(
        cls, screen: Screen, chunk: int = 64, counts: Mapping[str, Histogram] | None = None
    ) -> Limits:
        """Return the limits that a screen's intensity rule gives; reads every image once.

        Percentiles are exact: taken from the full histogram of 16-bit counts, they are counts that
        occur, numpy's `method="lower"`. Where both are the same count, high is low + 1. A fixed
        rule that does not standardize reads no image.

        Args:
            screen: Its rule is set by the pixel step `rescale`.
            chunk: Images read at a time.
            counts: Plate -> how often each count occurs in its images, where that is known
                (`counts.read_counts`): then none is read, but for a rule on controls.

        Raises:
            InputError: The screen has no rule, or percentiles of controls are asked for, and a
                plate has none or the table does not say.
        """
        rule = screen.rescale
        if rule is None:
            raise InputError(
                "the screen has no intensity rule", fix="apply the pixel step 'rescale' to it"
            )
        plates = screen.meta["plate"].astype(str)
        names = sorted(plates.unique())
        if rule.mode == "fixed" and not rule.standardize:
            fixed = [(rule.low, rule.high, 0.0, 1.0)] * len(screen.channels)
            return cls(_table(names, screen.channels, lambda _: fixed))
        use = _used(screen, rule)
        known = counts if counts is not None and rule.on == "all" else {}

        def values(plate: str) -> list[_Values]:
            rows = np.flatnonzero((plates == plate).to_numpy() & use)
            if not len(rows):
                raise InputError(f"plate {plate} has no control image to take percentiles from")
            found = known[plate] if plate in known else _histograms(screen, rows, chunk)
            return [_values(h, rule) for h in found]

        return cls(_table(names, screen.channels, values))

    @classmethod
    def of_store(cls, screen: Screen, folder: Path) -> Limits:
        """Return the limits of a store that is opened, from the sums in its folder if it has them.

        Some of its images or channels have other limits: these are read.

        Raises:
            InputError: As `of`.
        """
        counts = read_counts(folder) or {}
        plates = screen.meta["plate"].astype(str).value_counts()
        each = int(np.prod(screen.size))
        same = all(
            plate in counts
            and len(counts[plate]) == len(screen.channels)
            and (counts[plate].sum(axis=1) == images * each).all()
            for plate, images in plates.items()
        )
        return cls.of(screen, counts=counts if same else None)

    @classmethod
    def load(cls, path: Path) -> Limits:
        """Return the limits of a file that `save` wrote.

        Raises:
            InputError: No such file, it is damaged, or it is not a table of limits.
        """
        if not path.is_file():
            raise InputError("no such file", where=path)
        try:
            return cls(pd.read_parquet(literal(path)))
        except InputError as error:
            raise error.at(path) from error
        except Exception as error:  # Arrow raises many kinds
            fix = "delete it: the next run makes it again"
            raise InputError("is damaged", where=path, fix=fix) from error

    def save(self, path: Path) -> Path:
        """Write the table as parquet; return the path."""
        with written(path) as partial:
            self.table.to_parquet(partial)
        return path

    def select(self, channels: Sequence[str]) -> Limits:
        """Return the limits of these channels only.

        Raises:
            InputError: A channel that has no limits.
        """
        names = self.table["channel"].unique()
        unknown = [name for name in channels if name not in names]
        if unknown:
            raise InputError(
                f"no intensity limits for channel '{unknown[0]}'", fix=nearest(unknown[0], names)
            )
        kept = self.table["channel"].isin(channels)
        return Limits(self.table[kept].reset_index(drop=True))

    def on(self, screen: Screen) -> RowLimits:
        """Return these limits row by row of a screen, in the order of its channels.

        Raises:
            InputError: There are no limits for one of its plates or channels.
        """
        wide = self.table.set_index(["plate", "channel"])[_VALUES]
        codes, names = pd.factorize(screen.meta["plate"].astype(str).to_numpy())
        wanted = pd.MultiIndex.from_product([names, screen.channels])
        missing = wanted.difference(wide.index)
        if len(missing):
            raise InputError(f"no intensity limits for plate and channel {missing[0]}")
        values = wide.loc[wanted].to_numpy(dtype=np.float32)
        values = values.reshape(len(names), len(screen.channels), len(_VALUES)).copy()
        return RowLimits(torch.from_numpy(values), torch.from_numpy(codes.astype(np.int64)))


@dataclass(frozen=True, slots=True, eq=False)
class RowLimits:
    """Limits row by row of one screen: the one place where counts become what a network sees.

    Attributes:
        values: Low, high, mean and sd of every plate and channel.
        codes: Plate of every row.
    """

    values: Float32[Tensor, "plate channel 4"] = field(repr=False)
    codes: Int64[Tensor, " n"] = field(repr=False)

    def rescale(
        self,
        raw: Integer[Tensor, "k c h w"],
        rows: Integer[np.ndarray, " k"] | Integer[Tensor, " k"],
        out: Tensor | None = None,
    ) -> Float32[Tensor, "k c h w"]:
        """Return raw counts brought to [0, 1] between their limits and clipped there.

        Args:
            raw: Camera counts, on any device.
            rows: The screen's row of each image.
            out: Buffer of the result's shape to write into. Casting into fresh memory costs more
                than the arithmetic, so a caller that works in a loop passes the same one each time.
        """
        values = self._of(rows, raw)
        out = torch.empty(raw.shape, dtype=torch.float32, device=raw.device) if out is None else out
        out.copy_(raw)
        low, high = values[..., 0, None, None], values[..., 1, None, None]
        return out.sub_(low).div_((high - low).clamp_min(1.0)).clamp_(0.0, 1.0)

    def standardize(
        self,
        images: Float32[Tensor, "k c h w"],
        rows: Integer[np.ndarray, " k"] | Integer[Tensor, " k"],
    ) -> Float32[Tensor, "k c h w"]:
        """Return images in [0, 1] brought to mean 0 and sd 1 of their plate, channel by channel.

        Without `standardize` in the rule the values stay as they are. Training calls it after it
        has changed intensities.
        """
        values = self._of(rows, images)
        return (images - values[..., 2, None, None]) / values[..., 3, None, None]

    def apply(
        self,
        raw: Integer[Tensor, "k c h w"],
        rows: Integer[np.ndarray, " k"] | Integer[Tensor, " k"],
    ) -> Float[Tensor, "k c h w"]:
        """Return raw counts as an encoder takes them: rescaled, then standardized."""
        return self.standardize(self.rescale(raw, rows), rows)

    def possible(
        self,
        images: Float32[Tensor, "k ... c h w"],
        rows: Integer[np.ndarray, " k"] | Integer[Tensor, " k"],
    ) -> Float32[Tensor, "k ... c h w"]:
        """Return changed images as `apply` could have made them: clipped where it clips.

        Args:
            images: As an encoder takes them, or tiles of them.
            rows: The screen's row of each image.
        """
        values = self._of(rows, images)
        more = (1,) * (images.ndim - 4)
        values = values.view(len(values), *more, values.shape[1], 1, 1, 4)
        low, high = (-values[..., 2] / values[..., 3], (1 - values[..., 2]) / values[..., 3])
        return torch.minimum(torch.maximum(images, low), high)

    def _of(
        self, rows: Integer[np.ndarray, " k"] | Integer[Tensor, " k"], images: Tensor
    ) -> Float32[Tensor, "k c 4"]:
        """Return the values of these rows, on the device of the images."""
        return self.values[self.codes[torch.as_tensor(rows)]].to(images.device)


def _used(screen: Screen, rule: IntensityRule) -> np.ndarray:
    """Return the mask of the images that percentiles, mean and sd are computed from."""
    if rule.on == "all":
        return np.ones(len(screen), dtype=bool)
    if "control" not in screen.meta.columns:
        raise InputError(
            "an intensity rule on the controls needs a column 'control'",
            fix=nearest("control", screen.meta.columns, "the table has"),
        )
    return control_rows(screen.meta)


def _histograms(
    screen: Screen, rows: Integer[np.ndarray, " k"], chunk: int
) -> Integer[np.ndarray, "channel levels"]:
    """Return how often each count occurs in these images, channel by channel."""
    found = np.zeros((len(screen.channels), LEVELS), dtype=np.int64)
    each = 2 * len(screen.channels) * int(np.prod(screen.size))
    chunk = max(1, min(chunk, _BYTES // each))
    for begin in range(0, len(rows), chunk):
        found += histograms(screen.read(rows[begin : begin + chunk]))
    return found


def _values(histogram: Integer[np.ndarray, " levels"], rule: IntensityRule) -> _Values:
    """Return low, high, mean and sd of one plate's channel."""
    low, high = rule.low, rule.high
    if rule.mode == "percentile":
        cumulative = np.cumsum(histogram)
        ranks = np.array([low, high]) / 100 * (cumulative[-1] - 1)
        low, high = map(float, np.searchsorted(cumulative, ranks, side="right"))
        high = max(high, low + 1)
    if not rule.standardize:
        return low, high, 0.0, 1.0
    level = np.clip((np.arange(LEVELS) - low) / (high - low), 0, 1)
    mean = float(np.average(level, weights=histogram))
    sd = float(np.sqrt(np.average((level - mean) ** 2, weights=histogram)))
    return low, high, mean, sd or 1.0  # an empty channel stays 0


def _table(
    names: Sequence[str],
    channels: Sequence[str],
    values: Callable[[str], Sequence[_Values]],
) -> pd.DataFrame:
    rows = [
        (plate, channel, *of_channel)
        for plate in names
        for channel, of_channel in zip(channels, values(plate), strict=True)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)

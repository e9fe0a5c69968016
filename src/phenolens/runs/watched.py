"""What is watched while a method trains: a fixed subset of its screen, without its mechanisms."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.tiles import Tiles
from phenolens.store.limits import Limits, RowLimits
from phenolens.training.meter import Subset
from phenolens.training.settings import Training

_SHARE = 0.5  # of the treated images: so many have a replicate in another batch, or it is not asked
_PART = 32  # images per forward pass
_APART = ("batch", "plate", "well")  # replicates are sought in another one of these
_SEED = 11  # of the draw, next to the recipe's


def watched(
    screen: Screen, limits: Limits, embedding: EmbeddingSettings, training: Training, seed: int
) -> Subset | None:
    """Return the images that the encoder is measured on; None where the recipe does not ask.

    Of the metadata it uses treatment, control, batch, plate and well, and never a mechanism.

    Args:
        screen: The prepared pixels that the model sees.
        limits: Intensity limits by plate and channel.
        embedding: Which parts of an image are embedded, and how.
        training: How many images, and what the figures are for.
        seed: Of the recipe.

    Raises:
        InputError: As `check_watched`.
    """
    if not training.watch.every:
        return None
    check_watched(screen.meta, training)
    rows = drawn(screen.meta, training.watch.images, seed)
    few = screen.meta.iloc[rows].reset_index(drop=True)
    apart = apart_by(screen.meta)
    # Treatments of one batch each: among all images the batch alone would point at a replicate.
    rivals = ["batch"] if apart != "batch" and "batch" in few else []
    return Subset(
        images=partial(_images, screen, limits.on(screen), embedding.tiles, rows),
        tiles=len(embedding.tiles),
        treatments=_codes(few, ["treatment"]),
        places=_codes(few, _where(apart)),
        rivals=_codes(few, rivals),
        batches=_codes(few, _where(_varying(few))),
        controls=torch.from_numpy(_controls(few)),
        apart=apart,
        network=embedding.network,
    )


def check_watched(meta: pd.DataFrame, training: Training) -> None:
    """Raise InputError where a table lacks what the looks of a training need.

    Raises:
        InputError: There is no treatment; or a state is chosen by replicates and no treatment has
            any.
    """
    if not training.watch.every:
        return
    if "treatment" not in meta:
        raise InputError(
            "the screen has no treatment, and replicates cannot be sought",
            where="training.watch",
            fix="give it a compound or treatment column, or set training.watch.every = 0",
        )
    treated = meta[~_controls(meta) & meta["treatment"].notna().to_numpy()]
    places = treated.groupby("treatment", observed=True)[["plate", "well"]].apply(
        lambda g: len(g.value_counts())
    )
    if training.keep == "best_replicates" and not (places > 1).any():
        raise InputError(
            "no treatment is there twice, so no state can be chosen by replicates",
            where="training.keep",
            fix="set training.keep = 'last'",
        )


def apart_by(meta: pd.DataFrame) -> str:
    """Return in what replicates differ: batch, plate or well.

    The first in which at least half of the treated images have a replicate somewhere else. Of a
    screen with one batch for each compound (BBBC021) that is the plate.
    """
    treated = meta[~_controls(meta) & meta["treatment"].notna().to_numpy()]
    by_treatment = treated.groupby("treatment", observed=True)
    for name in _APART[:2]:
        if name in meta and len(treated):
            several = by_treatment[name].transform("nunique") > 1
            if several.mean() >= _SHARE:
                return name
    return _APART[-1]


def _varying(meta: pd.DataFrame) -> str:
    """Return what may shift the images: batch, plate or well, the first of which there are two."""
    for name in _APART[:2]:
        if name in meta and meta[name].nunique() > 1:
            return name
    return _APART[-1]


def _where(name: str) -> list[str]:
    return ["plate", "well"] if name == "well" else [name]


def drawn(meta: pd.DataFrame, most: int, seed: int) -> np.ndarray:
    """Return the rows that are watched, (n,) int64, rising: at most so many, drawn by the seed.

    Treatments are as equal in number as they can be, and so are the batches of the controls, which
    are at most a quarter.
    """
    order = np.random.default_rng([seed, _SEED]).permutation(len(meta))
    mixed, controls = meta.iloc[order], _controls(meta)[order]
    named = mixed["treatment"].notna().to_numpy()
    by = _varying(meta)

    def in_turn(mask: np.ndarray, group: str) -> np.ndarray:
        turn = mixed[mask].groupby(group, observed=True, dropna=False).cumcount().to_numpy()
        rows: np.ndarray = order[mask][np.argsort(turn, kind="stable")]
        return rows

    untreated = in_turn(controls, by)[: most // 4]
    treated = in_turn(~controls & named, "treatment")[: most - len(untreated)]
    return np.sort(np.concatenate((untreated, treated))).astype(np.int64)


def _controls(meta: pd.DataFrame) -> np.ndarray:
    if "control" not in meta:
        return np.zeros(len(meta), dtype=bool)
    return meta["control"].fillna(value=False).to_numpy(dtype=bool)


def _codes(meta: pd.DataFrame, columns: list[str]) -> Tensor:
    """Return one code for each row's cells in these columns, (n,) int64; of none: all alike."""
    if not columns:
        return torch.zeros(len(meta), dtype=torch.long)
    groups = meta.groupby(columns, sort=True, dropna=False, observed=True).ngroup()
    return torch.from_numpy(groups.to_numpy(dtype=np.int64))


def _images(
    screen: Screen, limits: RowLimits, tiles: Tiles, rows: np.ndarray, device: torch.device
) -> Iterator[Tensor]:
    """Yield the tiles of these images, as `embed` cuts them."""
    for first in range(0, len(rows), _PART):
        some = rows[first : first + _PART]
        pixels = limits.apply(torch.from_numpy(screen.read(some)).to(device), some)
        yield tiles.cut(pixels).flatten(0, 1)

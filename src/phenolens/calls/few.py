"""Few: the images that are looked at again, so many of each value of a column."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from jaxtyping import Int64

from phenolens.calls.linear import Calls, called
from phenolens.calls.wells import codes_of_wells
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows


def few_images(
    calls: Calls, embeddings: Profiles, most: int, seed: int
) -> tuple[Int64[np.ndarray, " k"], Int64[np.ndarray, " m"]]:
    """Return the images of the calls and controls to embed again, and all rows of their tiles.

    Wells are taken in turn, so that few images are of many wells.

    Args:
        calls: Fitted on these embeddings.
        embeddings: One row per tile, the tiles of an image one after the other, with `tile`.
        most: Images of each call, and of the controls of each plate.
        seed: Of the draw.

    Returns:
        Images (as rows of the screen), ascending, and rows of the table, image by image.
    """
    tiles = int(embeddings.meta["tile"].max()) + 1 if "tile" in embeddings.meta else 1
    first = np.arange(0, len(embeddings), tiles)
    plates = len(calls.scales.places)
    kind = np.where(calls.controls, calls.places, calls.label + plates)[first]
    kind = np.where(~calls.controls[first] & (calls.label[first] < 0), -1, kind)
    images = in_turn(kind, calls.well[first], most, seed)
    return images, (images[:, None] * tiles + np.arange(tiles)).ravel()


def in_turn(
    kind: Int64[np.ndarray, " n"], well: Int64[np.ndarray, " n"], most: int, seed: int
) -> Int64[np.ndarray, " k"]:
    """Return up to `most` places of each kind, ascending; its wells are taken in turn.

    Args:
        kind: Of each place; those below 0 are not taken.
        well: Of each place, as a code.
        most: Places of each kind.
        seed: Of the draw.
    """
    shuffled = np.random.default_rng(seed).permutation(len(kind))
    turn = pd.DataFrame({"kind": kind[shuffled], "well": well[shuffled]})
    turn["nth"] = turn.groupby(["kind", "well"], observed=True).cumcount()
    turn["place"] = shuffled
    kept = turn[turn["kind"] >= 0].sort_values(["kind", "nth"], kind="stable")
    kept = kept.groupby("kind", observed=True).head(most)
    return np.sort(kept["place"].to_numpy(np.int64))


def some_images(
    meta: pd.DataFrame, same: str, most: int, seed: int
) -> tuple[Int64[np.ndarray, " k"], pd.Series]:
    """Return some images of every value of a column and of the controls, and these values.

    Wells are taken in turn. Images without a value are not taken.

    Args:
        meta: Of the screen.
        same: The column; empty: the first of `CALLED` that the screen has, else all are alike.
        most: Images of each value.
        seed: Of the draw.

    Returns:
        Images, ascending, and the value of each (`control` for controls, or as `free_name` has
        it), named as the column.
    """
    same = same or called(meta)
    values = meta[same] if same in meta else pd.Series("image", index=meta.index)
    controls = control_rows(meta)
    text = values.astype(str).str.strip().mask(values.isna()).reset_index(drop=True)
    text = text.mask(controls, free_name("control", text[~controls]))
    kind = pd.factorize(text)[0].astype(np.int64)  # -1 where it is missing
    images = in_turn(kind, codes_of_wells(meta), most, seed)
    return images, text.iloc[images].rename(same if same in meta else "image_of")


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that no value has: the name, or `negative` before it.

    Example:
        >>> free_name("control", ["taxol"]), free_name("control", ["control"])
        ('control', 'negative control')
    """
    known = set(taken)
    while name in known:
        name = f"negative {name}"
    return name

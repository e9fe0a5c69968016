"""What a baseline measures, side by side with what the encoder learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


def on_rows_of(embeddings: Profiles, name: str, table: Profiles) -> Profiles:
    """Return a baseline's features on the rows of embeddings: those of an image on all its tiles.

    Args:
        embeddings: (images x tiles) rows, those of an image next to each other.
        name: Of the baseline.
        table: One row per image, in the same order.
    """
    rows = rows_of_images(embeddings, name, table)
    entry = {"step": "joined", "name": name}
    return replace(
        table.take(rows),
        meta=embeddings.meta,
        provenance=(*table.provenance, entry),
        source=None,
    )


def rows_of_images(embeddings: Profiles, name: str, table: Profiles) -> np.ndarray:
    """Return the row of a baseline's table for each row of embeddings.

    Args:
        embeddings: (images x tiles) rows, those of an image next to each other.
        name: Of the baseline.
        table: One row per image, in the same order.
    """
    each, rest = divmod(len(embeddings), max(len(table), 1))
    rows = np.repeat(np.arange(len(table)), each)
    shared = [column for column in table.meta if column in embeddings.meta]
    own = table.meta[shared].iloc[rows].reset_index(drop=True)
    if rest or not own.equals(embeddings.meta[shared]):
        raise RuntimeError(f"rows of {name} are not those of the embeddings")
    return rows


def per_image(profiles: Profiles) -> Profiles:
    """Return the mean over the tiles of each image; what is measured per image is there once.

    Args:
        profiles: (images x tiles) rows, those of an image next to each other; a column `tile`.
    """
    if "tile" not in profiles.meta:
        return profiles
    first = np.flatnonzero((profiles.meta["tile"] == 0).to_numpy())
    made = np.add.reduceat(profiles.features.astype(np.float64), first, axis=0)
    count = np.diff(np.append(first, len(profiles)))
    meta = profiles.meta.iloc[first].drop(columns="tile").reset_index(drop=True)
    features = (made / count[:, None]).astype(np.float32)
    entry = {"step": "per_image", "tiles": int(count.max())}
    provenance = (*profiles.provenance, entry)
    return replace(profiles, meta=meta, features=features, provenance=provenance, source=None)


def joined_key(baseline: str, models: Mapping[str, str]) -> str:
    """Return the key of a baseline's features on the rows of embeddings.

    Args:
        baseline: Key of what it measured.
        models: Keys of the embeddings, whose rows it has.
    """
    return f"{baseline} on the rows of {' + '.join(models.values())}"


def refuse_names(joined: Mapping[str, object], models: Mapping[str, object]) -> None:
    """Raise where a baseline and a model of one channel have the same name.

    Raises:
        InputError: They have: names it.
    """
    for name in joined:
        if name in models:
            what = f"'{name}' is the name of a channel's model too"
            raise InputError(
                what, where="joined", fix="rename the channel in the layout's settings"
            )

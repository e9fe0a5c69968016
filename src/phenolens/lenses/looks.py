"""Looks: what a lens changed in tiles of wells that it has not seen, in figures and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Int64
from torch import nn

from phenolens.core.explanation import SIDE, picture
from phenolens.core.shrunk import shrunk
from phenolens.importance.sanity import rank_correlation
from phenolens.lenses.frozen import Frozen
from phenolens.lenses.maps import Mapper
from phenolens.lenses.mining import KINDS, mined
from phenolens.lenses.task import CONTROL, Task
from phenolens.lenses.trial import Trial

RANDOM = "random"  # examples that no rule chose


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one lens changed in held-out tiles.

    Attributes:
        shares: One row per image: `place` in the task, the shares of its map, the same of the map
            of permuted labels with `permuted_` before the name, and `as_permuted`: the rank
            correlation of the two maps.
        shown: One row per example: kind, place, what it was called without and with the lens.
        pictures: Of the examples: `image`, `lens`, `reconstruction` (k, c, h, w) uint8, `map` and
            `map_permuted` (k, h, w) float16, the sum over channels.
    """

    shares: pd.DataFrame
    shown: pd.DataFrame
    pictures: Mapping[str, np.ndarray]


class Looker:
    """Looks at tiles through a lens.

    Args:
        frozen: The extractor, with the task.
        reference: Its autoencoder.
        lens: Trained.
        none: Trained on permuted labels.
    """

    def __init__(
        self, frozen: Frozen, reference: nn.Module, lens: nn.Module, none: nn.Module
    ) -> None:
        self._frozen, self._reference, self._lens, self._none = frozen, reference, lens, none
        self._mapper = Mapper(frozen, reference)

    def look(self, trial: Trial, held: Bool[np.ndarray, " n"], most: int, seed: int) -> Look:
        """Return the shares of the first tile of each held-out image, and some examples.

        Args:
            trial: What the held-out tiles were called.
            held: Which they are.
            most: Examples of each kind.
            seed: Of the draw of those at random.
        """
        task = self._frozen.task
        shares = []
        for rows in self._frozen.batches(np.flatnonzero(held & (task.tile == 0))):
            own, none = self._mapper.maps((self._lens, self._none), rows)
            labels = self._mapper.labels(rows)
            table = self._mapper.shares(own, labels)
            table = table.join(self._mapper.shares(none, labels).add_prefix("permuted_"))
            pairs = zip(own.sum(axis=1), none.sum(axis=1), strict=True)
            table["as_permuted"] = [rank_correlation(*pair) for pair in pairs]
            shares.append(table.assign(place=rows))
        shown = examples(trial, task, held, most, seed)
        pictures = self._pictures(shown["place"].to_numpy(np.int64))
        return Look(pd.concat(shares, ignore_index=True), shown, pictures)

    def _pictures(self, rows: Int64[np.ndarray, " k"]) -> Mapping[str, np.ndarray]:
        if not len(rows):
            return {}
        with torch.inference_mode():
            x = self._frozen.pixels(rows)
            images = {"image": x, "lens": self._lens(x), "reconstruction": self._reference(x)}
        made = {name: picture(light.cpu().numpy()) for name, light in images.items()}
        maps = self._mapper.maps((self._lens, self._none), rows)
        for name, one in zip(("map", "map_permuted"), maps, strict=True):
            made[name] = shrunk(one.sum(axis=1), SIDE).astype(np.float16)
        return made


def examples(
    trial: Trial, task: Task, held: Bool[np.ndarray, " n"], most: int, seed: int
) -> pd.DataFrame:
    """Return the held-out tiles that are shown: those that gained most, and some at random.

    One tile per image and kind. Columns: kind, place, right, without, with (what it is called),
    p_without, p_with (of the right class).
    """
    control = task.names.index(CONTROL) if CONTROL in task.names else -1
    at = np.arange(len(task))
    own = [called[at, trial.labels] for called in (trial.before, trial.after)]
    rng = np.random.default_rng(seed)
    order = {kind: np.argsort(own[0] - own[1], kind="stable") for kind in KINDS}
    order[RANDOM] = rng.permutation(len(task))
    found = {**mined(trial.before, trial.after, trial.labels, control), RANDOM: held}
    names = np.array(task.names, dtype=object)
    parts = []
    for kind, mask in found.items():
        rows = order[kind][(mask & held)[order[kind]]]
        once = ~pd.Series(task.image[rows]).duplicated().to_numpy()
        parts.append(pd.DataFrame({"kind": kind, "place": rows[once][:most]}))
    shown = pd.concat(parts, ignore_index=True)
    place = shown["place"].to_numpy(np.int64)
    shown["right"] = names[trial.labels[place]]
    for name, called, sure in zip(
        ("without", "with"), (trial.before, trial.after), own, strict=True
    ):
        shown[name] = names[called[place].argmax(axis=1)]
        shown[f"p_{name}"] = sure[place]
    return shown

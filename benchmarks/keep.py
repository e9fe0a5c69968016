"""Which state of a training is kept: by replicates, by NSCB itself, or the last.

One training on the simulated screen (`recipes/simulated/simclr.toml`), with a look at every image
every second epoch. Each look's embeddings go through the recipe's chain and are scored. Printed:
the look that `keep = "best_replicates"` chooses, the best one by NSCB, and the last; then what
choosing by NSCB overstates: the look is chosen by the treatments of half of the compounds of each
mechanism, and scored on those of the other half, in many random splits.

    python benchmarks/keep.py [--epochs 40] [--seed 0] [--accelerator cuda] [--looks FILE.npz]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import numpy as np
import pandas as pd
from torch import Tensor

from phenolens import run
from phenolens.chains.chain import profile
from phenolens.core.machine import Machine
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import Recipe
from phenolens.runs.watched import drawn
from phenolens.training import watch
from phenolens.training.device import Accelerator
from phenolens.training.meter import Subset, measure

EVERY, IMAGES, SPLITS = 2, 8192, 200


@dataclass(frozen=True)
class Look:
    """One look at the encoder.

    Attributes:
        embeddings: (n, d), one row per image.
        replicates: What chooses the state.
    """

    embeddings: np.ndarray
    replicates: float


def looks_of(recipe: Recipe, folder: Path, machine: Machine) -> list[Look]:
    """Run the recipe and return every look at its encoder, the untrained one first."""
    looks: list[Look] = []

    def kept(embeddings: Tensor, subset: Subset) -> dict[str, float]:
        figures = measure(embeddings, subset)
        looks.append(Look(embeddings.float().numpy(), figures[watch.CHOSEN_BY]))
        return figures

    with patch.object(watch, "measure", kept):
        run(recipe, out=folder / "run", cache=folder / "cache", machine=machine)
    return looks


def scores_of(recipe: Recipe, looks: Sequence[Look]) -> list[Mapping[str, Score]]:
    """Return the scores of each look after the recipe's chain."""
    learning = recipe.source
    assert isinstance(learning, Learning)
    screen = learning.screen(Path())
    rows = drawn(screen.meta, IMAGES, recipe.seed)
    meta = screen.meta.iloc[rows].reset_index(drop=True)
    made: list[Mapping[str, Score]] = []
    for look in looks:
        names = tuple(f"e{i}" for i in range(look.embeddings.shape[1]))
        profiles = Profiles(meta=meta, features=look.embeddings, names=names)
        profiles = profile(profiles, recipe.profiling)
        made.append({name: metric(profiles) for name, metric in recipe.metrics.items()})
    return made


def halves(rows: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return which rows are of the first half of the compounds of their mechanism, at random."""
    first: set[str] = set()
    for _, compounds in rows.groupby("moa", observed=True)["compound"]:
        mixed = rng.permutation(np.sort(compounds.unique().astype(str)))
        odd = rng.integers(2) if len(mixed) % 2 else 0
        first.update(mixed[: len(mixed) // 2 + odd])
    return rows["compound"].astype(str).isin(first).to_numpy()


def nested(scores: Sequence[Score]) -> tuple[np.ndarray, np.ndarray]:
    """Return NSCB of the look chosen by one half of the compounds: there, and on the other half.

    Each has `SPLITS` values. Neighbours may be of either half; the first of equal looks is chosen.
    """
    rows, rng = scores[0].rows, np.random.default_rng(0)
    keys = rows[["treatment"]]
    # (looks, treatments), all in the order of the first look's rows
    values = np.stack(
        [keys.merge(each.rows, on="treatment", how="left")["value"].to_numpy() for each in scores]
    )
    chosen, other = np.empty(SPLITS), np.empty(SPLITS)
    for split in range(SPLITS):
        half = halves(rows, rng)
        best = int(values[:, half].mean(axis=1).argmax())
        chosen[split], other[split] = values[best, half].mean(), values[best, ~half].mean()
    return chosen, other


def interval(values: np.ndarray) -> str:
    """Return mean and the middle 95 % in words."""
    low, high = np.percentile(values, [2.5, 97.5])
    return f"{values.mean():.3f} ({low:.3f} .. {high:.3f})"


def report(
    epochs: Sequence[int], looks: Sequence[Look], made: Sequence[Mapping[str, Score]]
) -> None:
    """Print every look, then the three choices, then the nested figure."""
    print("| epoch | replicates | NSC | NSCB |\n|---|---|---|---|")
    for epoch, look, scores in zip(epochs, looks, made, strict=True):
        values = " | ".join(f"{scores[name].value:.3f}" for name in ("nsc", "nscb"))
        print(f"| {epoch} | {look.replicates:.4f} | {values} |")
    trained = range(1, len(looks))  # the untrained encoder is never kept
    nscb = [scores["nscb"] for scores in made]
    choices = {
        "best replicates": max(trained, key=lambda i: looks[i].replicates),
        "best NSCB": max(trained, key=lambda i: nscb[i].value),
        "last": len(looks) - 1,
    }
    print("\n| chosen by | epoch | NSCB | 95 % interval |\n|---|---|---|---|")
    for name, i in choices.items():
        value, low, high = nscb[i].value, nscb[i].low, nscb[i].high
        print(f"| {name} | {epochs[i]} | {value:.3f} | {low:.3f} .. {high:.3f} |")
    chosen, other = nested(nscb[1:])
    print(f"\nChosen by NSCB on half of each mechanism's compounds, {SPLITS} splits:")
    print(f"- there {interval(chosen)}, on the other half {interval(other)}")
    print(f"- choosing by NSCB overstates it by {interval(chosen - other)}")


def main() -> None:
    """Train once and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--accelerator", default="auto", choices=get_args(Accelerator))
    parser.add_argument("--looks", type=Path, help="keep the embeddings of all looks here")
    parser.add_argument("--set", nargs="*", default=[], help="other changes of the recipe")
    given = parser.parse_args()
    changes = [f"seed={given.seed}", f"training.epochs={given.epochs}", "baselines=[]"]
    changes += [f"training.watch.every={EVERY}", f"training.watch.images={IMAGES}", *given.set]
    recipe = Recipe.load("simulated/simclr", changes)
    machine = Machine(accelerator=given.accelerator)
    with tempfile.TemporaryDirectory() as folder:
        looks = looks_of(recipe, Path(folder), machine)
    if given.looks:
        arrays: dict[str, Any] = {f"look{i}": look.embeddings for i, look in enumerate(looks)}
        np.savez(given.looks, replicates=[look.replicates for look in looks], **arrays)
    epochs = [min(EVERY * i, given.epochs) for i in range(len(looks))]
    report(epochs, looks, scores_of(recipe, looks))


if __name__ == "__main__":
    main()

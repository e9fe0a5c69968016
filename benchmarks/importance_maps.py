"""What importance maps find: against the truth of the simulator, and against an untrained encoder.

    phenolens run quickstart --out runs/quickstart
    python benchmarks/importance_maps.py runs/quickstart [--methods occlusion --most 4]

Maps are made of the run's encoder, and of one with random weights, whose calls are fitted on its
own embeddings. Printed as tables in Markdown: for each call and method the
share of each stain, deletion and insertion, and the test of sanity. On the simulated screen also
whether the planted stain has the highest share (chance 1 / channels), and the mass on the planted
object (nuclei, cells, mitotic cells: true masks) against its area.
"""

from __future__ import annotations

import argparse
import os
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import torch
from torch import nn

from phenolens.core.explanation import Explanation
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Progress, uncounted
from phenolens.core.run_folder import RunFolder
from phenolens.embedding.seen import Seen
from phenolens.explanations.base import Subject
from phenolens.explanations.importance_maps import ImportanceMaps
from phenolens.importance.grid import resized
from phenolens.models.folder import load
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import Recipe
from phenolens.screens.simulator.mechanisms import MAIN_STAIN
from phenolens.screens.synthetic import Synthetic
from phenolens.statistics.intervals import interval_of_mean
from phenolens.store.limits import Limits
from phenolens.store.pixel_store import open_store

# And those of which it is known in which objects it is.
OBJECTS = {
    "DNA replication": "nuclei",
    "DNA damage": "nuclei",
    "Aurora kinase inhibitors": "nuclei",
    "Eg5 inhibitors": "mitotic cells",
    "Microtubule stabilizers": "cells",
    "Microtubule destabilizers": "cells",
    "Actin disruptors": "cells",
}


def seen_of(run: Path, cache: Path) -> Seen:
    """Return a run's joint model with its prepared pixels."""
    learning = Recipe.load(RunFolder(run).recipe).source
    assert isinstance(learning, Learning)
    (store,) = cache.glob("prepare/*/store.json")
    (limits,) = cache.glob("limits/*/limits.parquet")
    screen = learning.pixels[-1](open_store(store.parent))
    return Seen(
        encoder=load(run / "models" / "joint", screen.channels).encoder.eval(),
        new_encoder=lambda: random_encoder(learning, screen.channels, learning.seed),
        settings=learning.embedding,
        screen=screen,
        limits=Limits.load(limits),
    )


def random_encoder(learning: Learning, channels: tuple[str, ...], seed: int) -> nn.Module:
    """Return the encoder of a recipe with random weights."""
    assert learning.encoder is not None
    maker, settings = learning.encoder
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made: nn.Module = maker(channels, **settings)
    return made.eval()


def untrained(seen: Seen) -> Subject:
    """Return the encoder with random weights, its calls fitted on its own embeddings."""
    encoder = seen.new_encoder()
    one = replace(seen, encoder=encoder)  # its random weights are its own: no test of sanity
    return subject(one, one.embed(np.arange(len(seen.screen))))


def subject(seen: Seen, embeddings: Profiles) -> Subject:
    """Return what an explanation is given."""
    return Subject(model="joint", embeddings=embeddings, images=lambda: seen, bar=no_bar)


@contextmanager
def no_bar(_: str) -> Iterator[Progress]:
    """Yield a bar that shows nothing."""
    yield uncounted


def object_masses(made: Explanation, seen: Seen, layout: Synthetic, patch: int) -> pd.DataFrame:
    """Return of each picture and method the mass on the planted object, and its share of the area.

    The object of a mechanism is that of `OBJECTS`; masks are the simulator's.
    """
    rows = []
    methods = [name.removeprefix("map_") for name in made.pictures if name.startswith("map_")]
    for i, meta in enumerate(made.shown.to_dict("records")):
        if meta["moa"] not in OBJECTS:
            continue
        truth = layout.truth(int(meta["image"]))
        dividing = truth.cells["state"].isin(["mitotic", "monopolar"])
        mask = {
            "nuclei": truth.nuclear_mask > 0,
            "cells": truth.cell_mask > 0,
            "mitotic cells": np.isin(truth.cell_mask, truth.cells.loc[dividing, "label"]),
        }[OBJECTS[meta["moa"]]]
        whole = resized(torch.from_numpy(mask)[None, None].double(), seen.screen.size)
        tile = seen.settings.tiles.cut(whole)[0, int(meta["tile"])]
        side = tile.shape[-1] // patch
        area = resized(tile[None], (side, side))[0, 0].numpy()
        if area.sum() == 0:
            continue
        for method in methods:
            seen_map = np.maximum(made.pictures[f"map_{method}"][i].astype(float).sum(axis=0), 0)
            if seen_map.sum() > 0:
                mass = float((seen_map * area).sum() / seen_map.sum())
                rows.append((meta["moa"], method, mass, float(area.mean())))
    return pd.DataFrame(rows, columns=["moa", "method", "mass", "area"])


def print_calls(made: Explanation, channels: tuple[str, ...]) -> None:
    """Print a row for each call and method."""
    same = str(made.rows.columns[0])
    shares = [f"share_{c}" for c in channels if f"share_{c}" in made.rows]
    names = [name.removeprefix("share_") for name in shares]
    heads = [same, "method", "AUC", "Holm p", *names, "deletion", "insertion"]
    heads += ["like random weights", "like permuted labels", "trusted"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in made.rows.sort_values(["method", same]).to_dict("records"):
        cells = [row[same], row["method"], f"{row['auc']:.2f}", f"{row['p_holm']:.3f}"]
        cells += [interval(row, share) for share in shares]
        cells += [interval(row, name) for name in ("deletion", "insertion")]
        cells += [f"{row['as_random_weights']:.2f}", f"{row['as_permuted_labels']:.2f}"]
        print("| " + " | ".join([*cells, "yes" if row["trusted"] else "no"]) + " |")


def interval(row: dict[str, float], name: str) -> str:
    """Return a figure with its interval."""
    return f"{row[name]:.2f} ({row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})"


def print_recovery(title: str, made: Explanation, masses: pd.DataFrame, count: int) -> None:
    """Print how often the planted stain is first, and how much of the mass is on the object."""
    for method, part in made.rows.groupby("method", observed=True):
        shares = part.set_index("moa").filter(regex="^share_[^_]*$").dropna()
        found = [m for m in MAIN_STAIN if m in shares.index]
        hits = [shares.loc[m].idxmax() == f"share_{MAIN_STAIN[m]}" for m in found]
        if hits:
            mean = np.mean([shares.loc[m, f"share_{MAIN_STAIN[m]}"] for m in found])
            print(f"{title}, {method}: the planted stain is first in {sum(hits)} of {len(hits)}")
            print(f"  calls (chance {len(hits) / count:.1f}); its mean share is {mean:.2f}")
        on = masses[masses["method"] == method]
        low, high = interval_of_mean((on["mass"] - on["area"]).to_numpy(), on["moa"])
        print(
            f"{title}, {method}, planted objects: mass {on['mass'].mean():.2f}, area "
            f"{on['area'].mean():.2f}, difference {(on['mass'] - on['area']).mean():.2f} "
            f"({low:.2f} to {high:.2f}, over mechanisms)"
        )
        for moa, one in on.groupby("moa", observed=True):
            print(
                f"{title}, {method}, {moa} on {OBJECTS[str(moa)]}: mass {one['mass'].mean():.2f}, "
                f"area {one['area'].mean():.2f} ({len(one)} images)"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--cache", type=Path, help="its cache, where that is not next to it")
    parser.add_argument("--only", choices=["trained", "untrained"])
    parser.add_argument("--most", type=int, default=12)
    parser.add_argument("--controls", type=int, default=2)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--by", default="plate")
    parser.add_argument("--methods", nargs="+", default=["integrated_gradients", "grad_cam"])
    chosen = parser.parse_args()
    folder, cache = RunFolder(chosen.run), chosen.cache or chosen.run.parent / "phenolens-cache"
    seen = seen_of(chosen.run, cache)
    asks = ImportanceMaps(
        most=chosen.most,
        controls=chosen.controls,
        steps=chosen.steps,
        by=chosen.by,
        methods=tuple(chosen.methods),
        shown=chosen.most,
    )
    layout = tomllib.loads(folder.recipe.read_text())["screen"]
    simulated = layout.pop("layout") == "synthetic"
    for name in [chosen.only] if chosen.only else ["trained", "untrained"]:
        began = time.process_time()
        if name == "trained":
            made = asks(subject(seen, Profiles.load(folder.embedding("joint"))))
        else:
            made = asks(untrained(seen))
        print(f"\n## {name} ({time.process_time() - began:.0f} s of processors)\n", flush=True)
        print_calls(made, seen.screen.channels)
        if simulated:
            masses = object_masses(made, seen, Synthetic(**layout), asks.patch)
            print_recovery(name, made, masses, len(seen.screen.channels))


if __name__ == "__main__":
    main()

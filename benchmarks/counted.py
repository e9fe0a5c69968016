"""Classes of effects on simulated time-lapse images: by growth, counted in them, and by the shape.

Screens in transmitted light (`brightfield` with times) with known truth: 13 drugs, two doses, two
wells each. Growth from the planted number of living cells (with dead cells, and without), from
`confluence` of the images, and the shape of trajectories of intensity statistics.

OMP_NUM_THREADS=1 python benchmarks/counted.py --seeds 20 21 22 23 24
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from phenolens.baselines.confluence import confluence_of
from phenolens.baselines.intensity import intensity_statistics
from phenolens.core.profiles import Profiles
from phenolens.metrics.effect_accuracy import EffectAccuracy
from phenolens.profiling.effect_classes import EffectClasses
from phenolens.profiling.growth_rates import GrowthRates
from phenolens.profiling.standardize import Standardize
from phenolens.profiling.subtract_before import SubtractBefore
from phenolens.profiling.trajectories import Trajectories
from phenolens.screens.brightfield import Brightfield

TIMES = (-8.0, -4.0, 0.0, 6.0, 12.0, 24.0, 36.0, 48.0, 60.0, 72.0)
FIGURES = ("accuracy", "balanced", "cannot_tell", "when_called")


def main() -> None:
    """Print one line per seed, then the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[20, 21, 22, 23, 24])
    rows = []
    for seed in parser.parse_args().seeds:
        for kind, called in classes(measured(seed)):
            score = EffectAccuracy(permutations=0)(called)
            known = (score.figures[name] for name in FIGURES[1:])
            rows.append((kind, seed, score.value, *known))
            print(
                f"seed {seed}, {kind}: " + ", ".join(f"{v:.3f}" for v in rows[-1][2:]), flush=True
            )
    table = pd.DataFrame(rows, columns=["classes by", "seed", *FIGURES])
    print("\n| classes by | " + " | ".join(FIGURES) + " |\n" + "|---" * 5 + "|")
    for kind, own in table.groupby("classes by", observed=True, sort=False):
        print(f"| {kind} | " + " | ".join(interval(own[name]) for name in FIGURES) + " |")


def measured(seed: int) -> Profiles:
    """Return a screen's intensity statistics, with counts and confluence among the metadata."""
    layout = Brightfield(
        seed=seed,
        cell_lines=1,
        batches=1,
        lines_per_batch=1,
        replicates=2,
        mechanisms=13,
        compounds=1,
        doses=2,
        controls=6,
        sites=1,
        times=TIMES,
    )
    screen = layout(Path())
    found, statistics = [], []
    for row in range(len(screen)):
        image = layout.read(np.array([row]))
        half = image.reshape(1, 1, 128, 2, 128, 2).mean(axis=(3, 5)).round().astype(np.uint16)
        alive = layout.truth(row).cells["alive"].to_numpy(dtype=bool)
        found.append((int(alive.sum()), int((~alive).sum()), confluence_of(half[0, 0])))
        statistics.append(intensity_statistics(half)[0])
    counts = pd.DataFrame(found, columns=["alive", "dead", "confluence"])
    meta = pd.concat([screen.meta.reset_index(drop=True), counts], axis=1)
    return Profiles(meta=meta, features=np.array(statistics))


def classes(screen: Profiles) -> Iterator[tuple[str, Profiles]]:
    """Yield how drugs were classed, and the table with their classes."""
    curves = SubtractBefore()(screen)
    tracks = Trajectories()(Standardize(by=("plate",), on="controls")(curves))
    yield "shape, intensity statistics", EffectClasses(basis="shape")(tracks)
    for kind, step in (
        ("confluence of the images", GrowthRates(size="confluence")),
        ("planted living cells", GrowthRates(size="alive")),
        ("planted living and dead cells", GrowthRates(size="alive", death=("dead",))),
    ):
        rated = step(screen)
        first = (rated.meta["time"] == TIMES[0]).to_numpy()
        one = rated.take(first)
        yield (
            kind,
            EffectClasses(basis="growth")(Profiles(one.meta.drop(columns="time"), one.features)),
        )


def interval(values: pd.Series) -> str:
    """Return the mean and its 95 % interval by Student's t."""
    half = student.ppf(0.975, len(values) - 1) * values.std() / np.sqrt(len(values))
    mean = values.mean()
    return (
        f"{mean:.3f} ({mean - half:.3f} to {mean + half:.3f})" if len(values) > 1 else f"{mean:.3f}"
    )


if __name__ == "__main__":
    main()

"""What a lens gains on the simulated screen, and whether its maps find what was planted.

A small autoencoder is trained, then asked for `explanations.lens` with several coefficients: 0 is
reconstruction alone. Mechanisms are called, wells are dealt to two folds for each of three seeds.

    python benchmarks/lens.py [--out runs/lens] [--coefficients -20 0 1] [--set steps=400 lr=3e-3]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from phenolens import run
from phenolens.core.explanation import Explanation
from phenolens.core.machine import Machine
from phenolens.core.run_folder import RunFolder
from phenolens.runs.recipe import Recipe
from phenolens.screens.simulator.mechanisms import MAIN_STAIN

SMALL = [
    "baselines=[]",
    "screen.sites=1",
    "screen.compounds=2",
    "pixels.0.factor=0.25",
    "views.crops.global_size=32",
    "encoder.widths=[16,16,8]",
    "encoder.size=32",
    "method.widths=[16,16]",
    "training.epochs=6",
    "training.lr=3e-3",
    "embedding.tiles.size=32",
]


def lens_of(out: Path, settings: list[str]) -> Explanation:
    """Return the lens of a run, which is trained where it is not there yet."""
    changes = [*SMALL, 'explanations.lens.same="moa"']
    changes += [f"explanations.lens.{setting}" for setting in settings]
    recipe = Recipe.load("simulated/autoencoder", changes)
    run(recipe, out=out, machine=Machine(threads=1), page=False)
    return Explanation.load(RunFolder(out).explanation("lens", "joint"))


def interval(figures: dict[str, float], name: str) -> str:
    """Return a gain with its interval and p."""
    value, low, high, p = (figures[f"{name}{end}"] for end in ("", "_low", "_high", "_p"))
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f}), p {p:.2g}"


def accuracy_row(coefficient: float, one: Explanation) -> str:
    """Return what a lens gains."""
    f = dict(one.figures)
    seeds = ", ".join(f"{v:+.3f}" for k, v in f.items() if k.startswith("top3_gain_of_seed"))
    cells = [f"{coefficient:g}"]
    for top in (3, 1):
        cells += [f"{f[f'top{top}_without']:.3f}", f"{f[f'top{top}_with']:.3f}"]
        cells.append(interval(f, f"top{top}_gain"))
    cells += [seeds, interval(f, "permuted_top3_gain"), f"{f['maps_as_permuted']:.2f}"]
    return f"| {' | '.join([*cells, str(one.trusted)])} |"


def planted_rows(rows: pd.DataFrame) -> list[str]:
    """Return the share of the maps in the planted channel, next to other wells and no labels."""
    made = []
    for name, channel in MAIN_STAIN.items():
        own = rows["moa"] == name
        share, others = (rows.loc[part, f"channel_{channel}"].mean() for part in (own, ~own))
        none = rows.loc[own, f"permuted_channel_{channel}"].mean()
        made.append(f"| {name} ({channel}) | {share:.2f} | {others:.2f} | {none:.2f} | 0.33 |")
    return made


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("runs/lens"))
    parser.add_argument("--coefficients", type=float, nargs="*", default=[-20.0, 0.0, 1.0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", nargs="*", default=["steps=400", "batch_size=32", "lr=3e-3"])
    given = parser.parse_args()
    found = {}
    for c in given.coefficients:
        found[c] = lens_of(given.out, [f"coefficient={c}", f"seeds={given.seeds}", *given.set])
    print(
        "| c | top-3 without | with | gain | top-1 without | with | gain | top-3 by seed ", end=""
    )
    print("| permuted labels | maps as permuted | trusted |\n" + "|---" * 11 + "|")
    for c, one in found.items():
        print(accuracy_row(c, one))
    for c, one in found.items():
        f = one.figures
        print(f"\nc = {c:g}: {'; '.join(one.notes)}")
        print(
            f"on cells {f['mass_cells']:.3f}, area {f['mass_cells_chance']:.3f}, excess "
            f"{f['excess_cells_low']:+.3f} to {f['excess_cells_high']:+.3f}, permuted labels "
            f"{f['mass_cells_permuted']:.3f}"
        )
        for kind in ("control_corrected", "call_corrected", "confidence_gained"):
            print(f"{kind} {f[kind]:.1f}, spoiled {f[f'{kind}_spoiled']:.1f}")
        print("| planted | its share of the map | other wells | permuted labels | chance |")
        print("\n".join(["|---" * 5 + "|", *planted_rows(one.rows)]))


if __name__ == "__main__":
    main()

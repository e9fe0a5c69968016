"""The table of the runs of `real_cells.py`, as Markdown.

    python benchmarks/real_cells_table.py OUT [OTHER_EMBEDDINGS.parquet ...]

OUT holds `runs.jsonl` and, where they were kept, the folders of the runs. Other embeddings of the
same images (of a frozen network, say) are named `TITLE@DATA.parquet`; chain and metrics are the
recipe's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from phenolens.core.profiles import Profiles
from phenolens.runs.recipe import Recipe
from phenolens.runs.watched import apart_by
from phenolens.training.meter import Subset, measure

METRICS = {"mitocheck": ("knn", "probe", "plate")}


def shown(score: Mapping[str, Any]) -> str:
    """Return a score with its interval."""
    hits = f"{score['hits']}/{score['n']} = " if score.get("hits") is not None else ""
    interval = "" if score["low"] is None else f" ({score['low']:.3f}-{score['high']:.3f})"
    return f"{hits}{score['value']:.3f}{interval}"


def codes(profiles: Profiles, *names: str) -> torch.Tensor:
    """Return one code for each row's cells in these columns."""
    groups = profiles.meta.groupby(list(names), sort=True, dropna=False, observed=True).ngroup()
    return torch.from_numpy(groups.to_numpy(dtype=np.int64))


def meter(profiles: Profiles) -> dict[str, float]:
    """Return the figures of `training.watch` on all images, for any features."""
    images = [name for name in ("plate", "well", "site", "cell", "x", "y") if name in profiles.meta]
    place = profiles.meta.groupby(images, sort=False, dropna=False, observed=True).ngroup()
    first = np.unique(place.to_numpy(), return_index=True)[1]
    summed = [np.bincount(place, column) for column in profiles.features.T.astype(float)]
    x = np.stack(summed, axis=1) / np.bincount(place)[:, None]
    few = profiles.take(first)
    apart = apart_by(few.meta)
    confined = apart != "batch" and "batch" in few.meta
    subset = Subset(
        images=lambda device: iter(()),  # noqa: ARG005
        tiles=1,
        treatments=codes(few, "treatment"),
        places=codes(few, *(("plate", "well") if apart == "well" else (apart,))),
        rivals=codes(few, "batch") if confined else torch.zeros(len(few), dtype=torch.long),
        batches=codes(few, "batch" if "batch" in few.meta else "plate"),
        controls=torch.from_numpy(few.meta["control"].fillna(value=False).to_numpy(dtype=bool)),
        apart=apart,
    )
    return measure(torch.from_numpy(x), subset)


def row(title: str, scores: Mapping[str, Any], figures: Mapping[str, Any], cost: str) -> str:
    """Return one row of the table."""
    data = METRICS["mitocheck"] if "knn" in scores else ("nsc", "nscb")
    cells = [shown(scores[name]) for name in data]
    if "knn" in scores:
        cells.insert(1, f"{scores['knn']['figures']['macro_recall']:.3f}")
    cells += [
        f"{figures[name]:.3f}" if figures.get(name) is not None else ""
        for name in ("replicates", "batch_knn", "batch_linear")
    ]
    return f"| {title} | {' | '.join(cells)} | {cost} |"


def rows(line: dict[str, Any], folder: Path, seen: set[str]) -> Iterator[str]:
    """Yield the rows of a run: its baselines, where they are new, and itself."""
    encoder = "ViT" if line["method"] == "mae" else ""
    encoder = encoder or ("conv_stack" if line["method"] in ("autoencoder", "regularized") else "")
    for title, scores in line["baselines"].items():
        name = f"{title} {encoder}".strip() if title.startswith("untrained") else title
        if name in seen:
            continue
        seen.add(name)
        kind = {"plain features": "plain", "intensity statistics": "intensity"}.get(title)
        path = folder / "baselines" / str(kind) / "all.parquet"
        figures = line["training"]["joint"]["untrained"] if "untrained" in title else {}
        if path.is_file():
            figures = meter(Profiles.load(path))
        yield row(name, scores, figures, "| ")
    cost = line["cost"]
    speed = f"{cost['images_per_second']:.0f} | {cost['peak_memory_mb'] / 1000:.1f}"
    name = line["method"] + ("" if line["variant"] == "recipe" else f", {line['variant']}")
    yield row(f"**{name}**", line["scores"], line["training"]["joint"]["last"], speed)
    ahead = {
        metric: score["ahead"]
        for metric, score in line["baselines"].get("plain features", {}).items()
        if score.get("ahead") and metric != "drop"
    }
    for metric, by in ahead.items():
        print(
            f"{name} ahead of plain features in {metric}: {by['value']:.3f} "
            f"({by['low']:.3f} to {by['high']:.3f})"
        )


def other(path: Path, recipe: Path) -> str:
    """Return the row of embeddings made elsewhere, under the chain and metrics of a recipe."""
    made = Profiles.load(path)
    profiles = made
    loaded = Recipe.load(recipe)
    for step in loaded.profiling:
        profiles = step(profiles)
    scores = {name: metric(profiles).summary() for name, metric in loaded.metrics.items()}
    return row(path.name.partition("@")[0], scores, meter(made), "| ")


def main() -> None:
    """Print a table for each set of cells."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("others", type=Path, nargs="*")
    given = parser.parse_args()
    lines = [json.loads(text) for text in (given.out / "runs.jsonl").read_text().splitlines()]
    for data in ("bbbc021", "mitocheck", "simulated"):
        seen: set[str] = set()
        table: list[str] = []
        for line in lines:
            if line["data"] == data and "scores" in line:
                name = f"{data}-{line['method']}-{line['variant']}".replace(" ", "-")
                table += rows(line, given.out / name, seen)
        for path in given.others:
            if path.stem.endswith(f"@{data}"):
                table.append(other(path, next(given.out.glob(f"{data}-*.toml"))))
        print(f"\n### {data}\n\n" + "\n".join(table))


if __name__ == "__main__":
    main()

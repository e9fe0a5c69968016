"""Every method on real BBBC021 cells, on MitoCheck nuclei and on the simulated screen.

    python benchmarks/real_cells.py DATA OUT [--jobs 8] [--accelerator cuda] [--only bbbc021]

Each run is `phenolens run` with the recipe of `recipes/real_cells` or `recipes/simulated`;
MitoCheck has half the epochs, as it has twice the crops. `--try` adds another encoder and partners
on other plates. One line of JSON for each run is added to OUT/runs.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

RECIPES = Path(__file__).resolve().parent.parent / "recipes"
METHODS = (
    *("simclr", "byol", "barlow_twins", "dino", "cdcl"),
    *("weak_labels", "regularized", "autoencoder", "mae"),
)
PAIRED = ("simclr", "byol", "barlow_twins")  # whose recipes take both views of one image
RESNET = {"name": "resnet", "depth": 18, "stem": "small"}
PROBE = {
    "metric": "linear_probe",
    "same": "moa",
    "groups": "plate",
    "rows": "all",
    "permutations": 0,
}
ACROSS = {"same": ["treatment"], "differ": ["plate"], "fallback": "relax", "shown": "half"}


def both_draws(data: Path, root: Path) -> None:
    """Put both draws of BBBC021 crops into one folder."""
    for folder, name in (("13moa", "dev"), ("13moa-second", "second")):
        for ending in ("images.npz", "cells.csv"):
            place = data / f"bbbc021-singlecells-{folder}" / f"{name}_{ending}"
            (root / place.name).write_bytes(place.read_bytes())


def mitocheck(data: Path, root: Path) -> None:
    """Copy the MitoCheck nuclei; their wells are numbers of spots, 24 in a row."""
    folder = data / "mitocheck-singlecells"
    (root / "dev_images.npz").write_bytes((folder / "dev_images.npz").read_bytes())
    table = pd.read_csv(folder / "dev_cells.csv")
    row, column = np.divmod(table["well"].to_numpy() - 1, 24)
    table["well"] = [f"{chr(65 + r)}{c + 1:02d}" for r, c in zip(row, column, strict=True)]
    table.drop(columns=["c", "tt"]).to_csv(root / "dev_cells.csv", index=False)


def recipe(data: str, method: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the recipe of a method, made to fit a set of cells, with other settings."""
    folder = "simulated" if data == "simulated" else "real_cells"
    made: dict[str, Any] = tomllib.loads((RECIPES / folder / f"{method}.toml").read_text())
    if data == "bbbc021":
        made["screen"] |= {
            "images": ["dev_images.npz", "second_images.npz"],
            "table": ["dev_cells.csv", "second_cells.csv"],
        }
    if data == "mitocheck":
        made["screen"] = {
            "layout": "cells",
            "channels": ["DNA"],
            "columns": {"compound": "gene", "moa": "phenotype"},
        }
        labelled = method in ("dino", "cdcl", "weak_labels", "regularized")
        made["views"]["where"] = "compound == compound" if labelled else "plate == plate"
        made["profiling"] = [{"step": "standardize", "by": [], "on": "all"}]
        made["training"]["epochs"] = max(1, made["training"]["epochs"] // 2)
        made["metrics"] = {
            "knn": {"metric": "knn_accuracy", "same": "moa", "differ": ["plate"], "unit": "plate"},
            "probe": PROBE,
            "plate": {"metric": "same_group_neighbours", "same": "plate"},
        }
    for key, value in changes.items():
        *path, last = key.split(".")
        place = made
        for name in path:
            place = place.setdefault(name, {})
        place[last] = value
    if changes:  # their baselines are those of the recipe
        made["baselines"] = []
    epochs = made["training"]["epochs"]
    made["training"]["watch"] = {"every": max(1, epochs // 10), "images": 8192}
    return made


def variants(data: str, method: str, *, widely: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the settings to try: a name, and what differs from the recipe."""
    yield "recipe", {}
    if not widely or data != "bbbc021":
        return
    if method in ("mae", "autoencoder", "regularized"):  # whose recipes are bound to an encoder
        path = RECIPES / "real_cells" / f"{method}.toml"
        epochs = tomllib.loads(path.read_text())["training"]["epochs"]
        yield "3x", {"training.epochs": 3 * epochs}
        return
    yield "resnet18", {"encoder": RESNET}
    if method in PAIRED:
        yield "across", {"views.pairs": ACROSS}


def run(
    job: tuple[str, str, str, dict[str, Any]], out: Path, accelerator: str, threads: int
) -> dict[str, Any]:
    """Run one recipe and return its line."""
    data, method, variant, changes = job
    folder = out / f"{data}-{method}-{variant}".replace(" ", "-")
    made = recipe(data, method, changes)
    made["name"] = folder.name.replace("-", "_")
    path = out / f"{folder.name}.toml"
    path.write_text(tomli_w.dumps(made))
    command = [sys.executable, "-c", "from phenolens.cli import main; main()", "run", str(path)]
    command += [
        "--root",
        str(out / f"root-{data}"),
        "--out",
        str(folder),
        "--cache",
        f"{out}/cache",
    ]
    command += ["--wait", "--machine", f"accelerator={accelerator}", "--allow-outside"]
    command += ["--machine", "checkpoint_every=100000", "--machine", "embed_batch_size=256"]
    began = time.perf_counter()
    env = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    took = time.perf_counter() - began
    line = {"data": data, "method": method, "variant": variant, "seconds": round(took, 1)}
    line["threads"] = threads
    if done.returncode:
        return {**line, "error": (done.stdout + done.stderr)[-1500:]}
    found = json.loads((folder / "results.json").read_text())
    keys = ("scores", "baselines", "cost", "training")
    return {**line, **{key: found[key] for key in keys}}


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="bbbc021,mitocheck,simulated")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--accelerator", default="auto")
    parser.add_argument("--try", dest="widely", action="store_true")
    parser.add_argument("--epochs", type=int, help="another length of training")
    parser.add_argument("--threads", type=int, default=2, help="of each run")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    quick: dict[str, Any] = {}
    if given.epochs:
        quick = {"training.epochs": given.epochs, "training.warmup_epochs": given.epochs / 10}
    jobs = []
    for data in given.only.split(","):
        root = given.out / f"root-{data}"
        root.mkdir(exist_ok=True)
        if data != "simulated":
            {"bbbc021": both_draws, "mitocheck": mitocheck}[data](given.data, root)
        for method in given.methods.split(","):
            for variant, changes in variants(data, method, widely=given.widely):
                jobs.append((data, method, variant, {**changes, **quick}))
    jobs.sort(key=lambda job: job[2] != "recipe")
    with ThreadPoolExecutor(given.jobs) as pool, (given.out / "runs.jsonl").open("a") as lines:
        for line in pool.map(
            lambda job: run(job, given.out, given.accelerator, given.threads), jobs
        ):
            lines.write(json.dumps(line) + "\n")
            lines.flush()
            print(line["data"], line["method"], line["variant"], line["seconds"], end=" ")
            print(line.get("error") or {k: round(v["value"], 3) for k, v in line["scores"].items()})
            print("  ", line.get("cost"), line.get("training"), flush=True)


if __name__ == "__main__":
    main()

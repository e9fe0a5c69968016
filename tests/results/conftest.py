"""A run folder such as a run leaves behind: 12 mechanisms, 60 treatments, noise."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.statistics.intervals import wilson

MOA = (
    "Actin disruptors", "Aurora kinase inhibitors", "Cholesterol-lowering", "DNA damage",
    "DNA replication", "Eg5 inhibitors", "Epithelial", "Kinase inhibitors",
    "Microtubule destabilizers", "Microtubule stabilizers", "Protein degradation",
    "Protein synthesis",
)  # fmt: skip
HOSTILE = '<script>alert("x")</script>'
RECIPE = """# how it was made
[screen]
layout = "synthetic"   # <b>
seed = 3

[method]
name = "simclr"
temperature = 0.5
"""


def nearest(profiles: Profiles, *, other_batch: bool) -> pd.DataFrame:
    """Return, per treatment, its nearest other compound (in another batch): a slow reference."""
    unit = profiles.features / np.linalg.norm(profiles.features, axis=1, keepdims=True)
    meta = profiles.meta
    rows = []
    for i in range(len(meta)):
        allowed = (meta["compound"] != meta["compound"][i]).to_numpy()
        if other_batch:
            allowed &= (meta["batch"] != meta["batch"][i]).to_numpy()
        distance = np.where(allowed, 1 - unit @ unit[i], np.inf)
        j = int(np.argmin(distance))
        hit = float(meta["moa"][j] == meta["moa"][i])
        rows.append({
            "treatment": meta["treatment"][i], "moa": meta["moa"][i],
            "neighbour_treatment": meta["treatment"][j], "neighbour_moa": meta["moa"][j],
            "distance": float(distance[j]), "value": hit,
        })  # fmt: skip
    if other_batch:  # a row without any candidate counts as a miss
        rows[7].update(value=0.0, neighbour_treatment=None, neighbour_moa=None, distance=np.inf)
    return pd.DataFrame(rows)


def share(name: str, hits: int, n: int, **more: Any) -> dict[str, object]:
    """Return a share of rows as results.json holds it."""
    low, high = wilson(hits, n)
    return Score(name, hits / n, low=low, high=high, hits=hits, n=n, **more).summary()


def profiles_of(n: int, noise: float, seed: int = 0) -> Profiles:
    """Return n treatments around the centres of the mechanisms."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(len(MOA), 24))
    which = np.arange(n) % len(MOA)
    meta = pd.DataFrame({
        "treatment": [f"compound {i // 2}@{0.1 * (1 + i % 7):g}" for i in range(n)],
        "compound": [f"compound {i // 2 // len(MOA)} {MOA[i % len(MOA)]}" for i in range(n)],
        "moa": [MOA[i] for i in which],
        "batch": [f"Week{1 + i % 10}" if i % 9 else "Week1|Week2" for i in range(n)],
        "plate": [f"Week{1 + i % 10}_2{i % 20:02d}" for i in range(n)],
        "count": generator.integers(40, 400, n),
        "control": False,
    })  # fmt: skip
    meta.loc[0, ["treatment", "compound"]] = HOSTILE
    return Profiles(meta, centres[which] + noise * generator.normal(size=(n, 24)))


def write_log(folder: Path, model: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    step = np.arange(0, 3000, 20)
    loss = 2.1 + 3.2 * np.exp(-step / 700) + 0.08 * generator.normal(size=len(step))
    rank = 120 * (1 - np.exp(-step / 900)) + 4 + generator.normal(size=len(step))
    frame = pd.DataFrame(
        {"step": step, "epoch": step // 100, "loss": loss, "lr": 1e-3, "rank": rank}
    )
    frame.loc[frame.index[5], "rank"] = np.nan
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / f"{model}.csv", index=False)
    (folder / f"{model}.json").write_text(json.dumps({"collapsed_loss": 5.54, "dim": 384}))


def write_examples(folder: Path, meta: pd.DataFrame, size: int = 40) -> None:
    generator = np.random.default_rng(5)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    images = np.empty((len(meta) + 1, 3, size, size), dtype=np.uint8)
    for k in range(len(images)):
        for c in range(3):
            radius = 0.25 + 0.2 * c + 0.1 * generator.random()
            cell = 200 * np.exp(-(((x**2 + y**2) / radius**2) ** 2))
            images[k, c] = np.clip(cell + 20 * generator.random((size, size)), 0, 255)
    np.savez(
        folder / "examples.npz", images=images, channels=np.array(["DAPI", "Tubulin", "Actin"])
    )
    table = meta[["treatment", "moa", "plate"]].assign(well="B02")
    dmso = pd.DataFrame(
        {"treatment": ["DMSO"], "moa": [None], "plate": ["Week1_200"], "well": "C11"}
    )
    pd.concat([table, dmso.astype(table.dtypes.to_dict())], ignore_index=True).to_parquet(
        folder / "examples.parquet"
    )


@pytest.fixture
def without_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where umap-learn is not installed; it is also what takes seconds to compile."""
    monkeypatch.setitem(sys.modules, "umap", None)


@pytest.fixture
def results() -> dict[str, Any]:
    """What results.json holds."""
    return results_of()


def results_of() -> dict[str, Any]:
    """Return what results.json holds."""
    nsc_notes = ("1 treatment without a mechanism is not asked",)
    return {
        "recipe": "simclr on a made screen",
        "seed": 3,
        "version": "0.1.0",
        "scores": {
            "nsc": share("nsc", 49, 60, null=0.083, null_high=0.15, p=0.001, notes=nsc_notes),
            "nscb": share("nscb", 42, 59, null=0.09, null_high=0.17, p=0.001),
            "drop": {"value": 0.105, "low": None, "high": None, "hits": None, "n": 59, "notes": []},
        },
        "baselines": {
            "untrained encoder": {"nsc": share("nsc", 30, 60), "nscb": share("nscb", 18, 59)},
            "intensity statistics": {
                "nsc": share("nsc", 33, 60), "nscb": share("nscb", 22, 59),
                "drop": {"value": 0.177, "n": 59, "notes": []},
            },
            "cell count": {"nsc": share("nsc", 9, 60), "nscb": None},
        },
        "cost": {
            "train_seconds": 412.7, "images_per_second": 318.2, "peak_memory_mb": 1810.0,
            "embed_seconds": 21.4, "total_seconds": 455.0, "device": "cpu", "parameters": 5_524_416,
        },
        "notes": ["Trained on single-cell crops, not on fields: not comparable with field scores."],
    }  # fmt: skip


@pytest.fixture
def run_folder(tmp_path: Path, results: dict[str, Any]) -> Path:
    """A whole run folder."""
    return write_run(tmp_path / "run", results)


def write_run(folder: Path, results: dict[str, Any]) -> Path:
    (folder / "scores").mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps(results))
    (folder / "recipe.toml").write_text(RECIPE)
    provenance = {
        "versions": {"python": "3.11.7", "numpy": "2.3.5"}, "platform": "Linux x86_64",
        "started": "2025-11-20T10:02:11", "finished": "2025-11-20T10:09:46",
        "recipe_hash": "9f2c41", "data": {"images": 4021},
    }  # fmt: skip
    (folder / "provenance.json").write_text(json.dumps(provenance))
    profiles = profiles_of(60, noise=1.4)
    profiles.save(folder / "profiles.parquet")
    nearest(profiles, other_batch=False).to_parquet(folder / "scores" / "nsc.parquet")
    nearest(profiles, other_batch=True).to_parquet(folder / "scores" / "nscb.parquet")
    write_log(folder / "logs", "joint", 1)
    write_examples(folder, profiles.meta)
    return folder

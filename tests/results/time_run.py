"""A run folder of a time course: four drugs in two lines, two doses, each with a known course."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles

HOURS = np.array([-4.0, 0.0, 4.0, 8.0, 12.0, 24.0, 36.0, 48.0])
DRUGS = {"killer": "cytotoxic", "stopper": "cytostatic", "both": "mixed", "water": "none"}
LINES = ("A549", "HT29")
DOSES = (0.1, 10.0)
HOSTILE = '<i>x</i>"'


def course(called: str, dose: float) -> np.ndarray:
    """Return a distance over `HOURS`: 1 without an effect, more with one."""
    full = {"cytotoxic": 8.0, "cytostatic": 3.0, "mixed": 5.0, "none": 0.0}[called]
    share = 1.0 if dose > 1 else 0.3
    return 1 + share * full * np.clip(HOURS / 48, 0, 1)


def departure_rows() -> pd.DataFrame:
    """Return the rows of the score `departure`."""
    rows = []
    for drug, called in DRUGS.items():
        for line in LINES:
            for dose in DOSES:
                for hour, far in zip(HOURS, course(called, dose), strict=True):
                    rows.append(
                        {"compound": drug, "concentration": dose, "cell_line": line, "time": hour,
                         "distance": far, "low": far - 0.2, "high": far + 0.3, "replicates": 3,
                         "value": far, "control_low": 0.6, "control_high": 1.4,
                         "outside": far > 1.4}
                    )  # fmt: skip
    return pd.DataFrame(rows)


def dose_order_rows() -> pd.DataFrame:
    """Return the rows of the score `dose_order`."""
    answers = {"both": "not monotone", "water": "cannot tell"}
    return pd.DataFrame(
        {"compound": drug, "cell_line": line, "doses": 2, "curves": 4, "value": 0.5,
         "order": answers.get(drug, "rises")}
        for drug in DRUGS
        for line in LINES
    )  # fmt: skip


def trajectories() -> Profiles:
    """Return the profiles of the run: a row per replicate curve, and two of controls."""
    rows, features = [], []
    for drug, called in DRUGS.items():
        for line in LINES:
            for dose in DOSES:
                for replicate in ("1", "2"):
                    rows.append(
                        {"plate": f"P{replicate}", "well": "B02", "compound": drug,
                         "concentration": dose, "treatment": f"{drug}@{dose:g}",
                         "cell_line": line, "control": False, "effect": called,
                         "effect_called": called, "effect_confidence": 0.9,
                         "effect_evidence": f"growth of {HOSTILE}", "cluster": called[:4],
                         "onset": math.nan if called == "none" else 8.0,
                         "onset_low": math.nan if called == "none" else 6.5,
                         "onset_high": math.nan if called == "none" else 10.0,
                         "onset_note": "never leaves the controls" if called == "none" else ""}
                    )  # fmt: skip
                    features.append(course(called, dose))
    for replicate in ("1", "2"):
        rows.append({"plate": f"P{replicate}", "well": "P21", "compound": "DMSO",
                     "concentration": 0.0, "treatment": "DMSO", "cell_line": "A549",
                     "control": True})  # fmt: skip
        features.append(np.ones(len(HOURS)))
    values = np.array(features)
    values[0, 3] = math.nan
    names = tuple(f"hours_{hour:g}" for hour in HOURS)
    tried = [{"k": 2, "silhouette": 0.1, "stability": 0.7},
             {"k": 3, "silhouette": 0.2, "stability": 0.9}]  # fmt: skip
    facts = {
        "tried": tried,
        "clusters_found": 3,
        "clear": False,
        "warping": {"says": "warping adds nothing"},
    }
    entry = {"step": "cluster_curves", "facts": facts}
    return Profiles(pd.DataFrame(rows), values, names, (entry,))


def write_film(folder: Path, size: int = 24) -> None:
    """Write the kept frames: one strip per drug, and one of a control."""
    rows = [
        {"plate": "P1", "well": well, "site": 1, "time": hour, "compound": drug,
         "treatment": drug if drug == "DMSO" else f"{drug}@10", "control": drug == "DMSO",
         "cell_line": "A549", "pixel_size": 1.24}
        for well, drug in zip(("P21", "B02", "B03", "B04", "B05"), ("DMSO", *DRUGS), strict=True)
        for hour in HOURS
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    images = rng.integers(0, 200, (len(rows), 1, size, size)).astype(np.uint8)
    np.savez(folder / "examples.npz", images=images, channels=np.array(["Brightfield"]))
    pd.DataFrame(rows).to_parquet(folder / "examples.parquet")


def write_time_run(folder: Path) -> Path:
    """Write the whole folder."""
    (folder / "scores").mkdir(parents=True)
    scores: dict[str, Any] = {
        "departure": {"value": 0.6, "low": 0.4, "high": 0.8, "hits": None, "n": 16, "notes": []}
    }
    results = {"recipe": "a time course", "seed": 0, "version": "0.1.0", "scores": scores,
               "baselines": {}, "cost": {}, "notes": []}  # fmt: skip
    (folder / "results.json").write_text(json.dumps(results))
    departure_rows().to_parquet(folder / "scores" / "departure.parquet")
    trajectories().save(folder / "profiles.parquet")
    write_film(folder)
    return folder

"""A run whose model was asked what it looked at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tests.results.explained_cells import background, neighbours, typical_cells
from tests.sections.test_importance_maps import asked as importance_maps
from tests.sections.test_lens import asked as lens

from phenolens.core.explanation import Explanation
from phenolens.core.run_folder import RunFolder


def attention() -> Explanation:
    """Return maps of one image, and how much of them is on nuclei."""
    shares = {
        "nucleus": (0.6, 0.2, 0.2),
        "cytoplasm": (0.3, 0.4, 0.4),
        "background": (0.1, 0.4, 0.4),
    }
    rng = np.random.default_rng(0)
    return Explanation(
        name="attention",
        rows=pd.DataFrame({"moa": ["a"], "image": [0]}),
        figures={
            f"mass_{name}{end}": value
            for name, values in shares.items()
            for end, value in zip(("", "_chance", "_untrained"), values, strict=True)
        },
        trusted=True,
        pictures={
            "image": rng.integers(0, 255, (1, 2, 16, 16)).astype(np.uint8),
            "heads": rng.random((1, 3, 4, 4)).astype(np.float16),
            "rollout": rng.random((1, 4, 4)).astype(np.float16),
        },
        shown=pd.DataFrame({"moa": ["a"], "plate": ["p1"], "well": ["A01"]}),
    )


def channels() -> Explanation:
    """Return one call and what it loses without one channel."""
    row = {"moa": "a", "channel": "DNA", "lost": 0.5, "low": 0.2, "high": 0.8, "alone": 0.4}
    row |= {"lost_chance": 0.1, "wells": 6, "auc": 0.9, "p": 0.001, "p_holm": 0.002}
    return Explanation(name="channel_knock_out", rows=pd.DataFrame([row]), trusted=True)


def write_explained_run(run: Path, folder: Path) -> Path:
    """Copy a run folder, and add explanations to it."""
    shutil.copytree(run, folder)
    maps = importance_maps(trusted=True), lens(trusted=True)
    cells = background(leak=False), neighbours(), typical_cells(), *maps
    return add_explanations(folder, [attention(), channels(), *cells])


def add_explanations(folder: Path, explanations: Sequence[Explanation]) -> Path:
    """Add explanations to a run folder, and to its results."""
    paths, found = RunFolder(folder), {}
    for one in explanations:
        one.save(paths.explanation(one.name, "joint"))
        found[one.name] = {"joint": one.summary()}
    results = json.loads(paths.results.read_text(encoding="utf-8"))
    paths.results.write_text(json.dumps({**results, "explanations": found}), encoding="utf-8")
    return folder

"""The small tables that the peers were given, made anew for every test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles

NAMES = ("Cells_AreaShape_Area", "Cells_Texture_3", "Cytoplasm_Intensity", "Nuclei_Radius")


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A step, for a chain to carry."""

    by: float = 0.5


def made() -> Profiles:
    """Return 24 wells of two plates: four compounds and DMSO; one step in the chain."""
    rng = np.random.default_rng(7)
    compound = np.tile(["a", "b", "c", "d", "DMSO", "DMSO"], 4)
    meta = pd.DataFrame(
        {
            "plate": np.repeat(["P1", "P2"], 12),
            "well": [f"A{i:02d}" for i in range(1, 13)] * 2,
            "batch": ["01"] * 12 + ["02"] * 12,
            "compound": compound,
            "concentration": np.where(compound == "DMSO", np.nan, 0.3),
            "control": compound == "DMSO",
            "moa": [None if c == "DMSO" else f"m{c}" for c in compound],
            "count": np.arange(100, 124),
        }
    )
    features = rng.normal(size=(24, 4)) + (compound == "a")[:, None]
    bare = Profiles(meta=meta, features=features, names=NAMES)
    return bare.after(Shift(by=0.25), features=bare.features + np.float32(0.25), largest=0.25)


def deep_profiler_file(folder: Path, cells: int = 3, **metadata: object) -> Path:
    """Write one field as DeepProfiler does, under `features/P1/B02/1.npz`."""
    rng = np.random.default_rng(3)
    path = folder / "features" / "P1" / "B02" / "1.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    told: dict[str, object] = {
        "Metadata_Plate": "P1",
        "Metadata_Well": "B02",
        "Metadata_Site": "1",
        "DNA": "d.tif",
    }
    told |= {"Metadata_Model": "efficientnet"} | metadata
    np.savez_compressed(
        path,
        features=rng.normal(size=(cells, 5)).astype(np.float32),
        metadata=told,  # type: ignore[arg-type]
        locations=rng.uniform(0, 500, size=(cells, 2)),
    )
    return path

"""Facts of screens of several kinds, and a plate of small images as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.auto.facts import Facts


def facts(**changed: object) -> Facts:
    """Return the facts of a screen with replicates over plates, batches and mechanisms."""
    known: dict[str, object] = {
        "images": 720,
        "unnamed": 0,
        "size": (256, 256),
        "level": "field",
        "plates": 12,
        "treatments": 96,
        "compounds": 48,
        "replicated": 1.0,
        "over_plates": 1.0,
        "batches": 4,
        "controls": 6,
        "mechanisms": 12,
    }
    return Facts(**{**known, **changed})  # type: ignore[arg-type]


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """Return a folder of two plates: 8 compounds of 4 mechanisms and 4 controls, 64 x 64 pixels."""
    rng = np.random.default_rng(0)
    root, rows = tmp_path / "screen", []
    for plate in ("P1", "P2"):
        (root / plate).mkdir(parents=True)
        for k in range(12):
            well = f"{'AB'[k // 6]}{k % 6 + 1:02d}"
            compound = f"c{k}" if k < 8 else "DMSO"
            rows.append((plate, well, compound, f"m{k // 2}" if k < 8 else None))
            for channel in ("DNA", "ER"):
                light = 400 + 200 * (k // 2 if k < 8 else 0) * (channel == "ER")
                image = rng.poisson(light, (64, 64)).astype(np.uint16)
                tifffile.imwrite(root / plate / f"{well}_s1_{channel}.tif", image)
    table = pd.DataFrame(rows, columns=["plate", "well", "compound", "moa"])
    table.to_csv(root / "map.csv", index=False)
    return root


@pytest.fixture(autouse=True)
def few_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search three chains, not ninety."""
    by_plate, whitened = {"step": "standardize"}, {"step": "sphere"}
    chains: list[tuple[dict[str, Any], ...]] = [(), (by_plate,), (by_plate, whitened)]
    monkeypatch.setattr("phenolens.tune.tune.default_space", lambda _: chains)

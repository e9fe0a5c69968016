"""A table of wells whose structure is known: two batches, four plates, controls on each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles


@pytest.fixture
def wells() -> Profiles:
    rng = np.random.default_rng(7)
    plates = np.repeat(["p1", "p2", "p3", "p4"], 16)
    control = np.tile(np.arange(16) < 8, 4)
    meta = pd.DataFrame(
        {
            "plate": plates,
            "well": [f"A{i:02d}" for i in np.tile(np.arange(16), 4)],
            "batch": np.where(np.isin(plates, ["p1", "p2"]), "w1", "w2"),
            "compound": np.where(control, "DMSO", np.tile(np.arange(16) % 4, 4).astype(str)),
            "control": control,
        }
    )
    features = rng.normal(size=(64, 5)) @ rng.normal(size=(5, 5)) + 3
    features += (plates == "p3")[:, None] * 2.0
    return Profiles(meta=meta, features=features)


@pytest.fixture(scope="session")
def peer() -> dict[str, Any]:
    """Return what pycytominer makes of the real tables (golden/make_pycytominer_golden.py)."""
    path = Path(__file__).parent / "golden" / "pycytominer_golden.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def real(data_dir: Path) -> dict[str, Profiles]:
    """Return the real tables that the peer was run on, by its names."""
    cpjump1 = "BR00117010_normalized_feature_select_negcon_batch.csv.gz"
    ljosa = "ljosa_jbiomolscreen_2013_per_well_mean.csv.gz"
    lincs = "SQ00015054_normalized_feature_select.csv.gz"
    return {
        "bbbc021": Profiles.load(data_dir / "bbbc021-cellprofiler-wells" / ljosa),
        "lincs": Profiles.load(data_dir / "lincs-a549-one-plate" / lincs),
        "cpjump1": Profiles.load(data_dir / "cpjump1-cellprofiler-wells" / cpjump1),
    }

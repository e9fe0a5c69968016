"""Treatments on the unit circle: the nearest by cosine is the nearest by angle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles

#  treatment compound moa batch      degrees
CIRCLE = """
   a1        A        X   w1           0
   a2        A        X   w2           10
   b1        B        X   w1           14
   t1        T        X   w1|w2|w3     20
   d1        D        Y   w2           45
   c1        C        Y   w1           90
   c2        C        Y   w2           100
   e1        E        Z   w3           200
   f1        F        Z   w3           205
"""


@pytest.fixture
def circle() -> Profiles:
    """T stands in every batch; Z is seen in one batch only; plus a control that must not count."""
    rows = [line.split() for line in CIRCLE.split("\n") if line.strip()]
    meta = pd.DataFrame(rows, columns=["treatment", "compound", "moa", "batch", "degrees"])
    angle = np.deg2rad(meta.pop("degrees").astype(float).to_numpy())
    meta["control"] = False
    meta.loc[len(meta)] = ["DMSO", "DMSO", "DMSO", "w1|w2|w3", True]
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.arange(1, 10)[:, None]
    return Profiles(meta=meta, features=np.concatenate([points, [[1.0, 0.01]]]))


@pytest.fixture
def random_treatments() -> Profiles:
    """120 treatments of 40 compounds, some in several batches, with targets shared or not."""
    rng = np.random.default_rng(11)
    n = 120
    compound = rng.integers(0, 40, n)
    batches = [
        "|".join(sorted({f"w{b}" for b in rng.integers(0, 6, k)})) for k in rng.integers(1, 4, n)
    ]
    target = [f"t{i % 9}" if i % 3 else f"t{i % 9}|t{(i + 1) % 9}" for i in range(40)]
    meta = pd.DataFrame(
        {
            "treatment": [f"c{c:02d}@{i}" for i, c in enumerate(compound)],
            "compound": [f"c{c:02d}" for c in compound],
            "moa": [f"m{c % 7}" for c in compound],
            "target": [target[c] for c in compound],
            "batch": batches,
            "control": False,
        }
    )
    centres = rng.normal(size=(7, 6))
    return Profiles(meta=meta, features=centres[compound % 7] + rng.normal(size=(n, 6)))


@pytest.fixture
def batch_wells() -> Profiles:
    """12 compounds of 4 mechanisms on 6 plates of 3 batches, 6 controls each; all can be told."""
    rng = np.random.default_rng(5)
    plate, k = np.divmod(np.arange(108), 18)
    treated = k < 12
    compound = [f"c{i:02d}" if t else "DMSO" for i, t in zip(k, treated, strict=True)]
    meta = pd.DataFrame(
        {
            "plate": [f"p{p}" for p in plate],
            "well": [f"A{i:02d}" for i in k],
            "batch": [f"w{p // 2}" for p in plate],
            "compound": compound,
            "treatment": compound,
            "moa": [f"m{i % 4}" if t else None for i, t in zip(k, treated, strict=True)],
            "control": ~treated,
        }
    )
    features = np.concatenate([3 * rng.normal(size=(4, 6)), np.zeros((1, 6))])[
        np.where(treated, k % 4, 4)
    ]
    features += rng.normal(size=(108, 6)) @ rng.normal(size=(6, 6))
    features += 2 * rng.normal(size=(6, 6))[plate]
    return Profiles(meta=meta, features=features)


@pytest.fixture(scope="session")
def scib() -> dict[str, Any]:
    """What scib-metrics says of a made table, which stands there too; all euclidean."""
    path = Path(__file__).parent / "golden" / "scib_golden.json"
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said


@pytest.fixture
def scib_table(scib: dict[str, Any]) -> Profiles:
    meta = pd.DataFrame(
        {
            "batch": [f"b{b}" for b in scib["batch"]],
            "moa": [f"k{k}" for k in scib["kind"]],
            "well": [f"{i:03d}" for i in range(150)],
        }
    )
    return Profiles(meta=meta, features=np.array(scib["x"]))


@pytest.fixture(scope="session")
def jump_plates(data_dir: Path) -> Profiles:
    """Five plates of CPJUMP1, 384 wells each; the first three at 48 h, the others at 24 h."""
    plates = ("BR00117010", "BR00117011", "BR00117012", "BR00117024", "BR00117025")
    name = "{}_normalized_feature_select_negcon_batch.csv.gz"
    folder = data_dir / "cpjump1-cellprofiler-wells"
    parts = [Profiles.load(folder / name.format(plate)) for plate in plates]
    return Profiles(
        meta=pd.concat([part.meta for part in parts], ignore_index=True),
        features=np.concatenate([part.features for part in parts]),
        names=parts[0].names,
    )


@pytest.fixture(scope="session")
def lincs_plate(data_dir: Path) -> Profiles:
    """One plate of LINCS: 58 compounds at about six doses, MoA of several values."""
    folder = data_dir / "lincs-a549-one-plate"
    return Profiles.load(folder / "SQ00015054_normalized_feature_select.csv.gz")

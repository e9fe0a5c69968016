"""Tables of a run by well: three plates, and one feature that grows from column to column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder


def write_wells(folder: Path) -> pd.DataFrame:
    """Write tables of 3 plates of 96 wells, 23 treatments and controls; light grows by column."""
    generator = np.random.default_rng(1)
    names = [f"{row}{column:02d}" for row in "ABCDEFGH" for column in range(1, 13)]
    parts = []
    for plate in ("P2", "P10", "P1"):
        codes = generator.permutation(np.arange(96) % 24)
        compound = ["DMSO" if k == 0 else f"c{k}" for k in codes]
        parts.append(pd.DataFrame({
            "plate": plate, "well": names, "compound": compound, "control": codes == 0,
            "treatment": [name if name == "DMSO" else f"{name}@1" for name in compound],
            "blurred": generator.random(96) < 0.05,
        }))  # fmt: skip
    meta = pd.concat(parts, ignore_index=True)
    column = meta["well"].str[1:].astype(int).to_numpy()
    light = np.stack(
        [generator.normal(size=288) + 0.5 * column, generator.normal(size=288)], axis=1
    )
    embeddings = generator.normal(size=(288, 6)) + 4 * (~meta["control"]).to_numpy()[:, None]
    paths = RunFolder(folder)
    for path, values, features in (
        (paths.baseline("intensity") / "all.parquet", light, ("light", "dark")),
        (paths.embedding("joint"), embeddings, ()),
    ):
        path.parent.mkdir(parents=True)
        Profiles(meta, values, features).save(path)
    return meta

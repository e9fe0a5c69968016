"""The page of a run with everything that one can click on: map, table, pictures, plates."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from tests.results.conftest import MOA, profiles_of, results_of, write_run
from tests.results.explained_run import add_explanations, channels

from phenolens.core.explanation import Explanation
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.report.page import render

EDGE = 3.0  # SDs that are added to cells at the edge


def write_made_run(folder: Path) -> Path:
    """Write the run folder and its page; return the page."""
    write_run(folder, results_of())
    add_explanations(folder, [_channels()])
    paths = RunFolder(folder)
    wells = wells_of(profiles_of(60, noise=1.4).meta)
    generator = np.random.default_rng(11)
    edge = wells["well"].str[0].isin(["A", "H"]) | wells["well"].str[1:].isin(["01", "12"])
    cells = 100 + 10 * generator.normal(size=(len(wells), 1)) + 10 * EDGE * edge.to_numpy()[:, None]
    for path, values, names in (
        (paths.baseline("cell_count") / "all.parquet", cells, ("cells_per_image",)),
        (paths.embedding("joint"), generator.normal(size=(len(wells), 3)), ()),
    ):
        path.parent.mkdir(parents=True)
        Profiles(wells, values.astype(np.float32), names).save(path)
    paths.model("joint").mkdir(parents=True)
    (paths.model("joint") / "config.json").write_text('{"pixel_size": 0.5}')
    return render(folder)


STAINS = ("DNA", "ER", "RNA", "AGP", "Mito")


def write_painted_run(made: Path, folder: Path) -> Path:
    """Copy a made run, give its images five stains, and write its page; return the page."""
    shutil.copytree(made, folder)
    path = RunFolder(folder).examples
    with np.load(path) as held:
        images = held["images"]
    noise = np.random.default_rng(2).integers(0, 256, (len(images), 2, *images.shape[2:]))
    five = np.concatenate([images, noise.astype(np.uint8)], axis=1)
    np.savez(path, images=five, channels=np.array(STAINS))
    return render(folder)


def wells_of(treatments: pd.DataFrame) -> pd.DataFrame:
    """Return 4 plates of 96 wells: each treatment once per plate, at another place on each."""
    generator = np.random.default_rng(7)
    names = [f"{row}{column:02d}" for row in "ABCDEFGH" for column in range(1, 13)]
    parts = []
    for plate in ("P1", "P2", "P3", "P4"):
        own = treatments[["treatment", "moa", "compound"]].assign(control=False)
        dmso = pd.DataFrame({"treatment": ["DMSO"] * 12, "compound": "DMSO", "control": True})
        wells = pd.concat([own, dmso.assign(moa=None).astype({"moa": object})], ignore_index=True)
        at = generator.permutation(len(names))[: len(wells)]
        parts.append(wells.assign(plate=plate, well=[names[i] for i in at]))
    return pd.concat(parts, ignore_index=True)


def _channels() -> Explanation:
    """Return calls of two mechanisms, each without one of three channels."""
    one = channels()
    rows = [
        one.rows.assign(moa=moa, channel=channel, lost=lost)
        for moa, losses in ((MOA[0], (0.1, 0.2, 0.7)), (MOA[1], (0.6, 0.1, 0.0)))
        for channel, lost in zip(("DAPI", "Tubulin", "Actin"), losses, strict=True)
    ]
    return Explanation(name=one.name, rows=pd.concat(rows, ignore_index=True), trusted=True)

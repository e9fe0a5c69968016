"""What simple features reach on the simulated brightfield screen: it must not be easy.

    python benchmarks/brightfield.py [--seeds 0 1 2]

Five sets of features of every field: intensity statistics, plain features, the true numbers of
cells, a bank of band-pass filters, and the parameters that the fields were drawn from. One chain:
z-scores by each plate's controls, means of wells, means of treatments. Nothing is learned; the
filter bank only shows that the pixels hold the answer.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from phenolens.baselines.intensity import intensity_statistics
from phenolens.baselines.plain import plain_features
from phenolens.core.profiles import Profiles
from phenolens.metrics.drug_vs_control import DrugVsControl
from phenolens.metrics.nsc import Nsc
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.consensus import Consensus
from phenolens.profiling.standardize import Standardize
from phenolens.screens.brightfield import Brightfield
from phenolens.screens.simulator.brightfield.appearance import SHARES

BANDS = (0.8, 1.6, 3.2, 6.4, 12.8)  # pixels
CELLS = 0.012  # contrast of the second band above which there are cells
INERT = "Antivirals"


def filter_bank(image: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Return 42 figures of one picture: moments of band passes, overall and where cells are."""
    x = image.astype(np.float32)
    x = x / ndimage.gaussian_filter(x, 30) - 1
    figures: list[float] = []
    maps, before = [], x
    for width in BANDS:
        smooth = ndimage.gaussian_filter(x, width)
        band, before = before - smooth, smooth
        z = band / band.std()
        maps.append(ndimage.gaussian_filter(np.abs(band), 4))
        figures += [float(np.log(band.std())), float((z**3).mean()), float(np.log((z**4).mean()))]
        figures += np.percentile(z, [1, 5, 95, 99]).tolist()
    cells = maps[1] > CELLS
    figures.append(float(cells.mean()))
    figures += [float(np.log(m[cells].mean() + 1e-4)) if cells.any() else 0.0 for m in maps]
    gy, gx = np.gradient(ndimage.gaussian_filter(x, 1))
    size = np.hypot(gx, gy)
    turned = size * np.exp(2j * np.arctan2(gy, gx))
    along = sum(ndimage.gaussian_filter(part, 3) ** 2 for part in (turned.real, turned.imag))
    share = np.sqrt(along) / (ndimage.gaussian_filter(size, 3) + 1e-6)
    figures.append(float(share[cells].mean()) if cells.any() else 0.0)
    return np.array(figures)


def features(layout: Brightfield) -> tuple[pd.DataFrame, dict[str, NDArray[np.float64]]]:
    """Return the metadata and each set of features, one row per field."""
    screen = layout(Path())
    made: dict[str, list[NDArray[np.float64]]] = {}
    for row in range(len(screen)):
        image, truth = layout.read(np.array([row])), layout.truth(row)
        alive = int((truth.cells.state != "dying").sum())
        figures = {
            "intensity statistics": intensity_statistics(image)[0],
            "plain features": plain_features(image)[0],
            "true cell counts": np.log1p([alive, len(truth.cells)]),
            "filter bank": filter_bank(image[0, 0]),
            "true parameters": np.array(
                [v if name in SHARES else np.log(v) for name, v in truth.parameters.items()]
            ),
        }
        for name, values in figures.items():
            made.setdefault(name, []).append(np.asarray(values, dtype=np.float64))
    return screen.meta, {name: np.array(rows) for name, rows in made.items()}


def scores(meta: pd.DataFrame, x: NDArray[np.float64]) -> dict[str, float]:
    """Return NSC over treatments, and the ROC-AUC of drugs against controls by class of effect."""
    fields = Standardize()(Profiles(meta=meta, features=x.astype(np.float32)))
    wells = Aggregate(by=("plate", "well"))(fields)
    treatments = Consensus(by=("treatment",), how="mean")(wells)
    treatments = treatments.take(~treatments.meta["control"].to_numpy(dtype=bool))
    active = treatments.take((treatments.meta["moa"] != INERT).to_numpy())
    told = DrugVsControl()(fields)
    kinds = meta.drop_duplicates(["compound", "cell_line"]).set_index(["compound", "cell_line"])
    rows = told.rows.join(kinds["effect"], on=["compound", "cell_line"])
    found = {
        "NSC": Nsc(permutations=0)(treatments).value,
        "active": Nsc(permutations=0)(active).value,
        "AUC, all": told.value,
    }
    return found | rows.groupby("effect")["value"].mean().to_dict()


def main() -> None:
    """Print the table, the mean over the seeds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    found: dict[str, list[dict[str, float]]] = {}
    for seed in parser.parse_args().seeds:
        meta, sets = features(Brightfield(seed=seed))
        for name, x in sets.items():
            found.setdefault(name, []).append(scores(meta, x))
    table = pd.DataFrame({name: pd.DataFrame(rows).mean() for name, rows in found.items()}).T
    print("| features | " + " | ".join(table.columns) + " |")
    print("|---" * (len(table.columns) + 1) + "|")
    for name, row in table.iterrows():
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |")


if __name__ == "__main__":
    main()

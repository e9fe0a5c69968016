from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.metrics import curve_neighbours
from phenolens.metrics.curve_neighbours import CurveNeighbours

pytest.importorskip("dtaidistance")

# Of the README of the data: same condition, same drug.
PUBLISHED = {
    "020720_PC9_Erl_THZ1": (0.545, 0.848),
    "050719_PC9_LCL_OSI": (0.818, 1.000),
    "050719_PC9_PIM_OSI": (0.788, 1.000),
    "071318_PC9_OSI_Bin": (0.636, 1.000),
    "072718_PC9_BYL_PIM": (0.697, 0.970),
}
VARIABLES = ("phase", "green", "red")


def incucyte(folder: Path, run: str) -> Profiles:
    """One run: replicates are stacked, so a new one begins where the time falls back."""
    wide = [
        pd.read_csv(folder / f"{run}_confluence_{v}.csv", encoding="latin-1") for v in VARIABLES
    ]
    names = [name for name in wide[0] if name not in ("Date", "Elapsed")]
    hours = wide[0]["Elapsed"].to_numpy(dtype=np.float64)
    replicate = np.concatenate([[0], np.cumsum(np.diff(hours) < 0)])
    meta = pd.DataFrame(
        {
            "plate": run,
            "replicate": np.tile(replicate, len(names)).astype(str),
            "compound": np.repeat([name.split()[0] for name in names], len(hours)),
            "concentration": np.repeat([dose(name) for name in names], len(hours)),
            "time": np.tile(hours, len(names)),
        }
    )
    values = [table[names].to_numpy(dtype=np.float64).T.ravel() for table in wide]
    made = meta.assign(control=meta["compound"] == "Control")
    return Profiles(meta=made, features=np.stack(values, axis=1), names=VARIABLES)


def dose(name: str) -> float:
    parts = name.split()
    return float(parts[1]) * (1e-3 if parts[2] == "nM" else 1) if len(parts) > 1 else np.nan


@pytest.mark.parametrize("run", PUBLISHED)
def test_the_published_figures_of_real_curves(data_dir: Path, run: str) -> None:
    folder = data_dir / "incucyte-timecourses" / "ps-growth-model" / "singles"
    score = CurveNeighbours(permutations=50)(incucyte(folder, run))
    condition, drug = PUBLISHED[run]
    assert score.n == 33
    assert score.value == pytest.approx(condition, abs=5e-4)
    assert score.figures["drug"] == pytest.approx(drug, abs=5e-4)
    assert score.null == pytest.approx(2 / 32, abs=0.03)


@pytest.fixture
def curves() -> Profiles:
    """Return three conditions of three replicates and one alone, apart by their shape."""
    rows, values = [], []
    rng = np.random.default_rng(0)
    for compound, slope, many in [("DMSO", 0.0, 3), ("a", 1.0, 3), ("b", -1.0, 3), ("c", 3.0, 1)]:
        for r in range(many):
            for t in range(8):
                rows.append((f"{compound}{r}", compound, float(t), compound == "DMSO"))
                values.append([slope * t + 0.1 * rng.normal(), 1000 * rng.normal()])
    meta = pd.DataFrame(rows, columns=["well", "compound", "time", "control"])
    return Profiles(meta=meta, features=np.array(values), names=("level", "noise"))


def test_replicates_find_each_other_and_a_lone_curve_asks_nothing(curves: Profiles) -> None:
    score = CurveNeighbours()(curves.take(np.arange(len(curves))))
    assert (score.n, score.notes) == (9, ("curves without a replicate in their run left out: 1",))
    calm = replace(curves, features=curves.features * np.array([1, 0]))
    assert CurveNeighbours()(calm).value == 1
    # The second variable is noise of a large unit: without its sd it would decide alone.
    assert score.value > 0.5
    assert set(score.figures) == {"drug", "plain", "plain_drug"}


def test_the_null_asks_as_many_curves_as_the_score_does() -> None:
    """One condition of two and 18 alone: by chance 1 of 19 others is the replicate."""
    rng = np.random.default_rng(0)
    rows = [(f"w{i}", f"c{max(i, 1)}", float(t), i == 19) for i in range(20) for t in range(3)]
    meta = pd.DataFrame(rows, columns=["well", "compound", "time", "control"])
    given = Profiles(meta=meta, features=rng.normal(size=(60, 2)))
    score = CurveNeighbours(permutations=4000)(given)
    assert score.n == 2
    assert score.null == pytest.approx(1 / 19, abs=0.01)


def test_missing_values_and_uneven_times_are_no_obstacle(curves: Profiles) -> None:
    features = curves.features * np.array([1, 0])
    features[::7] = np.nan
    kept = np.random.default_rng(1).random(len(curves)) < 0.8
    score = CurveNeighbours()(replace(curves, features=features).take(kept))
    assert score.value == 1


def test_work_for_many_hours_is_refused(curves: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve_neighbours, "MOST_CELLS", 3000)  # 10 curves of 8 times are 3,200
    with pytest.raises(InputError, match=r"10 curves of one run would take .* hours; set `band`"):
        CurveNeighbours()(curves)
    assert CurveNeighbours(band=1)(curves).n == 9


def test_without_replicates_in_a_run_there_is_no_score(curves: Profiles) -> None:
    meta = curves.meta.assign(plate=curves.meta["well"])
    with pytest.raises(InputError, match=r"needs two curves of one condition within \['plate'\]"):
        CurveNeighbours()(replace(curves, meta=meta))
    assert CurveNeighbours(within=())(replace(curves, meta=meta)).n == 9

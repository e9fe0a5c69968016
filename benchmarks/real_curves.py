"""What the rules say of real drugs: classes with confidence, neighbours, orders of doses.

IncuCyte runs of two sources, the growth rates of 31 drugs in 21 lines, staurosporine over time and
tracks of cells; all rules as they are, none set here. Prints the tables of RESULTS.md.

OMP_NUM_THREADS=1 python benchmarks/real_curves.py DATA
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles, Step
from phenolens.curves.curve_files import CurveFiles
from phenolens.metrics.curve_neighbours import CurveNeighbours
from phenolens.metrics.dose_order import DoseOrder
from phenolens.profiling.effect_classes import EffectClasses
from phenolens.profiling.growth_rates import GrowthRates
from phenolens.profiling.standardize import Standardize
from phenolens.profiling.subtract_before import SubtractBefore
from phenolens.profiling.trajectories import Trajectories
from phenolens.trajectories.curves import identity

PS = "incucyte-timecourses/ps-growth-model"
# Doses without a unit: those of the later runs of the same drugs say which it is.
SINGLES = CurveFiles(
    files=(f"{PS}/singles/*.csv",),
    cell_line_of_run="_(PC9|H1299)",
    unit={"101117*": "nM", "*": "uM"},
    where="compound not in ['blank', 'Blank', 'no reagent_control', 'R 1']",
)
FIRST = CurveFiles(
    files=(f"{PS}/091916_H1299_confluence_*.csv",),
    cell_line="H1299",
    where="compound != 'blank'",
)
SHEETS = CurveFiles(
    files=(
        f"{PS}/combinations/*_rawdata.xlsx",
        f"{PS}/combinations/072718_PC9_PIM20_Byl30_single.xlsx",
        f"{PS}/combinations/Erl_raw.xlsx",
    ),
    cell_line="PC9",
    where="compound != 'blank'",
)
N206 = CurveFiles(
    files=("incucyte-timecourses/drugResistance/*.txt", "incucyte-timecourses/drugResistance/*.csv")
)
IN = "instrument-layouts/incucyte"
U2OS = CurveFiles(files=(f"{IN}/sample_data_384.xlsx", f"{IN}/sample_data_384_platemap.txt"))
PLATE96 = CurveFiles(files=(f"{IN}/sample_data_96.xlsx", f"{IN}/sample_data_96_platemap.txt"))
RED, GREEN = 0.144, 0.25  # area of a dead cell's stain that the authors of ps-growth assume
OF_RUN = ("compound", "concentration", "cell_line", "plate")


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    root = parser.parse_args().data
    confluence_and_death(root)
    confluence_alone("N206 (drugResistance), confluence alone", N206.read(root).profiles, "phase")
    confluence_alone("U2OS 19 Epi screen plate 4, its value", U2OS.read(root).profiles, "value")
    confluence_alone("96 wells, their value", PLATE96.read(root).profiles, "value")
    published_rates(root / "drug-growth-31x21")
    staurosporine(root / "timelapse-apoptosis")
    tracks(root / "celltracks-dose")


def confluence_and_death(root: Path) -> None:
    """Print the classes of all ps-growth runs, and the neighbours of their curves."""
    singles, sheets = SINGLES.read(root).profiles, SHEETS.read(root).profiles
    first = FIRST.read(root).profiles
    for title, long in (("single drugs", singles), ("workbooks", sheets)):
        step = {
            area: GrowthRates(
                size="phase", death=("red",), death_area=(area,), size_includes_dead=True
            )
            for area in (RED, RED / 2, RED * 2)
        }
        called = [by_growth(one(long)) for one in step.values()]
        print(f"\n### ps-growth, {title}\n")
        print_classes(*called)
    green = GrowthRates(
        size="phase", death=("green",), death_area=(GREEN,), size_includes_dead=True
    )
    print("\n### ps-growth, 091916 (no YOYO-3; Annexin V, then confluence alone)\n")
    print_classes(by_growth(green(first)), by_growth(GrowthRates(size="phase")(first)))
    print("\n### Classes by the shape against those by growth and death, single drugs\n")
    print_table(pd.crosstab(*shapes(singles)))
    print("\n| run | curves | condition, DTW | equal times | drug, DTW | equal times |")
    print("|---|---|---|---|---|---|")
    for name in sorted(singles.meta["plate"].unique()):
        score = CurveNeighbours(permutations=0)(one_run(singles, name))
        kinds = (score.value, *(score.figures[k] for k in ("plain", "drug", "plain_drug")))
        print(f"| {name} | {score.n} | " + " | ".join(f"{kind:.3f}" for kind in kinds) + " |")


def one_run(long: Profiles, name: str) -> Profiles:
    """Return the rows of one run."""
    return long.take((long.meta["plate"] == name).to_numpy())


def by_growth(rated: Profiles) -> pd.DataFrame:
    """Return the class of each treatment of each run, by its rates."""
    first = identity(rated.meta)[1]
    curves = Profiles(
        meta=rated.meta.iloc[first]
        .drop(columns=["time", "site"], errors="ignore")
        .reset_index(drop=True),
        features=np.zeros((len(first), 1)),
    )
    return treatments(EffectClasses(basis="growth", same=OF_RUN)(curves))


def shapes(long: Profiles) -> tuple[pd.Series, pd.Series]:
    """Return the classes by growth and by shape of the recipe `temporal_curves`."""
    rated = GrowthRates(size="phase", death=("red",), death_area=(RED,), size_includes_dead=True)
    kept = np.isfinite(long.features).all(axis=1)
    chain: tuple[Step, ...] = (
        rated,
        SubtractBefore(zero_is_before=True),
        Standardize(by=("plate",), on="controls"),
        Trajectories(),
    )
    curves = long.take(kept)
    for step in chain:
        curves = step(curves)
    growth = treatments(EffectClasses(basis="growth", same=OF_RUN)(curves))
    shape = treatments(EffectClasses(basis="shape", same=OF_RUN)(curves))
    return growth["effect_called"].rename("by growth"), shape["effect_called"].rename("by shape")


def treatments(called: Profiles) -> pd.DataFrame:
    """Return one row per treatment, in order."""
    meta = called.meta[~called.meta["control"]]
    keys = [name for name in OF_RUN if name in meta]
    return meta.drop_duplicates(keys).sort_values(keys, kind="stable").set_index(keys)


def print_classes(first: pd.DataFrame, *others: pd.DataFrame) -> None:
    """Print the classes of each drug by dose, with confidence, and other answers in brackets."""
    print("| run | drug, line | class at each dose (confidence; other answers) |\n|---|---|---|")
    words = {
        "none": "none",
        "cytostatic": "static",
        "mixed": "mixed",
        "cytotoxic": "toxic",
        "cannot tell": "?",
    }
    rows = first.reset_index()
    for (plate, drug, line), own in rows.groupby(
        ["plate", "compound", "cell_line"], observed=True, sort=True
    ):
        parts = []
        for row in own.itertuples():
            key = tuple(getattr(row, name) for name in first.index.names)
            text = f"{row.concentration:g} {words[row.effect_called]}"
            notes = [] if np.isnan(row.effect_confidence) else [f"{row.effect_confidence:.2f}"]
            rest = [words[str(one.loc[key, "effect_called"])] for one in others]
            if any(one != words[row.effect_called] for one in rest):
                notes.append("/".join(rest))
            parts.append(text + (f" ({'; '.join(notes)})" if notes else ""))
        print(f"| {plate} | {drug}, {line} | {', '.join(parts)} |")


def confluence_alone(title: str, long: Profiles, size: str) -> None:
    """Print the classes of a run whose only measurement is a size."""
    print(f"\n### {title}\n")
    print_classes(by_growth(GrowthRates(size=size)(long)))
    if "site" not in long.meta:
        score = CurveNeighbours(permutations=200)(long)
        plain = score.figures["plain"], score.figures["drug"], score.figures["plain_drug"]
        print(
            f"\nneighbours: condition {score.value:.3f} (chance {score.null:.3f}), at equal times "
            f"{plain[0]:.3f}; drug {plain[1]:.3f}, at equal times {plain[2]:.3f}; {score.n} curves"
        )


def print_table(table: pd.DataFrame) -> None:
    """Print a table, its index in front."""
    flat = table.reset_index()
    print("\n| " + " | ".join(map(str, flat.columns)) + " |\n" + "|---" * len(flat.columns) + "|")
    for row in flat.itertuples(index=False):
        print("| " + " | ".join(map(str, row)) + " |")


def published_rates(folder: Path) -> None:
    """Print how many lines each drug has which class in, at its two highest ranks."""
    table = pd.read_csv(folder / "outcomes_GR24_RSgroups.csv")
    # Some lines have two control rates: each row is compared with its own.
    plate = table["cell"] + table["median_GR24.y"].map(" {:.6g}".format)
    treated = {
        "compound": table["Drug"],
        "concentration": table["Final_conc_uM"].astype(float),
        "cell_line": table["cell"],
        "growth_rate": table["median_GR24.x"],
        "plate": plate,
        "group": table["group"],
        "control": False,
    }
    own = {"compound": "DMSO", "cell_line": table["cell"], "growth_rate": table["median_GR24.y"]}
    controls = pd.DataFrame({**own, "plate": plate, "control": True})[~plate.duplicated()]
    meta = pd.concat([pd.DataFrame(treated), controls], ignore_index=True)
    called = EffectClasses(basis="growth", redraws=0)(Profiles(meta, np.zeros((len(meta), 1))))
    rows = called.meta[~called.meta["control"]]
    print("\n### 31 drugs x 21 lines, published growth rates over 24 h\n")
    for rank in (5, 4):
        top = rows[rows["concentration"] == rank]
        print(f"\nrank {rank}\n")
        print_table(pd.crosstab(top["compound"], top["effect_called"]))
    print_table(pd.crosstab(rows["group"], rows["effect_called"]))
    top = rows[rows["concentration"] == 5]
    print_table(pd.crosstab(top["group"], top["effect_called"]))
    print_table(pd.crosstab(rows["concentration"], rows["effect_called"]))


def staurosporine(folder: Path) -> None:
    """Print the order of staurosporine's doses and their classes, real and shuffled."""
    whole = pd.read_parquet(folder / "predicted_terminal_profiles.parquet")
    print("\n### Staurosporine (timelapse-apoptosis)\n")
    for shuffled in (False, True):
        table = whole[whole["shuffled"] == shuffled].reset_index(drop=True)
        dose = table["Metadata_dose"].astype(float)
        drug = np.where(dose == 0, "none", "staurosporine")
        meta = {"well": table["Metadata_Well"], "compound": drug, "cell_line": "HeLa"}
        names = tuple(name for name in table if name.startswith("Terminal_"))
        curves = long_form(meta, dose, table["Metadata_Time"], table[list(names)], names)
        print(f"\nshuffled: {shuffled}; {dose_order(Trajectories()(curves))}\n")
        scaled = Trajectories()(Standardize(by=(), on="controls")(curves))
        called = treatments(EffectClasses()(scaled))
        print_table(called[["effect_called", "effect_confidence", "effect_evidence"]])


def long_form(
    meta: dict[str, object],
    dose: pd.Series,
    time: pd.Series,
    values: pd.DataFrame,
    names: Sequence[str],
) -> Profiles:
    """Return a table of curves of one drug, whose controls have dose 0."""
    columns = {"concentration": dose.where(dose > 0), "time": time.astype(float)}
    made = pd.DataFrame({**meta, **columns, "control": dose == 0}).reset_index(drop=True)
    return Profiles(made, values.to_numpy(dtype=np.float64), tuple(names))


def dose_order(distances: Profiles) -> str:
    """Return the order of a drug's doses, in words."""
    score = DoseOrder()(distances)
    (row,) = score.rows.itertuples()
    return f"order of doses: {row.order}, correlation {score.value:.2f}, {row.curves} curves"


def tracks(folder: Path) -> None:
    """Print the order of the doses of tracks of cells, by the length of their steps."""
    steps = pd.read_csv(folder / "ht1080_steps.csv.gz")
    steps = steps.sort_values(["dose", "track_id", "t"], ignore_index=True)
    whose = steps.groupby(["dose", "track_id"], observed=True)
    steps["step"] = np.hypot(whose["x"].diff(), whose["y"].diff())
    steps = steps.dropna(ignore_index=True)
    drug = np.where(steps["dose"] == 0, "none", "unknown")
    meta = {"well": steps["track_id"].astype(str), "compound": drug}
    curves = long_form(meta, steps["dose"].astype(float), steps["t"], steps[["step"]], ("step",))
    print(f"\n### HT1080 tracks (celltracks-dose)\n\n{dose_order(Trajectories()(curves))}")


if __name__ == "__main__":
    main()

"""What a finished comparison found, as the tables of RESULTS.md and small CSV files.

    phenolens compare compare/methods_fluorescence --root DATA --out FOLDER --jobs 2
    python benchmarks/grids.py FOLDER [--csv benchmarks/grids] [--over screen]

It prints a row per set-up (mean over seeds, ± their standard deviation) and the claims, and writes
`NAME.csv` (a row per cell, seed and score) and `NAME_claims.csv`. With `--over AXIS` the values of
that axis are repetitions: means over them with 95 % intervals (Student's t).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from scipy import stats

KEPT = ("cell", "baseline", "seed", "score", "value", "low", "high", "null", "n")
COSTS = ("train_seconds", "process_memory_mb")
CLAIM = ("claim", "score", "difference", "low", "high", "n", "units", "pairs", "p", "verdict")


def shown(values: pd.Series) -> str:
    """Return the mean of the seeds, with their standard deviation."""
    known = values.dropna()
    if known.empty:
        return ""
    spread = f" ± {known.std():.3f}" if len(known) > 1 else ""
    return f"{known.mean():.3f}{spread}"


def markdown(table: pd.DataFrame) -> str:
    """Return rows of set-ups by columns of scores and costs."""
    scores = list(dict.fromkeys(table["score"]))
    head = ["", *scores, "training, s", "process, GB"]
    lines = [head, ["---"] * len(head)]
    axes = list(table.columns[2 : table.columns.get_loc("seed")])
    for (name, baseline, *chosen), rows in table.groupby(
        ["cell", "baseline", *axes], sort=False, dropna=False
    ):
        named = ", ".join(str(one) for one in chosen if isinstance(one, str) and one)
        title = f"*{name}* ({named})" if baseline else str(name)
        values = [shown(rows.loc[rows["score"] == score, "value"]) for score in scores]
        once = rows.drop_duplicates("seed")
        seconds, memory = (once[cost].mean() for cost in COSTS)
        costs = ["" if pd.isna(seconds) else f"{seconds:.0f}"]
        costs += ["" if pd.isna(memory) else f"{memory / 1000:.1f}"]
        lines.append([title, *values, *costs])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def claims_table(claims: pd.DataFrame) -> str:
    """Return the claims that were tested, one row each."""
    lines = ["| claim | score | measured | n (units, pairs) | verdict | units that would decide |"]
    lines.append("|---|---|---|---|---|---|")
    for one in claims[claims["verdict"] != "not tested here"].to_dict("records"):
        known = pd.notna(one["difference"])
        measured = (
            f"{one['difference']:.3f} ({one['low']:.3f} to {one['high']:.3f})" if known else ""
        )
        needed = "" if pd.isna(one["needed"]) else f"{one['needed']:.0f}"
        counts = "" if pd.isna(one["n"]) else f"{one['n']} ({one['units']}, {one['pairs']})"
        lines.append(
            f"| {one['text']} ({one['paper']}) | {one['score']} | {measured} | {counts} | "
            f"**{one['verdict']}** | {needed} |"
        )
    return "\n".join(lines)


def over(table: pd.DataFrame, axis: str) -> str:
    """Return rows of the other choices by columns of scores: means over one axis, and intervals."""
    scores = list(dict.fromkeys(table["score"]))
    axes = list(table.columns[2 : table.columns.get_loc("seed")])
    rest = [name for name in axes if name != axis]
    named = table.assign(cell=table["cell"].where(table["baseline"], ""))
    lines = [["", *scores], ["---"] * (len(scores) + 1)]
    for keys, rows in named.groupby(["cell", *rest], sort=False, dropna=False):
        name = ", ".join(str(key) for key in keys if isinstance(key, str) and key)
        by_score = [rows.loc[rows["score"] == score, "value"].dropna() for score in scores]
        lines.append([name, *map(interval, by_score)])
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def interval(values: pd.Series) -> str:
    """Return a mean with its interval by Student's t, and how many values it is of."""
    n = len(values)
    if not n:
        return ""
    if n == 1:
        return f"{values.mean():.3f} (one)"
    half = float(stats.t.ppf(0.975, n - 1)) * values.std(ddof=1) / n**0.5
    return f"{values.mean():.3f} ({values.mean() - half:.3f} to {values.mean() + half:.3f}; {n})"


def main() -> None:
    """Print the tables and write the files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", type=Path, help="Folder of the small CSV files.")
    parser.add_argument("--over", default="", help="An axis whose values are repetitions.")
    given = parser.parse_args()
    table = pd.read_parquet(given.folder / "table.parquet")
    claims = pd.read_parquet(given.folder / "claims.parquet")
    print(over(table, given.over) if given.over else markdown(table))
    print()
    print(claims_table(claims))
    if given.csv:
        given.csv.mkdir(parents=True, exist_ok=True)
        name = given.folder.name
        axes = [given.over] if given.over else []
        small = table[[*KEPT[:2], *axes, *KEPT[2:]]].round(4)
        small.to_csv(given.csv / f"{name}.csv", index=False)
        if len(claims):
            claims[[*CLAIM]].round(4).to_csv(given.csv / f"{name}_claims.csv", index=False)


if __name__ == "__main__":
    main()

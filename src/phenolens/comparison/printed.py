"""The table of a comparison for a page or a paper: cells x scores, as Markdown or LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import pandas as pd

from phenolens.comparison.finished import finished
from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.table import long_table
from phenolens.core.progress import Say, silent
from phenolens.overview.baseline_name import shown_name

Form = Literal["md", "latex"]
CAPTION = (
    "Mean over seeds, 95 % interval in brackets (of several seeds: the mean of their ends), and "
    "after ± the standard deviation over seeds. Baselines are in italics."
)
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_LATEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


def averaged(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means over seeds of the long table.

    Of a baseline that several chains or screens have, each is a row of its own.

    Args:
        table: As `comparison.table.long_table` returns it.

    Returns:
        One row per cell and score, baselines last: name, baseline, score, value, low, high, sd (NaN
        for one seed), seeds.
    """
    axes = list(table.columns[2 : table.columns.get_loc("seed")])
    keys = ["cell", "baseline", *axes, "score"]
    groups = table.groupby(keys, sort=False, dropna=False, observed=True)
    found = groups.agg(
        value=("value", "mean"),
        low=("low", "mean"),
        high=("high", "mean"),
        sd=("value", "std"),
        seeds=("value", "size"),
    ).reset_index()
    found["name"] = _names(found, axes)
    return found.sort_values("baseline", kind="stable").reset_index(drop=True)[
        ["name", "baseline", "score", "value", "low", "high", "sd", "seeds"]
    ]


def printed(table: pd.DataFrame, form: Form) -> str:
    """Return the table of cells x scores as text.

    Args:
        table: As `comparison.table.long_table` returns it.
        form: Markdown or LaTeX; the latter needs no package.
    """
    means = averaged(table)
    scores = list(dict.fromkeys(means["score"]))
    head = ["", *scores]
    body = []
    for (name, baseline), rows in means.groupby(["name", "baseline"], sort=False, observed=True):
        texts = {row.score: _entry(row) for row in rows.itertuples()}
        body.append((str(name), bool(baseline), [texts.get(score, "") for score in scores]))
    return _markdown(head, body) if form == "md" else _latex(head, body)


def print_finished(folder: ComparisonFolder, form: Form, say: Say = silent) -> str:
    """Return the table of the finished cells of a comparison; empty where there are none.

    Args:
        folder: Of the comparison.
        form: Markdown or LaTeX.
        say: Called with one line for each cell whose results are damaged, or where there is none.
    """
    cells = finished(folder, say)
    if not cells:
        say("no cell is finished yet")
        return ""
    return printed(long_table(cells, folder.axes()), form)


def _names(found: pd.DataFrame, axes: Sequence[str]) -> list[str]:
    """Return a name for each row: a baseline of several chains or screens has its choice in it."""
    several = found[found["baseline"]].groupby(["cell", "score"], observed=True).size()
    repeated = {cell for (cell, _), count in several.items() if count > 1}
    names = []
    for row in found.to_dict("records"):
        again = row["baseline"] and row["cell"] in repeated
        names.append(shown_name(row["cell"], [row[axis] for axis in axes], repeated=again))
    return names


def _entry(row: object) -> str:
    value, low, high, sd = (float(getattr(row, name)) for name in ("value", "low", "high", "sd"))
    if pd.isna(value):
        return ""
    spread = "" if pd.isna(sd) else f" ± {sd:.3f}"
    interval = "" if pd.isna(low) or pd.isna(high) else f" [{low:.3f}, {high:.3f}]"
    return f"{value:.3f}{spread}{interval}"


def _markdown(head: Sequence[str], body: Sequence[tuple[str, bool, Sequence[str]]]) -> str:
    lines = [head, ["---"] * len(head)]
    for name, baseline, texts in body:
        shown = name.replace("|", "\\|").replace("*", "\\*")
        lines.append([f"*{shown}*" if baseline else shown, *texts])
    rows = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{rows}\n{CAPTION}\n"


def _latex(head: Sequence[str], body: Sequence[tuple[str, bool, Sequence[str]]]) -> str:
    lines = [" & ".join(map(_escaped, head)) + r" \\ \hline"]
    for name, baseline, texts in body:
        shown = f"\\textit{{{_escaped(name)}}}" if baseline else _escaped(name)
        lines.append(" & ".join([shown, *(_escaped(text) for text in texts)]) + r" \\")
    columns = "l" * len(head)
    inner = "\n".join(lines)
    table = f"\\begin{{tabular}}{{{columns}}}\n{inner}\n\\end{{tabular}}\n"
    caption = f"\\caption{{{_escaped(CAPTION)}}}\n"
    return f"\\begin{{table}}\n\\centering\n{caption}{table}\\end{{table}}\n"


def _escaped(text: str) -> str:
    safe = re.sub(r"[\\~^&%$#_{}]", lambda found: _LATEX[found[0]], text)
    return safe.replace("±", r"$\pm$")

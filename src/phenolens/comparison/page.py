"""The page of a comparison: what its folder holds, given to `overview`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from phenolens.comparison.child import failure_in
from phenolens.comparison.finished import Finished, finished
from phenolens.comparison.folder import ComparisonFolder
from phenolens.comparison.ranks import mean_ranks
from phenolens.core.command import command_line
from phenolens.core.errors import InputError
from phenolens.core.inside import literal
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Say, silent
from phenolens.core.small_files import read_small
from phenolens.core.versions import own_version
from phenolens.metrics.base import Facts, better_with, facts_of
from phenolens.overview.cell_map import lay_out
from phenolens.overview.compared import Compared
from phenolens.overview.page import render


def write_page(
    folder: ComparisonFolder,
    say: Say = silent,
    *,
    failed: Mapping[str, str] | None = None,
    maps: bool = True,
) -> Path:
    """Write `report.html` of a comparison from its tables and its finished cells; return its path.

    Args:
        folder: Of the comparison; its tables are written.
        say: Called with one line before the maps are made, which may take a minute.
        failed: Run of a cell -> why it failed now; of the others the log says it.
        maps: Whether to lay out the profiles of the cells.

    Raises:
        InputError: There is no comparison in the folder, or a table of it cannot be read.
    """
    cells, why = finished(folder), failed or {}
    done = {one.run.root.name for one in cells}
    facts = _facts(cells)
    first: dict[str, Finished] = {}
    for one in cells:
        first.setdefault(one.cell.name, one)
    ranked = {score: found.better for score, found in facts.items() if found.is_mean}
    compared = Compared(
        name=folder.name(),
        table=_table(folder, "table"),
        differences=_table(folder, "differences"),
        effects=_table(folder, "effects"),
        claims=_table(folder, "claims"),
        ranks=mean_ranks(cells, ranked),
        titles={score: found.title for score, found in facts.items()},
        better={score: found.better for score, found in facts.items()},
        recipes={name: one.settings for name, one in first.items()},
        maps=lay_out(_profiles(first, say), say=say) if maps else (),
        missing={
            run: why.get(run) or failure_in(folder.log(run))
            for run in folder.cells()
            if run not in done
        }
        | {one.run.root.name: one.results.not_computed for one in cells if one.results.failed},
        facts=_made(folder, cells),
    )
    return render(compared, folder.page)


def _table(folder: ComparisonFolder, name: str) -> pd.DataFrame:
    """Return a table of the folder, empty where it is not there."""
    path = folder.table(name, "parquet")
    return pd.read_parquet(literal(path)) if path.is_file() else pd.DataFrame()


def _facts(cells: Sequence[Finished]) -> dict[str, Facts]:
    """Return the facts of every score; one under a name of its own is shown by that name."""
    found: dict[str, Facts] = {}
    for one in cells:
        for score in one.results.scores:
            settings = one.settings.get("metrics", {}).get(score, {})
            metric = settings.get("metric", score)
            facts = facts_of(metric)
            title = facts.title if metric == score else score
            good = better_with(metric, settings)
            found.setdefault(score, Facts(title=title, better=good, is_mean=facts.is_mean))
    return found


def _profiles(
    first: Mapping[str, Finished], say: Say
) -> Iterator[tuple[str, Callable[[], Profiles | None]]]:
    """Yield each cell with what reads the profiles of its first seed."""
    for name, one in first.items():
        yield name, partial(_read, name, one.run.profiles, say)


def _read(name: str, path: Path, say: Say) -> Profiles | None:
    if not path.is_file():
        return None
    try:
        return Profiles.load(path)
    except InputError as error:
        say(f"{name} has no map: {error}")
        return None


def _made(folder: ComparisonFolder, cells: Sequence[Finished]) -> list[tuple[str, str]]:
    """Return how the comparison was made, as (what, how)."""
    notes = [_provenance(one) for one in cells]
    found = [
        ("Command", command_line()),
        ("Folder", str(folder.root.resolve())),
        ("Page made by", own_version()),
    ]
    for what, key, choose in (("First run began", "started", min), ("Last ended", "finished", max)):
        times = [str(note[key]) for note in notes if note.get(key)]
        found += [(what, choose(times))] if times else []
    versions = [note["versions"] for note in notes if isinstance(note.get("versions"), dict)]
    for package in dict.fromkeys(name for each in versions for name in each):
        texts = dict.fromkeys(str(each[package]) for each in versions if package in each)
        found.append((f"{package} of the runs", ", ".join(texts)))
    files = "table.csv, differences.csv (and .parquet), recipes/, cells/, logs/"
    return [*found, ("Files next to this page", files), ("One cell again", _again(folder))]


def _again(folder: ComparisonFolder) -> str:
    return f"phenolens run {shlex.quote(str(folder.root / 'recipes'))}/CELL.toml --root DATA"


def _provenance(one: Finished) -> dict[str, Any]:
    path = one.run.provenance
    if not path.is_file():
        return {}
    try:
        found = json.loads(read_small(path))
    except (ValueError, RecursionError):  # the page says less, and is right
        return {}
    return found if isinstance(found, dict) else {}

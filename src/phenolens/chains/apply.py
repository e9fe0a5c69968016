"""A chain applied to a table of profiles on disk: in memory, or aggregated while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from phenolens.chains.fitted import FittedChain, fit_chain
from phenolens.chains.stream import aggregate_file
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles, Step
from phenolens.core.progress import Progress, Say, silent, uncounted
from phenolens.core.step_record import name_in_recipes
from phenolens.profiling.aggregate import Aggregate
from phenolens.profiling.base import FittedStep

STREAMED_ABOVE = 2 << 30  # bytes of a parquet file; compressed, so a multiple of it in memory


def apply_chain(
    table: ProfileTable,
    steps: Sequence[Step],
    root: Path,
    *,
    stream: bool = False,
    say: Say = silent,
    progress: Progress = uncounted,
) -> Profiles:
    """Return what steps make of a table.

    One parquet file that is large, and whose first step is `aggregate` by mean or median, is
    aggregated while it is read and never held: the result has the same bits.

    Args:
        table: Files and their metadata.
        steps: Steps in order, fitted or not.
        root: Where the paths begin.
        stream: Aggregate while reading, however small the file.
        say: Called with one line per step.
        progress: Called with (rows read, rows to read) while a file is streamed.

    Raises:
        InputError: As loading and the steps do, or the table cannot be streamed and is to be.
    """
    first = steps[0] if steps else None
    path = _streamable(table, first, root)
    if stream and path is None:
        raise InputError(
            "takes one parquet file, no --where, and `aggregate` by mean or median as first step",
            where="--stream",
        )
    if path is None or not (stream or _bytes(path) > STREAMED_ABOVE):
        profiles, rest = table.load(root), steps
    else:
        assert isinstance(first, Aggregate)  # noqa: S101 -- `path` says so
        joins = bool(table.join or table.batch_of_plate)
        profiles = aggregate_file(
            path,
            first,
            table.named(root),
            progress,
            complete=partial(table.complete, root=root) if joins else None,
        )
        rest = steps[1:]
        _say_done(say, first, profiles)
    for step in rest:
        profiles = step(profiles)
        _say_done(say, step, profiles)
    return profiles


def fit_and_apply(
    table: ProfileTable, steps: Sequence[Step], root: Path, *, where: str = "", say: Say = silent
) -> tuple[FittedChain, Profiles]:
    """Return a chain fitted on some rows of a table, and what it makes of all of them.

    Args:
        table: Files and their metadata.
        steps: Steps in order.
        root: Where the paths begin.
        where: The rows to fit on, as `fit_chain` takes them; all unless given.
        say: Called with one line per step.

    Raises:
        InputError: As loading, `fit_chain` and the fitted steps do.
    """
    profiles = table.load(root)
    chain = fit_chain(profiles, steps, where)
    for step, fitted in zip(steps, chain.steps, strict=True):
        profiles = fitted(profiles)
        _say_done(say, step, profiles)
    return chain, profiles


def _streamable(table: ProfileTable, first: Step | None, root: Path) -> Path | None:
    """Return the one parquet file whose rows the first step can combine while it is read."""
    if not (isinstance(first, Aggregate) and first.how in ("mean", "median")) or table.where:
        return None
    paths = table.paths(root)
    return paths[0] if len(paths) == 1 and paths[0].suffix == ".parquet" else None


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _say_done(say: Say, step: Step, profiles: Profiles) -> None:
    name = name_in_recipes(step.step if isinstance(step, FittedStep) else step)
    say(
        f"{name}: {count_of(len(profiles), 'profile')} of "
        f"{count_of(len(profiles.names), 'feature')}"
    )
    if words := profiles.provenance[-1].get("facts", {}).get("left_out"):
        say(f"{name}: {words}")

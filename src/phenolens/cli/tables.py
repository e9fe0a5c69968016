"""Commands that begin with a table of profiles: profile and score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phenolens.cli.options import ChainOptions, Json, TableOptions, say
from phenolens.cli.printing import print_details, print_scores
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from phenolens.core.profile_table import ProfileTable
    from phenolens.core.profiles import Profiles, Step

Stream = Annotated[
    bool, typer.Option("--stream", help="Aggregate a parquet file larger than memory.")
]
STREAMED_ABOVE = 2 << 30  # bytes of a parquet file; compressed, so a multiple of it in memory


@spread
def profile(
    *,
    out: Annotated[Path, typer.Option(help="File to write; its suffix says the format.")],
    chain: ChainOptions,
    source: TableOptions,
    stream: Stream = False,
) -> None:
    """Apply a chain of steps to a table of profiles, or only rewrite it in another format.

    Example: `phenolens profile wells.csv --steps "standardize,sphere(regularization=1)"
    --out sphered.parquet`
    """
    made, rest = _begin(source.table, chain.build(), stream=stream)
    for step in rest:
        made = step(made)
        say(f"{made.provenance[-1]['step']}: {len(made)} profiles of {len(made.names)} features")
    typer.echo(str(made.save(out)))


@spread
def score(
    *,
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC", help="Name of a metric; several. [nsc, nscb]"),
    ] = None,
    chain: ChainOptions,
    source: TableOptions,
    as_json: Json = False,
) -> None:
    """Score a table of profiles, after a chain of steps if one is given.

    A metric of the profiles before the last aggregation: `--set lisi.before=aggregate`. A metric
    twice: `--metric nscb --metric median=nscb --set median.protocol=median_batch`.

    Example: `phenolens score profiles.parquet --metric nscb --set nscb.protocol=strict`
    """
    from phenolens.chains.chain import built, read_chain, stages
    from phenolens.chains.scoring import read_metrics
    from phenolens.chains.settings import changed
    from phenolens.core.errors import InputError

    asked = _asked(metric or ("nsc", "nscb"))
    own, other = _divided(chain.changes or (), asked, read_chain(chain.steps or ()))
    steps = read_chain(chain.steps or (), other)
    metrics, places = read_metrics(changed(asked, own), steps)
    made = stages(source.load(), built(steps), places.values())
    found, failed = {}, {}
    for name, measure in metrics.items():
        try:
            found[name] = measure(made[places[name]]).summary()
        except InputError as error:  # this metric cannot run here, another may
            failed[name] = str(error)
    _print(", ".join(Path(name).name for name in source.profiles), found, failed, as_json=as_json)


def _print(who: str, found: Mapping[str, Any], failed: Mapping[str, str], *, as_json: bool) -> None:
    """Print the scores; say which could not be had, and end with 2 then."""
    if as_json and found:
        typer.echo(json.dumps({**found, **{k: {"error": v} for k, v in failed.items()}}, indent=1))
    elif found:
        print_scores([(who, name, figures) for name, figures in found.items()])
        print_details(found)
    for name, error in failed.items():
        typer.secho(f"error: {name}: {error}", fg="red", err=True)
    raise typer.Exit(2 if failed else 0)


def _asked(metrics: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the metrics asked for as plain tables; `median=nscb` calls one by another name."""
    pairs = [text.partition("=") for text in metrics]
    return {name.strip(): {"metric": (other or name).strip()} for name, _, other in pairs}


def _divided(
    changes: Sequence[str], metrics: Mapping[str, Any], chain: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[str]]:
    """Return the changes of metrics and those of steps.

    Raises:
        InputError: A change names neither.
    """
    from phenolens.core.errors import InputError, nearest

    steps = [str(step["step"]) for step in chain]
    own, other = [], []
    for change in changes:
        name = change.partition("=")[0].partition(".")[0].strip()
        if name in metrics:
            own.append(change)
        elif name in steps or (name.isdigit() and steps):
            other.append(change)
        else:
            raise InputError(
                f"'{name}' is neither a metric asked for nor a step",
                where=f"--set {change}",
                fix=nearest(name, [*metrics, *steps]),
            )
    return own, other


def _begin(
    source: ProfileTable, chain: Sequence[Step], *, stream: bool
) -> tuple[Profiles, Sequence[Step]]:
    """Return the profiles and the steps still to do: the first may be done while reading."""
    from phenolens.profiling.aggregate import Aggregate

    paths = source.paths(Path())
    first = chain[0] if chain else None
    large = len(paths) == 1 and paths[0].suffix == ".parquet" and _bytes(paths[0]) > STREAMED_ABOVE
    can = isinstance(first, Aggregate) and first.how in ("mean", "median") and not source.where
    if not (stream or (large and can)):
        return source.load(Path()), chain
    if not (can and len(paths) == 1):
        from phenolens.core.errors import InputError

        raise InputError(
            "--stream takes one file, no --where, and `aggregate` by mean or median first",
            where="--stream",
        )
    from phenolens.chains.stream import aggregate_file

    assert isinstance(first, Aggregate)
    made = source.complete(aggregate_file(paths[0], first, source.columns, _percent()), Path())
    say(f"aggregate: {len(made)} profiles of {len(made.names)} features")
    return made, chain[1:]


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _percent() -> Any:
    """Return what says every tenth of the rows read."""
    told = [0]

    def tell(done: int, total: int) -> None:
        tenth = 10 * done // max(1, total)
        if tenth > told[0]:
            told[0] = tenth
            say(f"aggregate: {10 * tenth} % read")

    return tell

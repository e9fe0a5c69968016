"""Commands that read a table of profiles: profile and score."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phenolens.cli.options import ChainOptions, FitOptions, Json, Wait, say
from phenolens.cli.printing import print_details, print_failed, print_scores
from phenolens.cli.spread import spread
from phenolens.cli.table_options import TableOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from phenolens.core.progress import Progress

Stream = Annotated[
    bool, typer.Option("--stream", help="Aggregate a parquet file larger than memory.")
]


@spread
def profile(
    *,
    out: Annotated[Path, typer.Option(help="File to write; its suffix sets the format.")],
    chain: ChainOptions,
    fit: FitOptions,
    source: TableOptions,
    stream: Stream = False,
    wait: Wait = False,
) -> None:
    """Apply a chain of steps to a table of profiles, or only rewrite it in another format.

    Example: `phenolens profile wells.csv --steps "standardize,sphere(regularization=1)"
    --out sphered.parquet`. Add `--save-chain space` to keep the fitted chain, and bring new plates
    into the same space with `phenolens profile new.csv --chain space --out new.parquet`.
    """
    from phenolens.chains.apply import apply_chain, fit_and_apply
    from phenolens.chains.chain_folder import check_chain_folder
    from phenolens.chains.fitted import FittedChain
    from phenolens.core.formats.dispatch import check_table
    from phenolens.core.lock import held

    fit.refuse_conflicts(chain, stream=stream)
    check_table(out, source.inputs())
    if fit.save_chain:
        check_chain_folder(fit.save_chain)
    with ExitStack() as locks:
        for path in filter(None, (out, fit.save_chain)):
            locks.enter_context(held(path, say, wait=wait))
        if fit.fit_on or fit.save_chain:
            fitted, profiles = fit_and_apply(
                source.table, chain.build(), Path(), where=fit.fit_on, say=say
            )
            if fit.save_chain:
                say(f"chain saved to {fitted.save(fit.save_chain)}")
        else:
            steps = FittedChain.load(fit.saved).steps if fit.saved else chain.build()
            profiles = apply_chain(
                source.table, steps, Path(), stream=stream, say=say, progress=_percent()
            )
        profiles.save(out)
    typer.echo(str(out))


@spread
def score(
    *,
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC", help="Name of a metric; several [nsc, nscb]."),
    ] = None,
    chain: ChainOptions,
    source: TableOptions,
    as_json: Json = False,
) -> None:
    """Score a table of profiles, after a chain of steps if one is given.

    To measure a metric on the profiles before the last aggregation: `--set
    lisi.before=aggregate`. To use a metric twice: `--metric nscb --metric median=nscb --set
    median.protocol=median_batch`.

    Example: `phenolens score profiles.parquet --metric nscb --set nscb.protocol=strict`
    """
    from phenolens.chains.chain import build_steps, read_chain, stages
    from phenolens.chains.scoring import read_metrics
    from phenolens.chains.settings import changed
    from phenolens.core.errors import InputError
    from phenolens.core.inside import fenced

    asked = _asked(metric or ("nsc", "nscb"))
    own, other = _divided(chain.changes or (), asked, read_chain(chain.steps or ()))
    steps = read_chain(chain.steps or (), other)
    with fenced(chain.fence):
        metrics, places = read_metrics(changed(asked, own), steps)
        built = build_steps(steps)
    made = stages(source.load(), built, places.values())
    found, failed = {}, {}
    for name, measure in metrics.items():
        try:
            found[name] = measure(made[places[name]]).summary()
        except InputError as error:  # this metric cannot run here, another may
            failed[name] = str(error)
    _print(", ".join(Path(name).name for name in source.profiles), found, failed, as_json=as_json)


def _print(who: str, found: Mapping[str, Any], failed: Mapping[str, str], *, as_json: bool) -> None:
    """Print the scores, then the metrics that failed; the status is 2 if one did."""
    if as_json and found:
        typer.echo(json.dumps({**found, **{k: {"error": v} for k, v in failed.items()}}, indent=1))
    elif found:
        print_scores([(who, name, figures) for name, figures in found.items()])
        print_details(found)
    raise typer.Exit(print_failed(failed))


def _asked(metrics: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the requested metrics as plain tables; `median=nscb` gives one another name."""
    from phenolens.core.errors import InputError

    pairs = [text.partition("=") for text in metrics]
    for text, (name, equals, other) in zip(metrics, pairs, strict=True):
        if not name.strip() or (equals and not other.strip()):
            raise InputError(f"expected NAME or NAME=METRIC, got {text!r}", where="--metric")
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
                f"'{name}' is neither a requested metric nor a step",
                where=f"--set {change}",
                fix=nearest(name, [*metrics, *steps]),
            )
    return own, other


def _percent() -> Progress:
    """Return a progress that prints every tenth of the rows read."""
    printed = [0]

    def progress(done: int, total: int) -> None:
        tenth = 10 * done // max(1, total)
        if tenth > printed[0]:
            printed[0] = tenth
            say(f"aggregate: {10 * tenth} % read")

    return progress

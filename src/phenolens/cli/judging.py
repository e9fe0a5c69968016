"""Commands that judge: audit a score, tune a chain."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from phenolens.cli.options import ChainOptions, Json, Seed, TableOptions, Wait, say
from phenolens.cli.spread import spread


@spread
def audit(
    *,
    chain: ChainOptions,
    out: Annotated[
        Path | None, typer.Option(help="Page (.html), figures (.json), or a folder for both.")
    ] = None,
    same: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column that neighbours should share [moa, target]."),
    ] = None,
    seed: Seed = 0,
    source: TableOptions,
    as_json: Json = False,
) -> None:
    """Check whether a score is real: leaks, chance, batch and position, the effect of each step.

    Example: `phenolens audit wells.parquet --steps "standardize,aggregate(by=[treatment])"
    --out audit.html`
    """
    from phenolens.audit.audit import audit as audit_profiles
    from phenolens.audit.result import check_out

    if out is not None:
        check_out(out, source.inputs())
    steps = chain.build()
    found = audit_profiles(source.load(), steps, truth=same, seed=seed, say=say)
    typer.echo(json.dumps(found.summary(), indent=1) if as_json else str(found))
    if out is not None:
        say(f"written to {found.save(out)}")


@spread
def tune(  # noqa: PLR0913 -- one argument per option
    *,
    out: Annotated[
        Path | None, typer.Option(help="TOML file to write the chosen chain to.")
    ] = None,
    space: Annotated[
        Path | None, typer.Option(help="TOML file of chains to try: see docs/tune.md.")
    ] = None,
    mixing: Annotated[
        float, typer.Option(help="Weight of the controls' batch mixing in the criterion, 0..1.")
    ] = 0.0,
    seed: Seed = 0,
    source: TableOptions,
    as_json: Json = False,
    wait: Wait = False,
) -> None:
    """Choose a chain of steps by how well replicates find each other, never by mechanisms.

    With --out, a search that was killed is resumed.

    Example: `phenolens tune wells.parquet --out chain.toml`
    """
    from phenolens.core.lock import held
    from phenolens.core.target import check_target
    from phenolens.tune.space import default_space, read_space
    from phenolens.tune.tune import tune as tune_chain
    from phenolens.tune.work import remove, work_file

    if out is not None:
        given = [] if space is None else [space]
        check_target(out, [*source.inputs(), *given])
    loaded = source.load()
    chains = default_space(loaded) if space is None else read_space(space, loaded)
    work = None if out is None else work_file(out)  # for a resume
    with nullcontext() if out is None else held(out, say, wait=wait):
        found = tune_chain(loaded, chains, mixing=mixing, seed=seed, say=say, work=work)
        if out is not None:
            found.save(out)
            remove(work_file(out))
    typer.echo(json.dumps(found.summary(), indent=1) if as_json else str(found))
    if out is not None:
        say(f"written to {out}")

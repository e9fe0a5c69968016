"""Commands that judge: audit a score, tune a chain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from phenolens.cli.options import (
    BatchOfPlate,
    Changes,
    Columns,
    Files,
    Join,
    Json,
    Seed,
    Steps,
    Where,
    say,
    table,
)


def audit(  # noqa: PLR0913 -- the options of a command
    profiles: Files,
    steps: Steps = None,
    out: Annotated[
        Path | None, typer.Option(help="Page (.html), figures (.json), or a folder for both.")
    ] = None,
    truth: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="What neighbours must share [moa, target].")
    ] = None,
    seed: Seed = 0,
    changes: Changes = None,
    columns: Columns = None,
    join: Join = None,
    batch_of_plate: BatchOfPlate = "",
    where: Where = "",
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Tell whether a score is real: leaks, chance, batch and position, what each step did.

    Example: `phenolens audit wells.parquet --steps "standardize,aggregate(by=[treatment])"
    --out audit.html`
    """
    from phenolens.audit.audit import audit as audit_profiles
    from phenolens.chain import built, read_chain

    chain = built(read_chain(steps or (), changes or ()))
    loaded = table(profiles, columns, join, batch_of_plate, where).load(Path())
    found = audit_profiles(loaded, chain, truth=truth, seed=seed, say=say)
    typer.echo(json.dumps(found.summary(), indent=1) if as_json else str(found))
    if out is not None:
        say(f"written to {found.save(out)}")


def tune(  # noqa: PLR0913 -- the options of a command
    profiles: Files,
    out: Annotated[
        Path | None, typer.Option(help="TOML file to write the chosen chain to.")
    ] = None,
    space: Annotated[
        Path | None, typer.Option(help="TOML file of chains to try: see docs/tune.md.")
    ] = None,
    mixing: Annotated[
        float, typer.Option(help="Share of the controls' batch mixing in the criterion.")
    ] = 0.0,
    seed: Seed = 0,
    columns: Columns = None,
    join: Join = None,
    batch_of_plate: BatchOfPlate = "",
    where: Where = "",
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Choose a chain of steps by how well replicates find each other; never by a mechanism.

    With --out, a search that is killed goes on where it was.

    Example: `phenolens tune wells.parquet --out chain.toml`
    """
    from phenolens.tune.space import default_space, read_space
    from phenolens.tune.tune import tune as tune_chain

    loaded = table(profiles, columns, join, batch_of_plate, where).load(Path())
    chains = default_space(loaded) if space is None else read_space(space, loaded)
    work = None if out is None else out.with_suffix(".work")  # for a resume
    found = tune_chain(loaded, chains, mixing=mixing, seed=seed, say=say, work=work)
    typer.echo(json.dumps(found.summary(), indent=1) if as_json else str(found))
    if out is not None:
        say(f"written to {found.save(out)}")

"""Commands that judge: audit a score, tune a chain."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phenolens.cli.options import AgainOptions, ChainOptions, Json, Outside, Seed, Wait, say
from phenolens.cli.spread import spread
from phenolens.cli.table_options import TableOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phenolens.chains.chain import Tables
    from phenolens.core.profiles import Profiles


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """The chains that a search tries, and what it chooses by.

    Attributes:
        space: A file of chains.
        outside: Whether paths in it may lead anywhere.
        mixing: Weight of the controls' batch mixing in the criterion.
    """

    space: Annotated[
        Path | None, typer.Option(help="TOML file of chains to try: see docs/tune.md.")
    ] = None
    outside: Outside = False
    mixing: Annotated[
        float, typer.Option(help="Weight of the controls' batch mixing in the criterion, 0..1.")
    ] = 0.0

    def chains(self, profiles: Profiles) -> Sequence[Tables]:
        """Return the chains to try on these profiles."""
        from phenolens.core.inside import Fence, fenced
        from phenolens.tune.space import default_space, read_space

        if self.space is None:
            return default_space(profiles)
        with fenced(None if self.outside else Fence.of([self.space])):
            return read_space(self.space, profiles)


@spread
def audit(  # noqa: PLR0913  # what is audited, by what, then where it goes
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
    again: AgainOptions,
) -> None:
    """Check whether a score is real: leaks, chance, batch and position, the effect of each step.

    Of the folder of a run, its own steps are audited, and its scores are made again with every
    cell covered.

    Example: `phenolens audit wells.parquet --steps "standardize,aggregate(by=[treatment])"
    --out audit.html`
    """
    from phenolens.audit.audit import audit as audit_profiles
    from phenolens.audit.result import check_out
    from phenolens.cli.run_audit import audited_run, is_run, refuse_options, refuse_run_options

    of_run = is_run(source.profiles)
    if out is not None:
        check_out(out, [] if of_run else source.inputs())
    background = None
    if of_run:
        refuse_options(chain, source)
        background = audited_run(Path(source.profiles[0]), again, say, outside=chain.outside)
        profiles, steps = background.profiles, background.steps
    else:
        refuse_run_options(again, source)
        profiles, steps = source.load(), chain.build()
    known = [] if background is None else background.findings()
    found = audit_profiles(profiles, steps, truth=same, seed=seed, say=say, known=known)
    if as_json:
        added = {} if background is None else {"background": background.background}
        typer.echo(json.dumps({**found.summary(), **added}, indent=1))
    else:
        typer.echo(str(found))
    if out is not None:
        say(f"written to {found.save(out)}")


@spread
def tune(
    *,
    out: Annotated[
        Path | None, typer.Option(help="TOML file to write the chosen chain to.")
    ] = None,
    search: SearchOptions,
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
    from phenolens.core.target import check_ending, check_target
    from phenolens.tune.tune import tune as tune_chain
    from phenolens.tune.work import remove, work_file

    if out is not None:
        given = [] if search.space is None else [search.space]
        check_target(out, [*source.inputs(), *given])
        check_ending(out, ".toml", "a chain")
    loaded = source.load()
    chains = search.chains(loaded)
    work = None if out is None else work_file(out)  # for a resume
    with nullcontext() if out is None else held(out, say, wait=wait):
        found = tune_chain(loaded, chains, mixing=search.mixing, seed=seed, say=say, work=work)
        if out is not None:
            found.save(out)
            remove(work_file(out))
    typer.echo(json.dumps(found.summary(), indent=1) if as_json else str(found))
    if out is not None:
        say(f"written to {out}")

"""The command line: parsing of arguments only. Heavy imports wait until a command needs them."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(
    name="phenolens",
    help="Learn phenotypic representations from high-content cell images, turn them into "
    "profiles, and judge them by the field's own tests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

Root = Annotated[Path, typer.Option(help="Folder of the data; paths in the recipe start here.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command()
def run(
    recipe: Annotated[str, typer.Argument(help="A .toml file, or the name of a shipped recipe.")],
    root: Root = Path(),
    out: Annotated[Path | None, typer.Option(help="Folder of the run [runs/NAME].")] = None,
    changes: Changes = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Learn, embed, profile, score and report, as a recipe says; run again to resume.

    Example: `phenolens run quickstart --set training.epochs=5`
    """
    from phenolens.recipe import Recipe
    from phenolens.runs.processes import rank
    from phenolens.runs.run import run as run_recipe

    results = run_recipe(Recipe.load(recipe, changes or ()), root, out, say=_say)
    if rank():
        return
    if as_json:
        typer.echo((results.folder / "results.json").read_text(encoding="utf-8"))
    else:
        _print_scores(results.table())
        for note in results.notes:
            typer.echo(note)
    page = _report(results.folder)
    typer.echo(
        f"report: {page}" if page else "report: needs pip install phenolens[report]", err=True
    )


@app.command()
def embed(
    model: Annotated[Path, typer.Argument(help="Folder with config.json and model.safetensors.")],
    layout: Annotated[str, typer.Argument(help="Layout of the screen; see `phenolens list`.")],
    root: Annotated[Path, typer.Argument(help="Folder of the screen.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")] = Path("embeddings.parquet"),
    changes: Changes = None,
) -> None:
    """Embed a screen with a trained model: one row a tile, pycytominer's columns.

    Example: `phenolens embed runs/quickstart/models/joint cells my_plate --out cells.parquet`
    """
    from phenolens.runs.apply import embed_screen

    screen = _layout(layout, changes)(root)
    work = out.with_suffix(".work")  # prepared pixels and finished shards, for a resume
    embed_screen(model, screen, work).save(out)
    shutil.rmtree(work)
    typer.echo(str(out))


@app.command()
def score(
    profiles: Annotated[Path, typer.Argument(help="Parquet or CSV of profiles.")],
    metric: Annotated[list[str] | None, typer.Option(help="Name of a metric; several.")] = None,
    changes: Changes = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Score a table of profiles.

    Example: `phenolens score profiles.parquet --metric nscb --set nscb.protocol=strict`
    """
    from phenolens.core.profiles import Profiles
    from phenolens.core.registry import build
    from phenolens.settings import changed

    table = {name: {"metric": name} for name in metric or ("nsc", "nscb")}
    metrics = {
        name: build("metrics", settings, name)
        for name, settings in changed(table, changes or ()).items()
    }
    loaded = Profiles.load(profiles)
    scores = {name: made(loaded).summary() for name, made in metrics.items()}
    if as_json:
        typer.echo(json.dumps(scores, indent=1))
    else:
        _print_scores([(profiles.name, name, figures) for name, figures in scores.items()])


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
) -> None:
    """Make the page of a run again: one HTML file that opens offline.

    Example: `phenolens report runs/quickstart`
    """
    from phenolens.report.page import render

    typer.echo(str(render(folder)))


@app.command()
def check(
    layout: Annotated[str, typer.Argument(help="Layout of the screen; see `phenolens list`.")],
    root: Annotated[Path, typer.Argument(help="Folder of the screen.")],
    changes: Changes = None,
    pixels: Annotated[bool, typer.Option(help="Decode every image, not only its header.")] = False,  # noqa: FBT002
) -> None:
    """List every problem of a screen at once, with counts. Nothing is trained.

    Example: `phenolens check bbbc021 /data/BBBC021 --set subset=annotated`
    """
    from phenolens.screens.check import check as check_screen

    found = check_screen(_layout(layout, changes), root, pixels=pixels)
    typer.echo(str(found))
    raise typer.Exit(0 if found.ok else 1)


@app.command("list")
def list_all(
    room: Annotated[str | None, typer.Argument(help="One kind of thing only.")] = None,
) -> None:
    """List layouts, encoders, methods, steps, metrics and shipped recipes, a line each.

    Example: `phenolens list metrics`
    """
    from phenolens.core.errors import InputError, nearest
    from phenolens.core.registry import ROOMS, catalogue
    from phenolens.recipe import shipped_recipes

    if room and room not in (*ROOMS, "recipes"):
        raise InputError(
            "nothing of that kind", where=room, mend=nearest(room, (*ROOMS, "recipes"))
        )
    for name in (*ROOMS, "recipes"):
        if room in (None, name):
            typer.secho(name, bold=True)
            told = (
                {k: _first_comment(p) for k, p in shipped_recipes().items()}
                if name == "recipes"
                else {k: entry.summary for k, entry in catalogue(name).items()}
            )
            for key, summary in told.items():
                typer.echo(f"  {key:22} {summary}")


def main() -> None:
    """Run the command line; bad input ends it with one clear line and status 2."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("phenolens").setLevel(logging.INFO)
    from phenolens.core.errors import InputError

    try:
        app()
    except InputError as error:
        typer.secho(f"error: {error}", fg="red", err=True)
        sys.exit(2)
    except FloatingPointError as error:  # a training that went astray: no fault of the input's form
        typer.secho(f"error: {error}", fg="red", err=True)
        sys.exit(1)


def _layout(name: str, changes: list[str] | None) -> Any:
    from phenolens.core.registry import build
    from phenolens.settings import changed

    return build("screens", changed({"layout": name}, changes or ()), "layout")


def _report(folder: Path) -> Path | None:
    """Make the page where its libraries are installed."""
    from importlib.util import find_spec

    if find_spec("jinja2") is None:
        return None
    from phenolens.report.page import render

    return render(folder)


def _print_scores(rows: list[tuple[str, str, Mapping[str, Any]]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "score", "value", "hits", "95 % interval", "chance")
    for who, name, s in rows:
        hits = f"{s['hits']}/{s['n']}" if s["hits"] is not None else ""
        interval = "" if s["low"] is None else f"{s['low']:.3f} .. {s['high']:.3f}"
        chance = "" if s["null"] is None else f"{s['null']:.3f}"
        value = "" if s["value"] is None else f"{s['value']:.3f}"
        table.add_row(who, name, value, hits, interval, chance)
    Console().print(table)


def _first_comment(path: Path) -> str:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.removeprefix("#").strip()


def _say(text: str) -> None:
    typer.echo(text, err=True)

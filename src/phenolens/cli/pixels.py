"""Commands that read images or run folders: run, embed, explain, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phenolens.cli.options import (
    Changes,
    Json,
    MachineOption,
    Root,
    StageOptions,
    Wait,
    layout,
    machine,
    say,
)
from phenolens.cli.printing import print_failed, print_scores
from phenolens.cli.spread import spread

if TYPE_CHECKING:
    from phenolens.core.run_folder import RunFolder


@spread
def run(  # noqa: PLR0913  # what is run, where, and what comes of it
    *,
    recipe: Annotated[str, typer.Argument(help="A .toml file, or the name of a shipped recipe.")],
    root: Root = Path(),
    out: Annotated[Path | None, typer.Option(help="Folder of the run [runs/NAME].")] = None,
    changes: Changes = None,
    stages: StageOptions,
    page: Annotated[
        bool, typer.Option(help="Make the page of the run; later: `phenolens report`.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Learn, embed, profile, score and report, as a recipe says; run again to resume.

    Stages that this or another run has finished are found in the cache (`phenolens cache`). A
    metric that cannot be computed is named with its reason; the other scores are kept, and the
    status is 2.

    Example: `phenolens run quickstart --set training.epochs=5 --machine threads=8`
    """
    from phenolens.core.small_files import read_small
    from phenolens.runs.processes import process
    from phenolens.runs.recipe import Recipe
    from phenolens.runs.run import run as run_recipe

    settings = machine(stages.machine)
    root = root.absolute() if settings.dask else root  # its workers have other working folders
    chosen = Recipe.load(recipe, changes or (), root, outside=stages.outside)
    results = run_recipe(
        chosen, root, out, say, stages.cache, settings, wait=stages.wait, page=page
    )
    if process():
        return
    if as_json:
        typer.echo(read_small(results.folder / "results.json"))
    else:
        print_scores(results.table())
        for note in results.notes:
            typer.echo(note)
    if page:
        say(f"report: {results.folder / 'report.html'}")
    raise typer.Exit(print_failed(results.failed))


def embed(  # noqa: PLR0913  # each is an argument or an option of the command
    model: Annotated[Path, typer.Argument(help="Folder with config.json and model.safetensors.")],
    layout_name: Annotated[
        str, typer.Argument(metavar="LAYOUT", help="Layout of the screen; see `phenolens list`.")
    ],
    root: Annotated[Path, typer.Argument(help="Folder of the screen.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")] = Path("embeddings.parquet"),
    changes: Changes = None,
    machine_settings: MachineOption = None,
    *,
    wait: Wait = False,
) -> None:
    """Embed a screen with a trained model: one row per tile, with pycytominer's columns.

    Example: `phenolens embed runs/quickstart/models/joint cells my_plate --out cells.parquet`
    """
    from phenolens.runs.apply import embed_into

    settings = machine(machine_settings)
    screen = layout(layout_name, changes)(root.absolute() if settings.dask else root)
    typer.echo(str(embed_into(model, screen, out, settings, say, wait=wait)))


@spread
def explain(  # what is explained, and by what, then how
    *,
    folder: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    names: Annotated[
        list[str], typer.Argument(help="Explanations; see `phenolens list explanations`.")
    ],
    root: Root = Path(),
    changes: Changes = None,
    stages: StageOptions,
) -> None:
    """Ask what the models of a finished run looked at; the answers join its folder and its page.

    Nothing is trained or scored again. What cannot be answered is named with its reason, and the
    status is 2. The same may be written into a recipe, as
    `[explanations.channel_knock_out]`. A run on images needs its --root again. Where it is
    stopped, the same command resumes it.

    Example: `phenolens explain runs/quickstart channel_knock_out --set channel_knock_out.most=6`
    """
    from phenolens.core.run_folder import RunFolder
    from phenolens.results.answers import answers
    from phenolens.runs.recipe import Recipe
    from phenolens.runs.results import Results
    from phenolens.runs.run import run

    paths = RunFolder(folder)
    _refuse_measured(paths)
    if paths.results.exists() or not paths.profiles.is_file():  # else it was stopped after training
        Results.read(folder)  # refuses a folder without a finished run
    added = [f"explanations.{change}" for change in changes or ()]
    recipe = Recipe.load(paths.recipe, added, root, outside=stages.outside, explanations=names)
    settings = machine(stages.machine)
    made = run(recipe, root, folder, say, stages.cache, settings, wait=stages.wait)
    for asked_about, answer in answers({k: made.explanations.get(k, {}) for k in names}):
        typer.echo(f"{asked_about}: {answer}")
    say(f"report: {paths.report}")
    asked = {f"explanations.{name}" for name in names}
    failed = {k: why for k, why in made.failed.items() if k.partition(" of ")[0] in asked}
    raise typer.Exit(print_failed(failed))


def _refuse_measured(paths: RunFolder) -> None:
    """Refuse a run whose features are measured in the images.

    Raises:
        InputError: It is: says what can be looked at instead.
    """
    from phenolens.chains.settings import read_toml
    from phenolens.core.errors import InputError

    measured = read_toml(paths.recipe).get("features") if paths.recipe.is_file() else None
    if measured:
        raise InputError(
            f"has no network to explain: its features are those that {measured} measures",
            where=paths.root,
            fix="their names say what they are: colour the map of report.html by one of them; or "
            "run a recipe with an [encoder] on these images, and explain that run",
        )


def check(
    layout_name: Annotated[
        str, typer.Argument(metavar="LAYOUT", help="Layout of the screen; see `phenolens list`.")
    ],
    root: Annotated[Path, typer.Argument(help="Folder of the screen.")],
    changes: Changes = None,
    pixels: Annotated[bool, typer.Option(help="Decode images, not only headers.")] = False,  # noqa: FBT002
    quality: Annotated[  # noqa: FBT002
        bool, typer.Option(help="Also list blurred, saturated, empty, dirty, oddly lit images.")
    ] = False,
    recipe: Annotated[
        str | None, typer.Option(help="Also try the steps and metrics of this recipe on its table.")
    ] = None,
) -> None:
    """List every problem of a screen at once, with counts. Nothing is trained.

    Example: `phenolens check bbbc021 /data/BBBC021 --set subset=annotated`
    """
    from phenolens.runs.check import check as check_screen
    from phenolens.runs.recipe import Recipe

    # A recipe that cannot be read is refused before the images are.
    chosen = Recipe.load(recipe, root=root) if recipe else None
    read = layout(layout_name, changes)
    found = check_screen(read, root, pixels=pixels, recipe=chosen, quality=quality)
    typer.echo(str(found))
    raise typer.Exit(0 if found.ok else 1)

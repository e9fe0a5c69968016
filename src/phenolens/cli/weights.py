"""Commands on weights: import what others released, show what a model is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from phenolens.cli.options import Json

app = typer.Typer(rich_markup_mode="markdown", no_args_is_help=True)
_WIDTH = 14


@app.callback()
def weights() -> None:
    """Import weights that others released, and show what a model or a file of weights is."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A checkpoint, as its authors released it.")],
    out: Annotated[Path, typer.Option(help="Folder of the model to write.")],
) -> None:
    """Write released weights as a model folder, which `embed` and recipes take.

    Known are the checkpoints of morpho-learner and pheno-ml (Dmitrenko et al. 2022). Only tensors
    are read: no code of the file is run.

    Example: `phenolens weights import autoencoder_at_50.torch --out models/autoencoder`
    """
    from phenolens.models.import_weights import import_weights

    typer.echo(str(import_weights(file, out)))


@app.command("show")
def show(
    path: Annotated[Path, typer.Argument(help="A model folder, or a file of weights.")],
    *,
    as_json: Json = False,
) -> None:
    """Show a model's architecture, parameters, channels, licence and SHA-256.

    Example: `phenolens weights show runs/quickstart/models/joint`
    """
    from phenolens.models.summary import summary

    facts = summary(path)
    typer.echo(json.dumps(facts, indent=1) if as_json else "\n".join(_lines(facts)))


def _lines(facts: Mapping[str, Any]) -> list[str]:
    """Return the facts as lines that a person reads."""
    from phenolens.core.errors import one_line

    lines: list[tuple[str, str]] = []
    for name, table in facts["architecture"].items():
        settings = ", ".join(f"{k} {v}" for k, v in table.items() if k != "name")
        count = f"{facts['parameters'][name]:,} parameters"
        lines.append((name, f"{table['name']} ({settings}), {count}"))
    if not facts["architecture"]:
        lines.append(("architecture", "not known here"))
        lines.append(("parameters", f"{sum(facts['parameters'].values()):,}"))
    lines += [("near", line) for line in facts.get("near", ())]
    for name in ("channels", "method", "released", "source", "paper", "licence", "sha256"):
        if value := facts.get(name):
            lines.append((name, ", ".join(value) if isinstance(value, list) else str(value)))
    return [f"{one_line(name):{_WIDTH}}{one_line(text)}" for name, text in lines]

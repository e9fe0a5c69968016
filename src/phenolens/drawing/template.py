"""Templates: a page's text with holes in it, filled so that no plain text becomes markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from phenolens.core.counts import count_of
from phenolens.drawing.figures import axis, whisker
from phenolens.drawing.numbers import p_text, shown, signed
from phenolens.drawing.svg import Markup

SHARED = "phenolens.drawing"  # the package of what all pages share


def load_template(name: str, package: str) -> Any:
    """Return a template that is a file of that package.

    It may extend, include and import those next to it and those of `phenolens.drawing`.

    Args:
        name: Of the file, such as `page.html.j2`.
        package: Importable name of the package that has it.
    """

    def load(wanted: str) -> str | None:
        return read_part(wanted, package) or read_part(wanted, SHARED) or None

    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(load),
    )
    environment.globals.update(
        axis=axis, count_of=count_of, shown=shown, signed=signed, p_text=p_text, whisker=whisker
    )
    return environment.get_template(name)


def read_part(name: str, package: str) -> str:
    """Return the text of a file of that package, empty where there is none."""
    path = files(package).joinpath(name)
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def embed(value: Mapping[str, Any]) -> Markup:
    """Return JSON that cannot end the script element that holds it."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))

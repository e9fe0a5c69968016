"""Templates: a page's text with holes in it, filled so that no plain text becomes markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from phenolens.drawing.figures import axis, whisker
from phenolens.drawing.svg import Markup
from phenolens.report.scores import shown, title
from phenolens.report.verdict import p_text


def load_template(name: str) -> Any:
    """Return one of the templates that stand beside this module."""
    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(read_part),
    )
    environment.globals.update(
        axis=axis, shown=shown, p_text=p_text, score_title=title, whisker=whisker
    )
    return environment.get_template(name)


def read_part(name: str) -> str:
    """Return one of the text files that stand beside this module."""
    return files("phenolens.report").joinpath(name).read_text(encoding="utf-8")


def embed(value: Mapping[str, Any]) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def write_page(html: str, path: Path) -> Path:
    """Write a page beside its place, then move it there: no reader sees half of one."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(html, encoding="utf-8")
    beside.replace(path)
    return path

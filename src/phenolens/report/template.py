"""Templates: a page's text with holes in it, filled so that no plain text becomes markup."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.report.figures import axis, whisker
from phenolens.report.scores import shown, title
from phenolens.report.svg import Markup
from phenolens.report.verdict import p_text


def load_template(name: str) -> Any:
    """Return one of the templates that stand beside this module.

    Raises:
        InputError: jinja2 is not installed.
    """
    try:
        jinja2 = importlib.import_module("jinja2")
    except ImportError as error:
        raise InputError(
            "the report needs jinja2", mend="install it with `pip install 'phenolens[report]'`"
        ) from error
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(read_part),
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

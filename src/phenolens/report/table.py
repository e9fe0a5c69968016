"""What the script of a page knows of every treatment, in the page or in its parts."""

from __future__ import annotations

from functools import partial
from typing import Any

from phenolens.drawing.svg import Markup
from phenolens.drawing.template import embed
from phenolens.results.contents import RunContents
from phenolens.results.parts import Part
from phenolens.results.pictures import first_pictures
from phenolens.results.script_table import MOST_IN_PARTS, MOST_VALUES, in_parts, script_table
from phenolens.results.treatments import rows_of


def table_of(run: RunContents) -> tuple[Markup | None, dict[str, Part]]:
    """Return the table as JSON (None without profiles) and, of a large run, its parts by name."""
    if run.profiles is None:
        return None, {}
    most = MOST_IN_PARTS if run.in_parts else MOST_VALUES
    made = script_table(run.profiles, rows_of(run)[1], first_pictures(run), most)
    if not run.in_parts:
        return embed(made), {}
    kept, later = in_parts(made)
    parts = {name: Part(partial(_same, one), name == "names") for name, one in later.items()}
    return embed(kept), parts


def _same(value: Any) -> Any:
    return value

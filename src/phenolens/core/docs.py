"""Tables of the documentation, filled in from the catalogue.

A page holds `<!-- table: metrics -->` or `<!-- table: metrics nsc nscb -->`, a table, and
`<!-- end -->`. What is between the two is rewritten by `python -m phenolens.core.docs docs`.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from phenolens.core.errors import InputError, nearest
from phenolens.core.files import write_text
from phenolens.core.registry import ROOMS, Entry, catalogue

_BLOCK = re.compile(r"(<!-- table: (\w+)((?: \w+)*) -->\n).*?(<!-- end -->)", re.DOTALL)
# Room -> the module whose `columns(entries)` adds columns to its table.
_MORE = {"metrics": "phenolens.metrics.base"}


def table(room: str, names: Sequence[str] = ()) -> str:
    """Return the table of a room as Markdown, entries of other packages included.

    Args:
        room: As in `core.registry.ROOMS`.
        names: The entries, in this order; without any, all by name.

    Raises:
        InputError: There is no such room or entry.
    """
    if room not in ROOMS:
        raise InputError("no such room", where=room, fix=nearest(room, ROOMS))
    offered = catalogue(room)
    for name in names:
        if name not in offered:
            raise InputError(f"no '{name}' in {room}", where="docs", fix=nearest(name, offered))
    entries = [offered[name] for name in names or offered]
    cells = {ROOMS[room]: [f"`{entry.name}`" for entry in entries]}
    cells["what it is"] = [entry.summary for entry in entries]
    cells |= _more(room, entries)
    rows = [list(cells), ["---"] * len(cells), *map(list, zip(*cells.values(), strict=True))]
    return "".join(f"| {' | '.join(map(_escaped, row))} |\n" for row in rows)


def fill(text: str) -> str:
    """Return a page with every marked table rewritten.

    Raises:
        InputError: A mark names no room or entry.
    """
    return _BLOCK.sub(lambda m: m[1] + table(m[2], m[3].split()) + m[4], text)


def main(folder: Path) -> list[Path]:
    """Rewrite the marked tables of every page in a folder; return the pages that changed."""
    changed = []
    for page in sorted(folder.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        filled = fill(text)
        if filled != text:
            changed.append(write_text(page, filled))
    return changed


def _more(room: str, entries: Sequence[Entry]) -> dict[str, list[str]]:
    if room not in _MORE:
        return {}
    columns: dict[str, list[str]] = importlib.import_module(_MORE[room]).columns(entries)
    return columns


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


if __name__ == "__main__":
    for path in main(Path(sys.argv[1])):
        print(path)

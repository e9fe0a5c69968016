"""What was understood of a folder before its pixels are read: facts, maps of plates, flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from phenolens.core.columns import KNOWN
from phenolens.core.counts import count_of, count_range
from phenolens.core.roles import ROLE_COLUMNS
from phenolens.core.screen import Screen
from phenolens.images.files import LEFT_OUT
from phenolens.images.problem import Problem
from phenolens.intake.extent import Extent
from phenolens.intake.plate_map import PlateMap, maps_of

_SHOWN = 8  # names in a fact
_EXAMPLES = 3  # of flags of one kind
_WELL_PARTS = ("row", "column", "col", "Row", "Column", "Col")
# Columns that something is made of; others are kept as metadata.
_ROLES = {*KNOWN, *ROLE_COLUMNS, "z", "timepoint", "series", *_WELL_PARTS}
_COUNTED = {"site": "sites", "z": "z planes"}


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """What a folder holds.

    Attributes:
        layout: The sentences of its recognition.
        facts: What, and in words.
        plates: One row per plate: wells, images, images per well, controls, batch.
        maps: Of every plate.
        flags: What is odd: kind -> sentences.
    """

    layout: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    plates: pd.DataFrame
    maps: tuple[PlateMap, ...]
    flags: dict[str, list[str]]

    @classmethod
    def of(cls, layout: Sequence[str], screen: Screen, problems: Sequence[Problem]) -> Understood:
        """Return what was understood of a screen.

        Args:
            layout: The sentences of its recognition.
            screen: As its layout reads it.
            problems: What the layout finds wrong, headers included.
        """
        maps = tuple(maps_of(screen.meta, fields=screen.level == "field"))
        return cls(
            layout=tuple(layout),
            facts=tuple(_facts(screen, maps)),
            plates=pd.DataFrame([_of_plate(one, screen.meta) for one in maps]),
            maps=maps,
            flags=_flags(screen, maps, problems),
        )

    @property
    def table(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {
            "layout": list(self.layout),
            "facts": dict(self.facts),
            "plates": self.plates.to_dict("records"),
            "flags": self.flags,
        }


def _facts(screen: Screen, maps: Sequence[PlateMap]) -> list[tuple[str, str]]:
    meta = screen.meta
    kinds = sorted({one.wells for one in maps})
    sizes = [f"{n} wells" if n else "wells without row and column" for n in kinds]
    height, width = screen.size
    pixel = f", {screen.pixel_size:.4g} um per pixel" if screen.pixel_size else ""
    extent = Extent.of(meta)
    level = {"field": "fields", "cell": "single cells"}[screen.level]
    level, more = ("images", f": {extent.words}") if extent.stacked else (level, "")
    facts = [
        ("images", f"{len(screen):,} {level} of {height} x {width} pixels{pixel}{more}"),
        ("channels", f"{len(screen.channels)}: {', '.join(screen.channels)}"),
        ("plates", f"{_named(meta, 'plate')}; {' and '.join(sizes)}"),
        ("wells", f"{sum(len(one.images) for one in maps):,} with images"),
    ]
    facts += [(words, _named(meta, name)) for name, words in _COUNTED.items() if name in meta]
    facts += [("times", _times(meta))] if {"time", "timepoint"} & set(meta) else []
    facts.append(("controls", _controls(meta)))
    plural = {"compound": "compounds", "treatment": "treatments", "batch": "batches"}
    plural |= {"moa": "mechanisms"}
    facts += [(plural[name], _named(meta, name)) for name in plural if name in meta]
    facts += [(name, "not known") for name in ("compounds", "batches") if name not in dict(facts)]
    return facts + [("metadata", words) for words in (_without_role(meta),) if words]


def _without_role(meta: pd.DataFrame) -> str:
    """Return the columns that have no role, with what they are good for; empty without any."""
    names = [name for name in map(str, meta) if name not in _ROLES]
    if not names:
        return ""
    shown = [f"{name} ({_values(meta[name])})" for name in names[:_SHOWN]]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    use = "no role: kept with every image, for conditions (`where`), groups and colours of the map"
    return f"{', '.join(shown)}{more}; {use}. `--set columns.batch=NAME` gives one a role"


def _values(column: pd.Series) -> str:
    number = column.nunique()
    return "empty" if number == 0 else count_of(number, "value")


def _named(meta: pd.DataFrame, name: str) -> str:
    """Return how many values a column has, and the first of them."""
    values = sorted(meta[name].dropna().unique(), key=lambda v: (str(type(v)), v))
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return f"{len(values):,}: {', '.join(map(str, values[:_SHOWN]))}{more}"


def _times(meta: pd.DataFrame) -> str:
    if "time" not in meta:
        return f"{meta['timepoint'].nunique()} points, by number"
    hours = pd.to_numeric(meta["time"], errors="coerce")
    return f"{hours.nunique()}, {hours.min():g} to {hours.max():g} hours"


def _controls(meta: pd.DataFrame) -> str:
    if "control" not in meta:
        return "not known: name a table with --platemap"
    wells = meta.loc[meta["control"], ["plate", "well"]].drop_duplicates()
    if wells.empty:
        return (
            "none: no compound has a known name of a negative control, as DMSO; say which wells "
            "they are with --controls"
        )
    each = wells.groupby("plate", observed=True).size()
    bare = meta["plate"].nunique() - len(each)
    without = f"; {count_of(bare, 'plate')} without any" if bare else ""
    return f"{count_range(each, 'well')} per plate{without}"


def _of_plate(one: PlateMap, meta: pd.DataFrame) -> dict[str, Any]:
    rows = meta[meta["plate"].astype(str) == one.plate]
    row: dict[str, Any] = {
        "plate": one.plate,
        "format": one.wells or "",
        "wells": len(one.images),
        **({"fields": extent.fields} if (extent := Extent.of(rows)).stacked else {}),
        "images": len(rows),
        "images per well": count_range(one.images.values(), "image"),
    }
    if "control" in rows:
        row["control wells"] = int(rows.loc[rows["control"], "well"].nunique())
    if "batch" in rows:
        row["batch"] = ", ".join(map(str, rows["batch"].dropna().unique()))
    return row


def _flags(
    screen: Screen, maps: Sequence[PlateMap], problems: Sequence[Problem]
) -> dict[str, list[str]]:
    """Return what is odd, by its kind: what the layout found, and wells with fewer images."""
    flags: dict[str, list[str]] = {}
    for one in maps:
        for well in one.fewer:
            flags.setdefault("missing site", []).append(f"plate {one.plate}: {well} images")
    for problem in problems:
        flags.setdefault(problem.kind, []).append(str(problem))
    known = sum(len(flags.get(kind, ())) for kind in LEFT_OUT)
    if screen.left_out and len(screen.left_out) > known:
        flags["left out"] = list(screen.left_out)
    keys = [
        n for n in ("plate", "well", "site", "z", "time", "timepoint", "cell") if n in screen.meta
    ]
    again = screen.meta[screen.meta.duplicated(keys)]
    if len(again) and screen.level == "field":
        names = [" ".join(map(str, row)) for row in again[keys].to_numpy()]
        flags["repeated field"] = [f"{' '.join(keys)} occurs again: {name}" for name in names]
    return flags


def flag_lines(flags: dict[str, list[str]]) -> list[str]:
    """Return flags as lines: how many of each kind, and the first of them."""
    lines = []
    for kind, found in flags.items():
        lines.append(f"{kind}: {len(found)}")
        lines += [f"  {sentence}" for sentence in found[:_EXAMPLES]]
        lines += [f"  and {len(found) - _EXAMPLES} more"] * (len(found) > _EXAMPLES)
    return lines

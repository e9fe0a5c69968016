"""Metadata tables of a screen: one for all plates, or several that each describe some of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from phenolens.core.errors import InputError, listed
from phenolens.core.reading.place import HEADER
from phenolens.core.roles import with_roles
from phenolens.images.platemap import keys_of, lay_table_over
from phenolens.images.problem import Problem
from phenolens.images.table import (
    as_metadata,
    find_one,
    gaps,
    note,
    odd_controls,
    of_table,
    read_table,
    repeats,
    require,
)

# Columns of the Cell Painting Gallery's table that says which platemap each plate has.
PLATE, PLATEMAP = "Assay_Plate_Barcode", "Plate_Map_Name"
_KNOWS_PLATES = "column Metadata_Plate"


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A table of some plates, by our names; its index counts the rows of its file from 0."""

    path: Path
    table: pd.DataFrame


def lay_tables_over(
    fields: pd.DataFrame,
    root: Path,
    tables: str | Sequence[str],
    columns: Mapping[str, str],
    *,
    allow_unmatched: bool = False,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the fields with the columns of one table or of several, as `platemap.lay_table_over`.

    One table is joined on every column that both have: one without plates serves every plate. Of
    several, each is of the plates in its column of plates; without one, of the plate whose name is
    in its file name, or of those that a table of barcodes (`Assay_Plate_Barcode`, `Plate_Map_Name`)
    gives it.

    Args:
        fields: One row per field; at least `well`. Without `plate` all are of the plate `root`.
        root: The folder of the images.
        tables: Paths or globs below the root.
        columns: Our column -> the tables' own.
        allow_unmatched: Some images with a row are enough.

    Raises:
        InputError: A table cannot be read, lacks `well`, or is of no plate; or no image matches a
            row. A row that is in two tables is a problem.
    """
    names = [tables] if isinstance(tables, str) else list(tables)
    paths = list(dict.fromkeys(find_one(root, name).resolve() for name in names))
    if len(paths) == 1:
        path = find_one(root, names[0])
        table = as_metadata(read_table(path), columns, path)
        made, problems = lay_table_over(fields, table, path, allow_unmatched=allow_unmatched)
        return made, [*problems, *_of_one_plate(fields, table, path)]
    if "plate" not in fields:
        fields = fields.assign(plate=root.resolve().name)
    plates = list(dict.fromkeys(fields["plate"].dropna().astype(str)))
    parts, notes = _parts(paths, columns, plates)
    problems = [problem for part in parts for problem in _wrong(part, fields)]
    problems += _in_two(parts, fields)
    if problems:
        return fields, problems
    whole = pd.concat([part.table for part in parts], ignore_index=True)
    rows = [(part.path, row) for part in parts for row in part.table.index]
    label = Path(f"{parts[0].path.name} and {len(paths) - 1} more tables")
    made, problems = lay_table_over(
        fields,
        whole,
        label,
        allow_unmatched=allow_unmatched,
        called=lambda row: f"{rows[row][0].name} row {rows[row][1] + HEADER}",
    )
    return made, [*problems, *notes]


def _parts(
    paths: Sequence[Path], columns: Mapping[str, str], plates: Sequence[str]
) -> tuple[list[_Part], list[Problem]]:
    """Return the tables with a column of plates each, and which of them no plate needs."""
    raw = {path: read_table(path) for path in paths}
    barcodes = [path for path, table in raw.items() if _is_barcodes(table)]
    mapped = _mapped(raw, barcodes, plates)
    parts, unused = list[_Part](), list[str]()
    for path in (one for one in paths if one not in barcodes):
        table = as_metadata(raw[path], columns, path)
        require(table, ["well"], path)
        if "plate" in table:
            parts.append(_Part(path, table))
            used = table["plate"].astype(str).isin(plates) | table["plate"].isna()
            unused += [path.name] * (not used.any())
            continue
        own = _by_barcode(path, mapped, plates) if barcodes else [_plate_of(path, plates)]
        parts += [_Part(path, table.assign(plate=plate)) for plate in own]
        unused += [path.name] * (not own)
    if not parts:
        what = f"names none of the plates that have images: {listed(plates)}"
        raise InputError(what, where=barcodes[0], fix=f"correct its column {PLATE}")
    what = "tables are of plates without images"
    notes = [note("unused table", paths[0].parent.name, unused, what)] if unused else []
    return parts, [*notes, *_uneven(parts)]


def _uneven(parts: Sequence[_Part]) -> Iterator[Problem]:
    """Yield a note for every table that lacks columns of metadata that another has."""
    every = list(dict.fromkeys(name for part in parts for name in part.table))
    for path in dict.fromkeys(part.path for part in parts):
        own = {name for part in parts if part.path == path for name in part.table}
        if lacks := [str(name) for name in every if name not in own]:
            what = f"lacks {', '.join(lacks)}, which other tables have: its wells have none"
            fix = "name the columns of all tables alike"
            yield Problem("uneven tables", path.name, None, what, fix, serious=False)


def _by_barcode(path: Path, mapped: Mapping[Path, list[str]], plates: Sequence[str]) -> list[str]:
    """Return the plates of a table: those of the barcodes, else the one that its name has."""
    named = _named(path, plates)
    taken = {plate for own in mapped.values() for plate in own}
    free = [plate for plate in named if plate not in taken]
    return mapped.get(path) or (free if len(free) == 1 else [])


def _mapped(
    raw: Mapping[Path, pd.DataFrame], barcodes: Sequence[Path], plates: Sequence[str]
) -> dict[Path, list[str]]:
    """Return the plates that tables of barcodes give to each platemap."""
    found: dict[Path, list[str]] = {}
    for path in barcodes:
        for plate, called in raw[path][[PLATE, PLATEMAP]].dropna().astype(str).to_numpy():
            if plate in plates:
                own = found.setdefault(_called(called, raw, path), [])
                own += [plate] * (plate not in own)
    return found


def _is_barcodes(table: pd.DataFrame) -> bool:
    wells = {str(name).lower() for name in table} & {"well", "well_position", "metadata_well"}
    return {PLATE, PLATEMAP} <= set(table) and not wells


def _called(name: str, paths: Mapping[Path, object], barcodes: Path) -> Path:
    """Return the table that a list of barcodes calls so, with or without its ending."""
    wanted = PurePosixPath(name).name
    found = [path for path in paths if wanted in (path.name, _stem(path))]
    if len(found) != 1:
        there = f"{len(found)} of the tables are" if found else "none of the tables is"
        what = f"names the platemap '{name}', and {there} called so"
        fix = "give that file with --platemap too, or the folder that holds both"
        raise InputError(what, where=barcodes, fix=fix)
    return found[0]


def _stem(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).stem


def _named(path: Path, plates: Sequence[str]) -> list[str]:
    """Return the plates whose names are in the name of a file, as whole words."""
    stem = _stem(path)
    if stem in plates:
        return [stem]
    word = r"(?i)(?<![A-Za-z0-9]){}(?![A-Za-z0-9])"
    found = [plate for plate in plates if re.search(word.format(re.escape(plate)), stem)]
    # `map_P1-2` is of plate `P1-2`, not of `P1`.
    return [one for one in found if not any(one != other and one in other for other in found)]


def _plate_of(path: Path, plates: Sequence[str]) -> str:
    found = _named(path, plates)
    if len(found) == 1:
        return found[0]
    has = f"the names of {len(found)} plates" if found else "no plate's name"
    named = f"they are {', '.join(found)}" if found else f"the plates are {listed(plates)}"
    raise InputError(
        f"has no column of plates, and its file name contains {has} ({named})",
        where=path,
        fix=f"name the file after its plate, as {plates[0]}.csv, add a {_KNOWS_PLATES}, or leave "
        "the file out",
    )


def _wrong(part: _Part, fields: pd.DataFrame) -> Iterator[Problem]:
    """Yield what is wrong with one table by itself.

    Raises:
        InputError: A concentration or a control in it cannot be read.
    """
    on, name = _shared(part, fields), part.path.name
    found = [*gaps(part.table, on, name), *repeats(keys_of(part.table, on), on, name)]
    found += odd_controls(part.table, name)
    yield from found
    if not found:
        try:
            with_roles(part.table)
        except InputError as error:
            raise of_table(error, part.path) from error


def _in_two(parts: Sequence[_Part], fields: pd.DataFrame) -> Iterator[Problem]:
    """Yield a problem for every row that another table has too.

    Raises:
        InputError: One table has a column of the images that another lacks, as `site`.
    """
    on = _shared(parts[0], fields)
    for part in parts:
        if odd := set(on) ^ set(_shared(part, fields)):
            has = "has" if sorted(odd)[0] not in on else "lacks"
            other = "lacks" if has == "has" else "has"
            what = f"{has} a column '{sorted(odd)[0]}', which {parts[0].path.name} {other}"
            fix = "give all tables the same columns of plate, well and site"
            raise InputError(what, where=part.path, fix=fix)
    first: dict[tuple[object, ...], tuple[Path, int]] = {}
    for part in parts:
        for row, key in zip(part.table.index, keys_of(part.table, on).to_numpy(), strict=True):
            path, other_row = first.setdefault(tuple(key), (part.path, int(row)))
            if path != part.path:
                same = ", ".join(f"{n} {v}" for n, v in zip(on, key, strict=True))
                what = f"repeats row {other_row + HEADER} of {path.name} ({same})"
                fix = "remove one of the two rows, or leave one of the files out"
                yield Problem("duplicate row", part.path.name, int(row) + HEADER, what, fix)


def _shared(part: _Part, fields: pd.DataFrame) -> list[str]:
    return [name for name in fields if name in part.table]


def _of_one_plate(fields: pd.DataFrame, table: pd.DataFrame, path: Path) -> Iterator[Problem]:
    """Yield a note where a table without plates serves all, though it is called as one of them."""
    if "plate" in table or "plate" not in fields:
        return
    plates = list(dict.fromkeys(fields["plate"].dropna().astype(str)))
    if len(plates) > 1 and (named := _named(path, plates)):
        what = (
            f"has no column of plates, so it serves all {len(plates)} plates, not {named[0]} alone"
        )
        fix = f"give the tables of the other plates too, or add a {_KNOWS_PLATES}"
        yield Problem("platemap of all plates", path.name, None, what, fix, serious=False)

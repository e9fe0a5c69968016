"""The tables of an SQLite file of anybody: they hold values, and nothing in them is computed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.formats.parts import unreadable

_MOST_TABLES = 100
_LONGEST = 1_000_000  # bytes of a value


def sqlite_tables(path: Path, column: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the tables of a file that have a column, by name; views are passed over.

    Raises:
        InputError: It cannot be read, is not closed, has a column that is computed from others, a
            value of more than 1 MB, or more than 100 such tables.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.is_file() and log.stat().st_size:
        raise InputError(
            f"is not complete: its last rows are still in {log.name}",
            fix="close the program that writes it; if it was killed, open the file once with "
            "`sqlite3 FILE .tables`",
        )
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as opened:
            opened.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            opened.execute("PRAGMA trusted_schema = OFF")
            headers = {name: _header(opened, name) for name in _names(opened)}
            wanted = {name: header for name, header in headers.items() if column in header}
            if len(wanted) > _MOST_TABLES:
                raise InputError(
                    f"has {len(wanted)} tables with '{column}', more than {_MOST_TABLES}",
                    fix="export one pipeline to each file",
                )
            for name, header in wanted.items():
                if any(header.values()):  # nothing but values is read
                    raise InputError(
                        "has a column that is computed from others",
                        where=name,
                        fix="export it as a table",
                    )
                query = f"SELECT * FROM {_quoted(name)}"  # noqa: S608 -- quoted, and it only reads
                yield name, pd.read_sql_query(query, opened)
    except (sqlite3.Error, pd.errors.DatabaseError, UnicodeError) as error:
        if "too big" in str(error):
            what = f"has a value of more than {_LONGEST} bytes, too long for a measurement"
            raise InputError(what, fix="drop its column") from error
        raise unreadable(error) from error


def _names(opened: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
    return [str(name) for (name,) in opened.execute(query).fetchall()]


def _header(opened: sqlite3.Connection, name: str) -> dict[str, bool]:
    """Return the columns of a table, and whether each is computed from others."""
    found = opened.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
    return {str(row[1]): bool(row[-1]) for row in found}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

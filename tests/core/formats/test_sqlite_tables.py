"""An SQLite file of anybody: values are read, and nothing in it is computed."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.sqlite_tables import sqlite_tables


def made(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as opened:
        for statement in ("CREATE TABLE t (ImageNumber INTEGER, a REAL)", *statements):
            opened.execute(statement)
        opened.commit()
    return path


def test_tables_with_the_column_are_read_in_order(tmp_path: Path) -> None:
    path = made(
        tmp_path / "x.sqlite",
        "INSERT INTO t VALUES (1, 0.5)",
        'CREATE TABLE "a ""b""" (ImageNumber INTEGER)',
        "CREATE TABLE other (x INTEGER, y INTEGER AS (x + 1))",
        "CREATE VIEW v AS WITH RECURSIVE c(ImageNumber) AS "
        "(SELECT 1 UNION ALL SELECT ImageNumber + 1 FROM c) SELECT * FROM c",
    )
    found = dict(sqlite_tables(path, "ImageNumber"))
    assert list(found) == ['a "b"', "t"]
    assert found["t"].to_dict("list") == {"ImageNumber": [1], "a": [0.5]}


@pytest.mark.parametrize(
    ("statements", "what"),
    [
        (
            ["CREATE TABLE u (ImageNumber INTEGER, g TEXT AS (hex(zeroblob(1000000000))))"],
            "u: has a column that is computed from others",
        ),
        (["INSERT INTO t VALUES (1, zeroblob(2000000))"], "a value of more than 1000000 bytes"),
        ([f"CREATE TABLE t{i} (ImageNumber INTEGER)" for i in range(100)], "has 101 tables"),
    ],
    ids=["computed", "long", "many"],
)
def test_what_is_no_table_of_measurements(tmp_path: Path, statements: list[str], what: str) -> None:
    path = made(tmp_path / "x.sqlite", *statements)
    with pytest.raises(InputError, match=what):
        list(sqlite_tables(path, "ImageNumber"))


def test_rows_that_are_still_in_the_log_are_not_left_out_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("CREATE TABLE t (ImageNumber INTEGER)")
        opened.commit()
        for file in tmp_path.glob("x.sqlite*"):  # as of a program that was killed
            shutil.copy(file, file.with_name(file.name.replace("x.", "killed.")))
    with pytest.raises(InputError, match=r"its last rows are still in killed\.sqlite-wal"):
        list(sqlite_tables(tmp_path / "killed.sqlite", "ImageNumber"))
    assert [name for name, _ in sqlite_tables(path, "ImageNumber")] == ["t"]  # closed

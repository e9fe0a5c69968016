"""The header of a delimited file: where it is, what separates its cells, which columns are ids."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path
from typing import Any

from phenolens.core.columns import NEVER_FEATURES, names_an_id
from phenolens.core.errors import InputError
from phenolens.core.reading.blanks import bare
from phenolens.core.reading.measurements import MARKED, is_measured

_LONGEST = 1 << 26  # characters of a header; millions of columns have fewer
_MOST_BLANK = 10_000  # lines above the header
_SIGNS = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'"}
_HINT = re.compile('"?sep=.?"?')  # a line for Excel above the header
_NUMBER = re.compile(r"[-+]?[.,]?\d")
_DECIMAL_COMMA = re.compile(r"(?:^|[;\t|])[+-]?\d+,\d+(?=$|[;\t|])")


def separator_of(path: Path) -> str:
    """Return what separates the cells of a file with this ending."""
    return "," if ".csv" in map(str.lower, path.suffixes) else "\t"


def read_header(path: Path) -> tuple[int, list[str], str]:
    """Return how many lines are above the header, its cells, and the separator.

    Lines above it may be blank, or Excel's `sep=,`. A `.txt` file may be separated by tabs or
    commas.

    Raises:
        InputError: The file is empty, the header is separated by another sign, or a second row of
            names follows.
    """
    opener: Any = gzip.open if path.suffix.lower() == ".gz" else open
    separator = separator_of(path)
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        skip, line = _above(file)
        more = file.readline(_LONGEST)
    if separator not in line:
        others = {sign: line.count(sign) for sign in _SIGNS if sign in line}
        if others == {} or (".txt" in map(str.lower, path.suffixes) and set(others) == {","}):
            separator = "," if others else separator
        else:
            found = max(others, key=lambda sign: others[sign])
            comma = bool(_DECIMAL_COMMA.search(more.strip())) and found != ","
            raise InputError(
                f"the separator is {_SIGNS[found]}, not {_SIGNS[separator]}"
                + (", and the decimal sign is ','" if comma else ""),
                fix=f"export it with {'commas' if separator == ',' else 'tabs'} between cells"
                + (" and decimal points" if comma else "")
                + (", or name it .tsv" if found == "\t" else ""),
            )
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        for _ in range(skip):
            file.readline()
        rows = csv.reader(file, delimiter=separator)
        header = next(rows, [])
    refuse_second_header(header, next(csv.reader([more], delimiter=separator), []))
    return skip, header, separator


def refuse_second_header(header: list[str], below: list[str]) -> None:
    """Raise if the header repeats few names, and with the row below it each column has its own.

    Raises:
        InputError: There are two rows of names.
    """
    pairs = set(zip(map(bare, header), map(bare, below), strict=False))
    groups, names = {group for group, _ in pairs}, {name for _, name in pairs}
    different = len(pairs) == len(header) == len(below) and "" not in groups | names
    if different and 2 * len(groups) <= len(header) and not any(map(_NUMBER.match, names)):
        raise InputError(
            f"has two rows of names: '{bare(header[0])}' in the first, '{bare(below[0])}' below it",
            fix=f"write one, as {bare(header[-1])}_{bare(below[-1])}",
        )


def _above(file: Any) -> tuple[int, str]:
    """Return how many lines are above the header, and its line.

    Raises:
        InputError: There is no header, or no end of it.
    """
    skip, line = 0, file.readline(_LONGEST)
    ends = {_end(line)}
    while 0 < len(line) < _LONGEST and (
        not line.strip(" \t,;\r\n") or _HINT.fullmatch(line.strip())
    ):
        if skip == _MOST_BLANK:
            raise InputError(
                f"its first {_MOST_BLANK} lines are blank", fix="delete the lines above the header"
            )
        skip, line = skip + 1, file.readline(_LONGEST)
        ends.add(_end(line))
    if len(line) >= _LONGEST:
        raise InputError("its header has no end", fix="name a file of text with one row per line")
    if len(ends - {""}) > 1:
        raise InputError(
            "its first lines have different line ends, so its rows cannot be separated",
            fix="save it again in one program",
        )
    if not line:
        raise InputError("cannot be read as a table: it is empty", fix="copy or export it again")
    return skip, line


def _end(line: str) -> str:
    """Return the signs that end a line."""
    return line[len(line.rstrip("\r\n")) :]


def may_be_measured(name: str) -> bool:
    """Return whether a column with this name may be a measurement: else it is read as text.

    Example:
        >>> may_be_measured("Metadata_Plate"), may_be_measured("plate_id"), may_be_measured("f1")
        (False, False, True)
    """
    if name.startswith(MARKED) or name in NEVER_FEATURES:
        return False
    return is_measured(name) or not names_an_id(name)

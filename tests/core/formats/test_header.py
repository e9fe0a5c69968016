"""The header of a delimited file, and what separates its cells."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.header import (
    may_be_measured,
    read_header,
    refuse_second_header,
    separator_of,
)


def test_blank_lines_above_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('\n,,\n"a",b\n1,2\n', encoding="utf-8")
    assert read_header(path) == (2, ["a", "b"], ",")
    path.write_text('\ufeff"a",b\n1,2\n', encoding="utf-8")
    assert read_header(path) == (0, ["a", "b"], ",")


def test_excels_hint_above_the_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("sep=,\na,b\n1,2\n")
    assert read_header(path) == (1, ["a", "b"], ",")
    path.write_text('"sep=;"\na;b\n1;2\n')
    with pytest.raises(InputError, match="the separator is ';'"):
        read_header(path)


def test_a_text_file_is_separated_by_tabs_or_commas(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    for sign in "\t,":
        path.write_text(f"a{sign}b\n1{sign}2\n")
        assert read_header(path)[1:] == (["a", "b"], sign)
    assert (separator_of(Path("x.csv.gz")), separator_of(Path("x.tsv"))) == (",", "\t")


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("t.csv", "a;b\n1.5;2\n", "the separator is ';', not ','$"),
        ("t.csv", "a;b\n1,5;2\n", "is ';', not ',', and the decimal sign is ','"),
        ("t.csv", "a\tb\n1\t2\n", "the separator is a tab, not ','"),
        ("t.tsv", "a,b\n1,2\n", "the separator is ',', not a tab"),
    ],
)
def test_another_separator_is_named(tmp_path: Path, name: str, text: str, what: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_header(path)
    assert error.match(what) if "$" not in what else error.value.what + "$" == what
    assert "export it" in error.value.fix


def test_ids_are_known_by_their_names() -> None:
    ids = ["Metadata_x", "Plate", "track_id", "broad_sample", "concentration"]
    assert not any(map(may_be_measured, ids))
    assert may_be_measured("f0")
    assert may_be_measured("Cells_AreaShape_Area")


def test_a_file_of_blank_lines_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"\n" * 2_000_000))
    with pytest.raises(InputError, match="its first 10000 lines are blank"):
        read_header(tmp_path / "t.csv.gz")


def test_a_second_row_of_names_is_refused_with_both() -> None:
    groups, names = ["Image", "Image", "Cells", "Cells"], ["Plate", "Well", "Area", "Form"]
    with pytest.raises(InputError, match="'Image' in the first, 'Plate' below it; write one, as"):
        refuse_second_header(groups, names)
    refuse_second_header(groups, ["P1", "A01", "1.5", "2.5"])  # a row: the repeats are refused
    refuse_second_header(names, groups)
    refuse_second_header(["well", "drug", "drug"], ["A01", "x", "y"])

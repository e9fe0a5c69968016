"""Which names can be files on every system."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phenolens.core.errors import InputError
from phenolens.core.names import MOST, file_name, file_names


@pytest.mark.parametrize(
    "name",
    [
        "nsc",
        "W1-DNA (405 nm)",
        "488+561",
        "µ-tubulin",
        "a.b",
        "x" * MOST,
        "café",
        "蛋白",
        "con1",
        "a b",
    ],
)
def test_what_can_be_a_file(name: str, tmp_path: Path) -> None:
    assert file_name(name) == name
    (tmp_path / f"{name}.parquet").touch()
    assert [path.stem for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("../victim", "it has the character '/'"),
        ("a\\b", r"it has the character '\\'"),
        ("C:x", "it has the character ':'"),
        ("a\0b", r"it has the character '\x00'"),
        ("a\nb", r"it has the character '\n'"),
        ("a\x9bb", "it has the character"),
        ("a\u202egnp", r"it has the character '\u202e'"),
        ("a*", "it has the character '*'"),
        (".hidden", "it begins with a dot"),
        ("..", "it begins with a dot"),
        (" a", "it begins with a dot or a space"),
        ("a.", "it ends with a dot"),
        ("a ", "it ends with a dot or a space"),
        ("con", "Windows reserves it"),
        ("NUL.csv", "Windows reserves it"),
        ("Com1", "Windows reserves it"),
        ("lpt\u00b9", "Windows reserves it"),
        ("aux .x", "Windows reserves it"),
        ("x" * (MOST + 1), "it is longer than 100 bytes"),
        ("蛋" * 40, "it is longer than 100 bytes"),
        ("\ud800", "it is not valid Unicode"),
    ],
)
def test_what_cannot(name: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        file_name(name, "metrics")
    assert error.value.where == "metrics"
    assert f"cannot be the name of a file: {why}" in error.value.what
    assert "use letters" in error.value.fix
    assert len(str(error.value)) < 300


def test_names_that_would_be_one_file_are_refused() -> None:
    assert file_names(["DNA", "ER"]) == ("DNA", "ER")
    for one, other in (
        ("DNA", "dna"),
        ("caf\u00e9", "cafe\u0301"),
        ("a", "a"),
        ("stra\u00dfe", "STRASSE"),
    ):
        with pytest.raises(InputError, match=f"'{one}' and '{other}' would be the same file"):
            file_names([one, other], "channels", "rename")


@given(st.text(max_size=30))
def test_a_name_never_leaves_its_folder(name: str) -> None:
    try:
        allowed = file_name(name)
    except InputError:
        return
    path = Path("folder") / f"{allowed}.parquet"
    assert path.parent == Path("folder")
    assert not path.name.startswith(".")

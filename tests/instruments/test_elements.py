"""Elements of XML files; what is hostile in one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.instruments.elements import elements, root_name, text_of

XML = '<?xml version="1.0"?><a:Root xmlns:a="urn:x"><a:I a:k="1"><b>t</b></a:I><a:I/></a:Root>'


def test_elements_have_no_namespaces(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(XML, encoding="utf-8-sig")
    first, second = elements(tmp_path / "x.xml", ("I",))
    assert (first.tag, first.get("k"), text_of(first, "b")) == ("I", "1", "t")
    assert text_of(second, "b") == ""
    assert root_name(tmp_path / "x.xml") == "Root"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE r [<!ENTITY a "aaaa">]><r><I>&a;</I></r>', "declares a document type"),
        ('<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r/>', "declares a document type"),
        ("<r><I></r>", "is not XML that can be read"),
        ("", "is not XML that can be read"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_hostile_files(tmp_path: Path, text: str, message: str, encoding: str) -> None:
    (tmp_path / "x.xml").write_text(text, encoding=encoding)
    with pytest.raises(InputError, match=message):
        list(elements(tmp_path / "x.xml", ("I",)))


def test_no_such_file_and_other_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        list(elements(tmp_path / "none.xml", ("I",)))
    (tmp_path / "x.txt").write_text("Index of nothing")
    assert root_name(tmp_path / "x.txt") == ""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phenolens.drawing.template import embed, load_template, read_part, write_page


def test_json_cannot_end_its_script() -> None:
    text = embed({"a": "</script><b>&"})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"a": "</script><b>&"}


def test_templates_and_parts_stand_beside_the_module() -> None:
    assert load_template("audit.html.j2") is not None
    assert "--tone" in read_part("audit.css")
    with pytest.raises(FileNotFoundError):
        read_part("absent.css")


def test_a_page_is_moved_into_its_place(tmp_path: Path) -> None:
    path = write_page("<p>", tmp_path / "a.html")
    assert path.read_text() == "<p>"
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]

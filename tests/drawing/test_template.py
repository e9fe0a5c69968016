from __future__ import annotations

import json
from pathlib import Path

import jinja2
import pytest

from phenolens.drawing.template import SHARED, embed, load_template, read_part


def test_json_cannot_end_its_script() -> None:
    text = embed({"a": "</script><b>&"})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"a": "</script><b>&"}


def test_a_part_is_read_from_its_package_and_empty_where_it_is_absent() -> None:
    assert "--tone" in read_part("audit.css", "phenolens.audit")
    assert ".tiles" in read_part("page.css", SHARED)
    assert read_part("absent.css", SHARED) == ""


def test_templates_are_found_next_to_their_module_and_among_the_shared_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "with_a_template"
    folder.mkdir()
    (folder / "one.html.j2").write_text(
        '{% extends "frame.html.j2" %}{% block main %}{{ shown(value) }} {{ text }}{% endblock %}'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    page = {"name": "x", "version": "", "contents": [], "embedded": "", "style": "", "script": ""}
    html = load_template("one.html.j2", "with_a_template").render(value=0.5, text="<b>", **page)
    assert "0.50 &lt;b&gt;" in html
    assert html.startswith("<!DOCTYPE html>")
    with pytest.raises(jinja2.TemplateNotFound):
        load_template("two.html.j2", "with_a_template")

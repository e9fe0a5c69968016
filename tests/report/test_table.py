from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from phenolens.report.table import table_of
from phenolens.results.contents import RunContents
from phenolens.results.limits import Limits


def test_a_large_table_is_in_parts_that_hold_the_same(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    text, none = table_of(run)
    assert text is not None
    assert not none
    whole = json.loads(text)
    kept_text, parts = table_of(replace(run, limits=Limits(points=59)))
    assert kept_text is not None
    kept = json.loads(kept_text)
    assert [name for name, part in parts.items() if part.first] == ["names"]
    assert parts["names"].value() == whole["names"]
    for name, column in kept["columns"].items():
        assert parts[column["part"]].value() == whole["columns"][name]
    for key, part in kept["near"].items():
        assert parts[part].value() == whole["near"][key]
    features = [parts[f"feature-{i}"].value() for i in range(24)]
    assert features == whole["features"].pop("values")
    assert kept["features"] == whole["features"]
    assert table_of(replace(run, profiles=None)) == (None, {})

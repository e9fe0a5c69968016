from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from phenolens.audit.evidence import Evidence
from phenolens.audit.result import Audit, check_out
from phenolens.core.errors import InputError


@pytest.fixture
def found(evidence: Evidence) -> Audit:
    return Audit(**{field.name: getattr(evidence, field.name) for field in fields(evidence)})


def test_it_is_written_as_page_figures_or_both_and_read_in_a_terminal(
    found: Audit, tmp_path: Path
) -> None:
    assert found.save(tmp_path / "a.json").name == "a.json"
    written = json.loads((tmp_path / "a.json").read_text())
    assert written == found.summary()
    page = found.save(tmp_path / "folder")
    assert page == tmp_path / "folder" / "audit.html"
    assert sorted(p.name for p in page.parent.iterdir()) == ["audit.html", "audit.json"]
    assert "Not believable: a &lt;leak&gt;." in page.read_text()
    assert str(found).startswith("Not believable: a <leak>.\n")


@pytest.mark.parametrize("name", ["audit.html", "audit.json"])
def test_files_of_somebody_else_in_the_folder_stay(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match=f"{name}: is there already, and not from an audit"):
        check_out(tmp_path)
    assert (tmp_path / name).read_text() == "mine"

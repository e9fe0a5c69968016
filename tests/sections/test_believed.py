"""The head of an answer's page: escaped, and absent elsewhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from phenolens.results.contents import RunContents
from phenolens.sections.believed import Believed


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def test_only_answers_have_it_and_text_is_escaped(folder: Path) -> None:
    assert Believed.of(RunContents.read(folder)) is None
    row = {"baseline": "plain", "chain": "standardize", "score": "nsc", "value": 0.5, "low": None}
    row |= {"high": 0.6, "ahead_value": 0.1, "ahead_low": 0.0, "ahead_high": 0.2}
    content = {
        "can": ["It is <b>real</b>."],
        "cannot": [],
        "choices": [{"name": "size", "value": "as it is", "reason": "<script>"}],
        "baselines": [row, {**row, "ahead_value": None}],
    }
    (folder / "answer.json").write_text(json.dumps(content))
    made = Believed.of(RunContents.read(folder))
    assert made is not None
    assert "It is &lt;b&gt;real&lt;/b&gt;." in made.html
    assert "<script>" not in made.html
    assert "0.10 (0.00 to 0.20)" in made.html

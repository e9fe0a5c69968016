"""What an answer says is read once; a damaged file is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.results.answer_run import own_chain

from phenolens.core.errors import InputError
from phenolens.results.answered import Answered


def test_an_answer_is_read_and_another_run_has_none(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    assert Answered.read(path) is None
    content = {
        "can": ["One."],
        "cannot": ["Two."],
        "doubts": {"nsc": "a reason"},
        "choices": [{"name": "size", "value": "as it is", "reason": "small", "more": 1}],
        "baselines": [own_chain("plain features", "nsc", 0.5, ahead=None)],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    found = Answered.read(path)
    assert found is not None
    assert (found.can, found.cannot, found.doubts) == (("One.",), ("Two.",), {"nsc": "a reason"})
    assert found.choices == ({"name": "size", "value": "as it is", "reason": "small"},)
    (one,) = found.baselines
    assert (one.baseline, one.chain, one.score) == ("plain features", "standardize", "nsc")
    assert one.figures["value"] == 0.5
    assert one.figures["ahead_value"] is None


@pytest.mark.parametrize("content", ["", "[]", '{"can": [1]}', '{"can": 3}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "answer.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"answer\.json: is damaged"):
        Answered.read(tmp_path / "answer.json")

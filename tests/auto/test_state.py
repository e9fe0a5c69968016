"""Decisions are kept, and another question is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.auto.choice import Choice
from phenolens.auto.state import FILE, State
from phenolens.core.errors import InputError

ODD = [
    '{"asked": 1, "decided": {}}',
    '{"asked": {}, "decided": {"learned": {}}}',
    '{"asked": {}, "decided": {"learned": []}}',
    '{"asked": {}, "decided": {"learned": {"tables": {}, "choices": [{"lunch": "soup"}]}}}',
]


def test_a_decision_is_made_once(tmp_path: Path) -> None:
    state = State.open(tmp_path, {"seed": 0})
    assert state.known("chain") is None
    choice = Choice("chain", "standardize", "best of 90")
    state.keep("chain", {"steps": [{"step": "standardize"}]}, [choice])
    again = State.open(tmp_path, {"seed": 0})
    assert again.known("chain") == ({"steps": [{"step": "standardize"}]}, [choice])
    with pytest.raises(InputError, match="answer to another question: seed differ"):
        State.open(tmp_path, {"seed": 1})


@pytest.mark.parametrize("content", ["", "[]", "{}", *ODD])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(InputError, match="is damaged, or is not of an answer; name a new folder"):
        State.open(tmp_path, {"seed": 0})


def test_while_nothing_is_decided_another_question_may_be_asked(tmp_path: Path) -> None:
    State.open(tmp_path, {"seed": 0}).begin()
    State.open(tmp_path, {"seed": 1}).begin()
    State.open(tmp_path, {"seed": 1}).keep("learned", {}, [])
    with pytest.raises(InputError, match="answer to another question: seed differ"):
        State.open(tmp_path, {"seed": 0})

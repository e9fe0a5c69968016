"""Decisions are kept, and another question is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.auto.choice import Choice
from phenolens.auto.state import FILE, State
from phenolens.core.errors import InputError


def test_a_decision_is_made_once(tmp_path: Path) -> None:
    state = State.open(tmp_path, {"seed": 0})
    assert state.known("chain") is None
    choice = Choice("chain", "standardize", "best of 90")
    state.keep("chain", {"steps": [{"step": "standardize"}]}, [choice])
    again = State.open(tmp_path, {"seed": 0})
    assert again.known("chain") == ({"steps": [{"step": "standardize"}]}, [choice])
    with pytest.raises(InputError, match="answer to another question: seed differ"):
        State.open(tmp_path, {"seed": 1})


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"asked": 1, "decided": {}}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(InputError, match="is damaged; delete it"):
        State.open(tmp_path, {"seed": 0})

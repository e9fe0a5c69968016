"""The note of a file of ours; `tests/safety/test_notes.py` tries damaged ones."""

from __future__ import annotations

import json

import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.note import Note, note_text, read_note


def test_what_was_written_is_read() -> None:
    steps = [{"step": "load", "rows": 3, "name": "é 🧪"}]
    text = note_text({"features": ["a", "b"], "provenance": steps, "text": ["plate"]})
    assert text == json.dumps(json.loads(text))  # plain ASCII
    assert read_note(text, "") == Note(("a", "b"), tuple(steps), ("plate",))
    assert read_note("{}", "") == Note(None, (), None)


def test_the_way_out_is_in_the_message() -> None:
    with pytest.raises(InputError, match=r"`features` names a column twice; delete it"):
        read_note({"features": ["a", "a"]}, "delete it")


def test_half_of_a_character_is_a_question_mark() -> None:
    assert note_text({"a": "x\udcff"}) == '{"a": "x?"}'

"""The note in a file of ours: feature names and the chain of steps, checked when it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phenolens.core.errors import InputError

_DEEPEST = 50  # levels of lists and tables in a note
_LONGEST = 64 << 20  # characters


@dataclass(frozen=True, slots=True)
class Note:
    """What a file of ours says about itself.

    Attributes:
        features: The names of the features; None where the file does not say.
        provenance: One entry per step, oldest first, each with its `step`.
        text: Columns that are text, whatever they look like; None where the file does not say.
        whole: Every part of the store was written, also those of one value alone.
    """

    features: tuple[str, ...] | None = None
    provenance: tuple[Mapping[str, Any], ...] = ()
    text: tuple[str, ...] | None = None
    whole: bool = False


def read_note(content: object, fix: str) -> Note:
    """Return a checked note.

    Args:
        content: Text or bytes of JSON, or what JSON has made of it.
        fix: How a user gets rid of a damaged note.

    Raises:
        InputError: It is not the note of a file of ours: says what is wrong, and the fix.
    """
    table = read_json(content, fix) if isinstance(content, str | bytes) else content
    if not isinstance(table, Mapping):
        raise _damaged(f"it is {_kind(table)}, not a table", fix)
    _refuse_deep(table, fix)
    features = _names(table, "features", fix)
    if features is not None:
        own = [name for name in features if name.startswith("Metadata_")]
        if own:
            raise _damaged(f"it names the metadata column {own[0]!r} a feature", fix)
    steps = table.get("provenance", [])
    if not isinstance(steps, list) or not all(_is_entry(step) for step in steps):
        raise _damaged("`provenance` is not a list of steps", fix)
    return Note(features, tuple(steps), _names(table, "text", fix), table.get("whole") is True)


def note_text(content: Mapping[str, Any], indent: int | None = None) -> str:
    """Return a note as JSON.

    Half of a character, which a file's name may have that is not UTF-8, is written as `?`.
    """
    whole = json.dumps(content, ensure_ascii=False)
    if not _is_unicode(whole):
        content = json.loads(whole.encode("utf-8", "replace"))
    return json.dumps(content, indent=indent)


def read_json(content: str | bytes, fix: str) -> Any:
    """Return what the JSON in a note says.

    Raises:
        InputError: It is not JSON, too long, or nested too deeply.
    """
    if len(content) > _LONGEST:
        raise _damaged(f"it has {len(content)} characters", fix)
    try:
        return json.loads(content)
    except RecursionError as error:
        raise _damaged("it is nested too deeply", fix) from error
    except ValueError as error:  # also a number of more digits than Python reads, and bytes
        raise _damaged(f"it is not JSON ({error})", fix) from error


def _names(table: Mapping[str, Any], key: str, fix: str) -> tuple[str, ...] | None:
    """Return a list of column names, each once."""
    if key not in table:
        return None
    names = table[key]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _damaged(f"`{key}` is not a list of column names", fix)
    if len(set(names)) != len(names):
        raise _damaged(f"`{key}` names a column twice", fix)
    return tuple(names)


def _is_entry(step: object) -> bool:
    return isinstance(step, Mapping) and isinstance(step.get("step"), str)


def _refuse_deep(value: object, fix: str) -> None:
    """Raise where what is to be written again later cannot be: too deep, or no text at all."""
    level: list[object] = [value]
    for _ in range(_DEEPEST):
        inner: list[object] = []
        for one in level:
            if isinstance(one, Mapping):
                inner += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, str) and not _is_unicode(one):
                raise _damaged("it holds half of a character (a surrogate), which is not text", fix)
        if not inner:
            return
        level = inner
    raise _damaged("it is nested too deeply", fix)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    kinds = {"list": "a list", "str": "text", "NoneType": "empty"}
    name = type(value).__name__
    return kinds.get(name, "a number" if isinstance(value, int | float) else name)


def _damaged(why: str, fix: str) -> InputError:
    return InputError(f"its note of features and steps is damaged: {why}", fix=fix)

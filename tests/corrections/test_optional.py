from __future__ import annotations

import json

import pytest

from phenolens.core.errors import InputError
from phenolens.corrections.optional import import_extra


def test_what_is_there_is_brought() -> None:
    assert import_extra("json", needed_by="harmony", extra="harmony") is json


def test_what_is_absent_is_said_with_its_mend() -> None:
    with pytest.raises(InputError, match=r"combat needs no_such_thing.*phenolens\[combat\]"):
        import_extra("no_such_thing", needed_by="combat", extra="combat")

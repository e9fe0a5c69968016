"""What reading a table ends in: the profiles, or the message of the refusal."""

from __future__ import annotations

from collections.abc import Callable

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


def outcome(make: Callable[[], Profiles]) -> Profiles | str:
    """Return what was read, or the message; anything else that is raised fails the test."""
    try:
        return make()
    except InputError as error:
        return str(error)

"""What a class of each room must be."""

from __future__ import annotations

import pytest

from phenolens.core.errors import InputError
from phenolens.core.kinds import check_kind
from phenolens.core.pairs import PairRule
from phenolens.core.registry import ROOMS, catalogue


@pytest.mark.parametrize("room", ROOMS)
def test_every_entry_of_ours_is_of_its_kind(room: str) -> None:
    for name, entry in catalogue(room).items():
        if entry.package == "phenolens":
            assert check_kind(room, entry.load(), name).__name__ == entry.class_name


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("found", [PairRule, dict, print, None, "x", 3])
def test_anything_else_is_not(room: str, found: object) -> None:
    with pytest.raises(InputError, match=r"^here: ('\w+' )?is not "):
        check_kind(room, found, "here")

"""The listing: a line for everything there is."""

from __future__ import annotations

import re
from collections.abc import Callable

from phenolens.runs.recipe import shipped_recipes

Call = Callable[..., tuple[int, str, str]]


def test_list_shows_every_room_with_a_line_each(call: Call) -> None:
    status, out, _ = call("list")
    assert status == 0
    for name in ("bbbc021", "vit", "dino", "tvn", "nscb", *shipped_recipes()):
        assert re.search(rf"^  {name} +\S", out, re.MULTILINE), name
    _, metrics, _ = call("list", "metrics")
    assert "nscb" in metrics
    assert "bbbc021" not in metrics
    assert re.search(r"^  quickstart +The demo", call("list", "recipes")[1], re.MULTILINE)
    assert call("list", "steps") == call("list", "profiling")

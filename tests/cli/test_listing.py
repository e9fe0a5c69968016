"""The listing: a line for everything there is."""

from __future__ import annotations

import re
from collections.abc import Callable

from phenolens.core.registry import ROOMS, catalogue
from phenolens.runs.recipe import shipped_grids, shipped_recipes

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
    for name in ("quickstart", "compare/held_out_batches"):
        shipped = {**shipped_recipes(), **shipped_grids()}[name]
        assert call("list", name)[1] == shipped.read_text(encoding="utf-8")
    assert call("list", "steps") == call("list", "profiling")


def test_every_room_of_the_catalogue_is_listed(call: Call) -> None:
    _, out, _ = call("list")
    headings = [line for line in out.splitlines() if not line.startswith(" ")]
    assert headings == [*ROOMS, "recipes", "grids"]
    assert re.search(r"^  untrained +The recipe's encoder", call("list", "baselines")[1], re.M)
    assert re.search(r"^  resize +Change height", call("list", "pixel-steps")[1], re.M)


def test_a_room_is_printed_as_a_table_for_a_page(call: Call) -> None:
    _, out, _ = call("list", "--markdown", "profiling")
    lines = out.splitlines()
    assert lines[:2] == ["| step | what it is |", "| --- | --- |"]
    assert len(lines) == 2 + len(catalogue("profiling"))
    assert all(line.count("|") == 3 for line in lines)
    _, metrics, _ = call("list", "--markdown", "metrics")
    assert metrics.startswith("| metric | what it is | good | chance | cannot see |\n")
    status, _, err = call("list", "--markdown")
    assert (status, "needs a room" in err) == (2, True)

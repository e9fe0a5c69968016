"""The folder of a comparison that somebody changed: the file is named, or the cell left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.comparison.conftest import place, three
from tests.comparison.fakes import finish, seal

from phenolens.comparison.compare import write_tables
from phenolens.comparison.folder import ComparisonFolder, claim
from phenolens.comparison.grid import Grid
from phenolens.core.errors import InputError

__all__ = ["place", "three"]

CELL = "robust-seed0"
Call = Callable[..., tuple[int, str, str]]


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


NOTES: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "choices": lambda note: note["cells"][CELL].update(choices=[1]),
    "seed": lambda note: note["cells"][CELL].update(seed=10**30),
    "name": lambda note: note["cells"][CELL].update(name=5),
    "half a letter": lambda note: note["cells"][CELL].update(name="a\ud800"),
    "out of the folder": lambda note: note["cells"].update(
        {"../../x-seed0": {**note["cells"][CELL], "name": "../../x"}}
    ),
    "long": lambda note: note["cells"].update({"a" * 5000: note["cells"][CELL]}),
    "one axis twice": lambda note: note.update(axes=["scale", "scale"]),
}


@pytest.mark.parametrize("which", NOTES)
def test_a_changed_note_is_one_line(
    which: str, place: Path, three: ComparisonFolder, call: Call
) -> None:
    changed(three.note, NOTES[which])
    status, out, err = call("compare", place / "grid.toml", "--out", three.root, "--table", "md")
    assert (status, out) == (2, "")
    assert "grid.json: is damaged (" in err
    assert len(err.splitlines()) == 1
    assert "phenolens itself" not in err


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["scores"]["nsc"].update(value="x"),
        lambda found: found["scores"]["nsc"].update(value=10**400),
        lambda found: found["scores"].update(nsc=None),
        lambda found: found["scores"].update({"../../x": {"value": 1}}),
        lambda found: found["cost"].update(process_memory_mb="much"),
        lambda found: found.update(cost=[1]),
        lambda found: found.update(baselines={"x": {"nsc": 1}}),
    ],
)
def test_results_of_another_shape_leave_their_cell_out(
    three: ComparisonFolder, change: Callable[[dict[str, Any]], object]
) -> None:
    run, said = three.run(CELL), list[str]()
    changed(run.results, change)
    seal(run)  # whoever changed it knows of the checksums
    table = write_tables(three, said.append)
    assert "robust" not in set(table["cell"])
    assert len(said) == 1
    assert said[0].startswith(f"{CELL} is left out: {run.results}: is damaged")


@pytest.mark.parametrize("content", [b"", b"xxxx", {"value": "x"}, {"treatment": [["a"]] * 3}])
def test_rows_that_are_no_rows_are_named(
    three: ComparisonFolder, content: bytes | dict[str, object]
) -> None:
    run = three.run(CELL)
    if isinstance(content, bytes):
        run.score("nsc").write_bytes(content)
    else:
        pd.read_parquet(run.score("nsc")).assign(**content).to_parquet(run.score("nsc"))
    seal(run)
    with pytest.raises(InputError, match=r"nsc\.parquet: is damaged"):
        write_tables(three)


def test_a_name_that_is_a_formula_is_none_in_a_spreadsheet(place: Path) -> None:
    text = (place / "grid.toml").read_text().replace('name = "robust"', 'name = "=1+1"')
    (place / "grid.toml").write_text(text)
    folder = ComparisonFolder(place / "out")
    claim(folder, Grid.load(place / "grid.toml", root=place))
    finish(folder.run("=1+1-seed0"), folder.recipe("=1+1-seed0"), {"t0": 1.0})
    assert set(write_tables(folder)["cell"]) == {"=1+1"}
    assert "\n'=1+1,False," in folder.table("table", "csv").read_text()

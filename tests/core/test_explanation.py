"""What is written is what is read, and a damaged file is named."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phenolens.core.errors import InputError
from phenolens.core.explanation import FACTS, PICTURES, ROWS, Explanation


def made() -> Explanation:
    return Explanation(
        name="look",
        rows=pd.DataFrame({"treatment": ["a", "b"], "lost": [0.5, np.nan]}),
        figures={"lost": 0.5, "lost_chance": math.nan},
        notes=("one",),
        trusted=True,
        pictures={"map": np.arange(12, dtype=np.float32).reshape(3, 2, 2)},
        shown=pd.DataFrame({"well": ["A01", "A02", "A03"]}),
    )


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    one, two = made(), Explanation.load(made().save(tmp_path / "x").parent)
    assert two.summary() == one.summary()
    assert two.summary()["figures"] == {"lost": 0.5, "lost_chance": None}
    pd.testing.assert_frame_equal(two.rows, one.rows)
    pd.testing.assert_frame_equal(two.shown, one.shown)
    np.testing.assert_array_equal(two.pictures["map"], one.pictures["map"])
    bare = Explanation(name="bare", rows=pd.DataFrame({"n": [1]}))
    again = Explanation.load(bare.save(tmp_path / "bare").parent)
    assert (again.trusted, again.figures, again.pictures, len(again.shown)) == (None, {}, {}, 0)


def test_pictures_without_a_description_are_refused() -> None:
    with pytest.raises(InputError, match="'map' has 2 pictures, and 0 are described"):
        Explanation(name="x", rows=pd.DataFrame(), pictures={"map": np.zeros((2, 3, 3))})


@pytest.mark.parametrize("name", [FACTS, ROWS, PICTURES])
def test_a_damaged_file_is_named(name: str, tmp_path: Path) -> None:
    folder = made().save(tmp_path / "x").parent
    (folder / name).write_bytes(b"{]")
    with pytest.raises(InputError, match=name):
        Explanation.load(folder)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"name": "x", "figures": {"a": "many"}, "notes": [], "trusted": null, "pictures": []}',
        '{"name": "x", "figures": {}, "notes": [], "trusted": 3, "pictures": []}',
        '{"name": "x", "figures": {}, "notes": [], "trusted": null, "pictures": ["gone"]}',
    ],
)
def test_facts_of_another_shape_are_refused(text: str, tmp_path: Path) -> None:
    folder = made().save(tmp_path / "x").parent
    (folder / FACTS).write_text(text)
    with pytest.raises(InputError, match="give the same run again"):
        Explanation.load(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("figures", {"lost": 10**400}),
        ("pictures", [["map"]]),
        ("pictures", {"map": 1, "other": 2}),
        ("notes", 3),
        ("trusted", "yes"),
    ],
)
def test_facts_of_another_kind_are_damage(key: str, value: object, tmp_path: Path) -> None:
    path = made().save(tmp_path / "x")
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(InputError):
        Explanation.load(path.parent)


@pytest.mark.parametrize("picture", [np.array(3.0), np.zeros(3), np.full((3, 2, 2), "x")])
def test_pictures_are_numbers_of_an_image(picture: np.ndarray, tmp_path: Path) -> None:
    folder = made().save(tmp_path / "x").parent
    np.savez(folder / PICTURES, map=picture)
    with pytest.raises(InputError, match="and pictures are numbers"):
        Explanation.load(folder)


def test_a_table_with_strange_notes_of_pandas_is_named(tmp_path: Path) -> None:
    folder = made().save(tmp_path / "x").parent
    table = pa.table({"a": [1]}).replace_schema_metadata({b"pandas": b"[3]"})
    pq.write_table(table, folder / ROWS)
    with pytest.raises(InputError, match=ROWS):
        Explanation.load(folder)

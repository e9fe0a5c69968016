"""The note of a file of ours is data from a stranger: damaged ones are named, with the way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phenolens.chains.stream import aggregate_file
from phenolens.core.errors import InputError
from phenolens.core.formats.delimited import note_path
from phenolens.core.formats.origin import sha256_of
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate

_DEEP = "[" * 100_000 + "]" * 100_000
_FEATURES = '{"features": ["Cells_a", "Cells_b"], "provenance": %s}'
NOTES = {
    "no JSON": "{",
    "empty": "",
    "a list": "[]",
    "null": "null",
    "a number": "3",
    "text": '"x"',
    "nested": _DEEP,
    "nested inside": _FEATURES % _DEEP,
    "nested, but JSON": _FEATURES % ('[{"step": "x", "facts": ' + "[" * 200 + "]" * 200 + "}]"),
    "many digits": '{"features": ["Cells_a"], "provenance": [%s]}' % ("9" * 10_000),
    "features null": '{"features": null}',
    "features text": '{"features": "Cells_a"}',
    "features numbers": '{"features": [1, 2]}',
    "features table": '{"features": {"Cells_a": 1}}',
    "feature is text": '{"features": ["Cells_a", "word"]}',
    "feature absent": '{"features": ["Cells_a", "Cells_c"]}',
    "feature twice": '{"features": ["Cells_a", "Cells_a"]}',
    "feature is metadata": '{"features": ["Cells_a", "Metadata_Plate"]}',
    "provenance text": _FEATURES % '"x"',
    "provenance words": _FEATURES % '["x"]',
    "provenance without steps": _FEATURES % '[{"a": 1}]',
    "provenance null": _FEATURES % "null",
    "half a character": _FEATURES % r'[{"step": "\ud800"}]',
    "text column": '{"features": ["Cells_a"], "text": 3}',
}
_OF_UNS = [name for name, note in NOTES.items() if note == "{" or "provenance" in note]


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"Metadata_Plate": ["p"] * 4, "Metadata_Well": ["A01", "A02"] * 2})
    frame["word"] = list("abcd")
    return frame.assign(Cells_a=rng.normal(size=4), Cells_b=rng.normal(size=4))


def _refused(path: Path, load: Any = Profiles.load) -> str:
    with pytest.raises(InputError) as caught:
        load(path)
    text = str(caught.value)
    assert path.name in text
    assert len(text) < 2000
    return text


@pytest.mark.parametrize("note", NOTES)
def test_of_a_parquet_file_read_whole_and_streamed(
    note: str, table: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "t.parquet"
    made = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(made.replace_schema_metadata({"phenolens": NOTES[note].encode()}), path)
    whole = _refused(path)
    streamed = _refused(path, lambda path: aggregate_file(path, Aggregate(by=("plate",))))
    assert whole == streamed


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("place", ["note", "previous"])
def test_of_a_csv(note: str, place: str, table: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    table.to_csv(path, index=False)
    try:
        content = json.loads(NOTES[note])
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):  # else it is no note of this table
        content["sha256"] = sha256_of(path)
        content.setdefault("features", None)
        whole = {"sha256": "0", "features": [], "previous": content}
        note_path(path).write_text(json.dumps(content if place == "note" else whole))
    else:
        note_path(path).write_text(NOTES[note])
        if isinstance(content, list | str | int) or NOTES[note] == "null":
            assert Profiles.load(path).provenance[0]["step"] == "load"  # another program's file
            return
    assert (
        "t.csv.json" in _refused(path)
        or "note names" in _refused(path)
        or "lacks" in _refused(path)
    )


@pytest.mark.parametrize("note", _OF_UNS)
def test_of_an_h5ad(note: str, tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    path = tmp_path / "t.h5ad"
    obs = pd.DataFrame({"Metadata_Plate": ["p", "p"]}, index=["0", "1"])
    made = anndata.AnnData(X=np.ones((2, 2), np.float32), obs=obs, uns={"phenolens": NOTES[note]})
    made.write_h5ad(path)
    assert "uns['phenolens']" in _refused(path)

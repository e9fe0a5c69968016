"""The record of a run folder is read as it was written, or is empty."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phenolens.core.run_folder import RunFolder
from phenolens.runs.record import Record, read_record, write_record

STAGE = {"key": "k", "seconds": 1.5, "files": {"a": [1, "x"]}}
RECORD = Record(
    early="e",
    inputs={"data": {"a": "1"}},
    stages={"embed embeddings/joint.parquet": STAGE},
    finished={"slots": ["embed embeddings/joint.parquet"], "files": {"results.json": [2, "y"]}},
    threads=2,
)


def test_round_trip(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert read_record(folder) == Record()
    write_record(folder, RECORD)
    assert read_record(folder) == RECORD
    assert RECORD.without("embed embeddings/joint.parquet").stages == {}
    assert RECORD.holding("other", STAGE).stages["other"] == STAGE


@pytest.mark.parametrize(
    "change",
    [
        {"other": 1},
        {"early": 1},
        {"inputs": []},
        {"stages": {"a": 1}},
        {"stages": {"a": {**STAGE, "key": 1}}},
        {"stages": {"a": {**STAGE, "seconds": "1"}}},
        {"stages": {"a": {**STAGE, "files": {"../a": [1, "x"]}}}},
        {"finished": {"slots": 1, "files": {}}},
        {"finished": {"slots": []}},
        {"threads": -1},
        {"threads": "2"},
    ],
    ids=str,
)
def test_a_damaged_one_is_named_and_empty(tmp_path: Path, change: dict[str, object]) -> None:
    folder, said = RunFolder(tmp_path), list[str]()
    write_record(folder, RECORD)
    content = json.loads(folder.stages.read_text())
    folder.stages.write_text(json.dumps({**content, **change}))
    assert read_record(folder, said.append) == Record()
    (line,) = said
    assert line.startswith(f"{folder.stages}: is damaged")

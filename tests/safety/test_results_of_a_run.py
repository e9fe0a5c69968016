"""What the page reads of a run is not trusted: what is damaged is named, with the way out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.results.contents import RunContents

FILES = [
    "results.json",
    "provenance.json",
    "recipe.toml",
    "examples.npz",
    "examples.parquet",
    "logs/joint.csv",
    "logs/joint.json",
    "scores/nsc.parquet",
    "profiles.parquet",
]
DAMAGE = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00garbage" * 9,
    "half": None,
    "a list": b"[]",
    "nested": b"[" * 100_000,
    "NUL": bytes(100),
}
TEXT = {"recipe.toml", "logs/joint.csv"}  # any text is shown as it is


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "run")
    (made.root / "logs").mkdir(parents=True)
    (made.root / "scores").mkdir()
    made.results.write_text(json.dumps({"scores": {"nsc": {"value": 0.5}}}))
    made.provenance.write_text('{"platform": "x"}')
    made.recipe.write_text('name = "x"')
    made.log("joint").write_text("step,loss\n1,2.5\n2,2.25\n")
    made.log_facts("joint").write_text('{"dim": 8}')
    meta = pd.DataFrame({"treatment": ["a", "b"]})
    meta.assign(value=1.0).to_parquet(made.score("nsc"))
    meta.to_parquet(made.example_meta)
    np.savez(made.examples, images=np.zeros((2, 1, 4, 4), np.uint8), channels=np.array(["dna"]))
    Profiles(meta, np.ones((2, 3), np.float32)).save(made.profiles)
    return made


def test_the_whole_folder_is_read(folder: RunFolder) -> None:
    run = RunContents.read(folder.root)
    assert run.examples is not None
    assert len(run.rows["nsc"]) == 2
    assert {*FILES} == {
        path.relative_to(folder.root).as_posix()
        for path in folder.root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named(folder: RunFolder, name: str, damage: str) -> None:
    path = folder.root / name
    whole, content = path.read_bytes(), DAMAGE[damage]
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    if name in TEXT and damage != "no text" and path.stat().st_size:
        RunContents.read(folder.root)
        return
    if name == "recipe.toml" and damage == "nothing":
        return
    with pytest.raises(InputError) as caught:
        RunContents.read(folder.root)
    text = str(caught.value)
    assert name.rpartition("/")[2] in text
    assert text.isprintable()
    assert len(text) < 900
    if name != "profiles.parquet":  # it is also read without a run
        assert "give the same run again" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("results.json", {"scores": [1]}),
        ("results.json", {"notes": 3}),
        ("logs/joint.json", {"dim": [1]}),
    ],
)
def test_a_value_of_another_kind_is_named(folder: RunFolder, name: str, content: object) -> None:
    (folder.root / name).write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"\.json: '\w+' is not .*; give the same run again"):
        RunContents.read(folder.root)


def test_images_that_are_larger_than_their_file(folder: RunFolder) -> None:
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000, 1, 4, 4)}\n"
    import zipfile

    with zipfile.ZipFile(folder.examples, "w") as archive:
        size = len(header).to_bytes(2, "little")
        archive.writestr("images.npy", b"\x93NUMPY\x01\x00" + size + header)
    with pytest.raises(InputError, match=r"examples\.npz: cannot be read"):
        RunContents.read(folder.root)

"""Documents that disagree about an array; the codecs are tested with whole stores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.zarr_documents import Attributes, Stated, state

OWN = {"shape": [4], "chunks": [4], "dtype": "<f4", "compressor": None, "zarr_format": 2}


def stated(folder: Path, documents: dict[str, Any]) -> dict[Path, list[Stated]]:
    """Write documents into a folder; return what they say."""
    found: dict[Path, list[Stated]] = {}
    attributes: Attributes = {}
    for name, document in documents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(document))
        state(folder / name, folder, found, attributes)
    return found


def test_an_array_of_which_only_the_whole_says_is_counted(tmp_path: Path) -> None:
    of_all = {"metadata": {"X/.zarray": OWN, ".zgroup": {}, "X/.zattrs": {"chunks": 1}}}
    found = stated(tmp_path, {".zmetadata": of_all})
    assert [one.array.size for one in found[tmp_path / "X"]] == [16]
    assert len(stated(tmp_path, {".zmetadata": of_all, "X/.zarray": OWN})[tmp_path / "X"]) == 2


def test_documents_that_disagree_are_named(tmp_path: Path) -> None:
    other = {**OWN, "shape": [4_000_000_000]}
    of_all = {"metadata": {"X/.zarray": {**other, "chunks": [4_000_000]}}}
    with pytest.raises(InputError, match=r"X/\.zarray: does not agree with \.zmetadata about the"):
        stated(tmp_path, {".zmetadata": of_all, "X/.zarray": OWN})
    grid = {"name": "regular", "configuration": {"chunk_shape": [4]}}
    three = {"shape": [4], "chunk_grid": grid, "data_type": "int8", "codecs": ["bytes"]}
    whole = {
        "node_type": "group",
        "consolidated_metadata": {"metadata": {"X": {**three, "shape": [8]}, "Y": three}},
    }
    with pytest.raises(InputError, match=r"X/zarr\.json: does not agree with zarr\.json"):
        stated(tmp_path, {"zarr.json": whole, "X/zarr.json": three})


def test_places_and_faults_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names an array out of the store"):
        stated(tmp_path, {".zmetadata": {"metadata": {"../X/.zarray": OWN}}})
    with pytest.raises(InputError, match=r"\.zmetadata: X: does not describe an array"):
        stated(tmp_path, {".zmetadata": {"metadata": {"X/.zarray": {**OWN, "dtype": 7}}}})


@pytest.mark.parametrize("version", [2, 3])
def test_attributes_that_disagree_are_named(tmp_path: Path, version: int) -> None:
    """zarr believes the document at the top: columns were lost without a word."""
    own, other = {"column-order": ["plate", "well"]}, {"column-order": ["plate"]}
    if version == 2:
        documents = {".zmetadata": {"metadata": {"obs/.zattrs": other}}, "obs/.zattrs": own}
        last = "obs/.zattrs"
    else:
        parts = {"obs": {"node_type": "group", "attributes": other}}
        top = {"node_type": "group", "consolidated_metadata": {"metadata": parts}}
        documents = {"zarr.json": top, "obs/zarr.json": {"node_type": "group", "attributes": own}}
        last = "obs/zarr.json"
    with pytest.raises(InputError, match=rf"{last}: does not agree with .* the attributes of obs"):
        stated(tmp_path, documents)

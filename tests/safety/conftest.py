"""The command line as a function, small tables, hostile files."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.conftest import call, wells

__all__ = ["call", "wells"]

PLATE = [
    "Metadata_Plate,Metadata_Well,Metadata_compound,Metadata_moa,Cells_a,Cells_b",
    *(
        f"P{plate},{row}{column:02d},{compound},{moa},{0.1 * i + plate},{(i * 7) % 5 - plate}"
        for plate in (1, 2)
        for i, (row, column, compound, moa) in enumerate(
            [
                ("A", 1, "DMSO", ""),
                ("A", 2, "DMSO", ""),
                ("A", 3, "DMSO", ""),
                ("B", 1, "c1", "m1"),
                ("B", 2, "c2", "m1"),
                ("B", 3, "c3", "m2"),
                ("C", 1, "c4", "m2"),
            ]
        )
    ),
]
# Where the crafted pickle says that the values of its array are; following it would crash.
_POINTER = b"A" * 8
_CRASH_DTYPE = (
    b"cnumpy\ndtype\nX\x02\0\0\0O8\x89\x88\x87R(K\x03X\x01\0\0\0|NNN"
    + b"J\xff\xff\xff\xff" * 2
    + b"K\0tb"
)
PICKLES = {
    "import": b"cnumpy.f2py.__main__\ndtype\n.",
    "crash": b"\x80\x03cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87R"
    b"(K\x01K\x01\x85" + _CRASH_DTYPE + b"\x89C\x08" + _POINTER + b"tb.",
    "call": b"cbuiltins\nexec\nX\x1d\0\0\0open('PWNED','w').write('run')\x85R.",
    "scalar": b"cnumpy.core.multiarray\nscalar\n" + _CRASH_DTYPE + b"C\x08" + _POINTER + b"\x86R.",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to work in, next to which nothing may be written."""
    folder = tmp_path / "place"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "wells.csv").write_text("\n".join(PLATE) + "\n")
    return folder


@pytest.fixture
def all_files(tmp_path: Path) -> Callable[[], set[str]]:
    """Return what lists every file there is, in the folder and next to it."""

    def listed() -> set[str]:
        return {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}

    return listed


@pytest.fixture
def pixels_of_tiny(tiny: Path, place: Path) -> Callable[[], Any]:
    """Return what gives the models of the tiny recipe, with their channels."""

    def designs() -> Any:
        from phenolens.core.machine import Machine
        from phenolens.core.progress import silent
        from phenolens.core.run_folder import RunFolder
        from phenolens.runs.cache import Cache
        from phenolens.runs.job import Job
        from phenolens.runs.prepare import Pixels
        from phenolens.runs.recipe import Recipe

        recipe = Recipe.load(tiny)
        opened: Any = recipe.open(Path())
        with Cache(place / "cache") as cache:
            job = Job(recipe, RunFolder(place / "run"), cache, Machine(), silent, opened.inputs)
            return Pixels(job, opened.learning, opened.screen, opened.inputs).designs

    return designs


def deep_profiler(path: Path, pickled: bytes) -> Path:
    """Write features of two cells whose metadata are a pickle."""
    features, head = io.BytesIO(), io.BytesIO()
    np.save(features, np.zeros((2, 3), np.float32))
    form: Any = np.lib.format
    form.write_array_header_1_0(head, {"descr": "|O", "fortran_order": False, "shape": ()})
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("features.npy", features.getvalue())
        file.writestr("metadata.npy", head.getvalue() + pickled)
    return path


def model_folder(folder: Path, **card: Any) -> Path:
    """Write a model's folder; its file of weights has no tensor."""
    folder.mkdir()
    whole = {"format": 2, "encoder": {"name": "vit"}, "channels": ["DNA"], **card}
    (folder / "config.json").write_text(json.dumps(whole))
    (folder / "model.safetensors").write_bytes(b"\x02" + bytes(7) + b"{}")
    (folder / "evil.py").write_text("import os\nos.system('touch PWNED')\nclass X: pass\n")
    return folder

"""A network from an ONNX file; onnxruntime is replaced where it is not installed."""

from __future__ import annotations

import base64
import copy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.inside import Fence, fenced
from phenolens.encoders import onnx
from phenolens.encoders.onnx import Onnx
from phenolens.models.card import Card
from phenolens.models.folder import load, save
from phenolens.runs.learning import Learning
from phenolens.runs.recipe import Recipe

NAMES = ("DNA", "Actin")


class Session:
    """Gives the mean of each colour, as the example's file says."""

    def __init__(self, content: bytes, options: Any, providers: list[str]) -> None:
        assert options.log_severity_level == 4
        assert providers == ["CPUExecutionProvider"]
        if content != base64.b64decode(onnx._EXAMPLE):
            raise RuntimeError("Protobuf parsing failed")

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="x", shape=[1, 3, "h", "w"])]

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name="y")]

    def run(self, names: list[str], given: dict[str, np.ndarray], options: Any) -> list[np.ndarray]:
        assert not options.terminate
        assert names == ["y"]
        assert len(given["x"]) == 1  # as the input's shape says
        return [given["x"].mean((2, 3), keepdims=True)]


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("onnxruntime")
    module.InferenceSession = Session  # type: ignore[attr-defined]
    module.SessionOptions = SimpleNamespace  # type: ignore[attr-defined]
    module.RunOptions = lambda: SimpleNamespace(terminate=False)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "onnxruntime", module)


def test_a_relative_file_is_found_with_the_data_or_the_recipe(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And from another folder, and after the folder with the recipe was moved."""
    text = '[screen]\nlayout = "prepared"\nstore = "pixels"\n[metrics.nsc]\n'
    text += f'[encoder]\nname = "onnx:{file.name}"\nsize = 16\n'
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    elsewhere = tmp_path.with_name("elsewhere")
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    recipe = Recipe.load(moved / "recipe.toml", root=moved)
    assert recipe.settings["encoder"]["model"] == file.name
    assert isinstance(recipe.source, Learning)
    assert recipe.source.encoder is not None
    _, settings = recipe.source.encoder
    assert settings["model"] == str(moved / file.name)
    with pytest.raises(InputError, match="no such file"):
        Recipe.load(moved / "recipe.toml", ["encoder.name=onnx:none.onnx"], root=moved)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "means.onnx"
    path.write_bytes(base64.b64decode(onnx._EXAMPLE))
    return path


def images() -> torch.Tensor:
    return torch.rand(3, 2, 16, 16, generator=torch.Generator().manual_seed(0))


def settings(file: Path, **others: Any) -> dict[str, Any]:
    plain = {"mean": (0.0, 0.0, 0.0), "sd": (1.0, 1.0, 1.0), "size": 16}
    return {"model": str(file), **plain, **others}


def test_one_pass_per_channel_joined(file: Path) -> None:
    encoder = Onnx(NAMES, **settings(file))
    assert encoder.dim == 6
    made = encoder(images())
    torch.testing.assert_close(made, images().mean((2, 3)).repeat_interleave(3, dim=1))
    assert torch.equal(copy.deepcopy(encoder)(images()), made)


def test_a_model_folder_holds_the_file(file: Path, tmp_path: Path) -> None:
    given = {**settings(file), "sha256": "", "output": "", "rgb": ()}
    encoder = Onnx(NAMES, **given)
    settled = Onnx.settled(given)
    assert len(settled["sha256"]) == 64
    table = {"name": "onnx", **encoder.described(settled)}
    assert table["model"] == ""
    save(tmp_path / "model", Card(encoder=table, channels=NAMES), encoder)
    file.unlink()
    again = load(tmp_path / "model").encoder
    assert again.dim == encoder.dim
    assert torch.equal(again(images()), encoder(images()))


def test_another_file_is_refused_and_so_is_one_outside_of_the_fence(file: Path) -> None:
    settled = Onnx.settled({**settings(file), "sha256": ""})
    with fenced(Fence((file.parent / "data",), "")), pytest.raises(InputError):
        Onnx.check(settled)
    Onnx.check(settled)
    file.write_bytes(b"other")
    with pytest.raises(InputError, match="is another file than the recipe was resolved with"):
        Onnx.check(settled)
    with pytest.raises(InputError, match="is not an ONNX file, or is damaged: Protobuf"):
        Onnx(NAMES, **settings(file))
    file.unlink()
    with pytest.raises(InputError, match="model: no such file"):
        Onnx.check(settled)


def test_an_output_that_is_not_there_and_a_missing_library_are_named(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"outputs \['y'\].*; name one of the outputs"):
        Onnx(NAMES, **settings(file, output="z"))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"pip install 'phenolens\[onnx\]'"):
        Onnx(NAMES, **settings(file))

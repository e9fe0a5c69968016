"""What a file of weights holds is read as it is; `tests/safety` has the files that lie."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from phenolens.core.errors import InputError
from phenolens.networks.weights_file import read_tensors, shapes_of

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(4).half()}


@pytest.mark.parametrize("suffix", ["safetensors", "pth", "pt"])
def test_every_tensor_comes_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"weights.{suffix}"
    if suffix == "safetensors":
        save_file(TENSORS, path)
    else:
        torch.save(TENSORS, path)
    found = read_tensors(path)
    assert found.keys() == TENSORS.keys()
    for name, value in TENSORS.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value)


def test_shapes_are_in_the_header(tmp_path: Path) -> None:
    path = Path(tmp_path / "weights.safetensors")
    save_file(TENSORS, path)
    assert shapes_of(path) == {"a": (2, 3), "b": (4,)}
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match=r"weights\.safetensors: is not a safetensors file, or is"):
        shapes_of(path)


@pytest.mark.parametrize("read", [read_tensors, shapes_of])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, read: object) -> None:
    assert callable(read)
    for path in (tmp_path / "absent.safetensors", tmp_path):
        with pytest.raises(InputError, match="no such file"):
            read(path)


@pytest.mark.filterwarnings("error")
def test_what_torch_warns_of_in_a_file_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "q.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save({"a": torch.quantize_per_tensor(torch.ones(3), 1.0, 0, torch.qint8)}, path)
    with pytest.raises(InputError, match="a is not a plain tensor of values"):
        read_tensors(path)

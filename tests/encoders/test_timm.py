"""A network of timm by name: never a path or a source, and its input stated in the card."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.encoders.timm import Timm
from phenolens.models.card import Card
from phenolens.models.folder import load, save

NAMES = ("DNA", "Actin")
_OPERATORS: Any = None


@pytest.fixture
def timm() -> Any:
    """Return timm. A torchvision built for CUDA lacks two operators next to torch for the CPU."""
    try:
        return importlib.import_module("timm")
    except ImportError as error:
        pytest.skip(f"timm cannot be imported: {error}")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] in ("timm", "torchvision")]:
        del sys.modules[name]
    global _OPERATORS  # they last as long as the library
    _OPERATORS = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        _OPERATORS.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return importlib.import_module("timm")


@pytest.mark.parametrize("name", ["", "hf-hub:x/y", "local-dir:/etc", "../x", "a/b"])
def test_a_name_is_neither_a_path_nor_a_source(name: str) -> None:
    with pytest.raises(InputError, match=r"model: .* is not the name of a network of timm"):
        Timm.check({"model": name, "file": ""})
    with pytest.raises(InputError, match="file: no such file"):
        Timm.check({"model": "resnet50.a1_in1k", "file": "absent.pth"})


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(InputError, match=r"pip install 'phenolens\[pretrained\]'"):
        Timm(NAMES, model="resnet10t")


def test_weights_of_a_local_file_and_through_a_model_folder(timm: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = timm.create_model("resnet10t", num_classes=0).eval()
    torch.save(network.state_dict(), tmp_path / "w.pth")
    settings: dict[str, Any] = {"model": "resnet10t", "file": str(tmp_path / "w.pth"), "size": 64}
    encoder = Timm(NAMES, **settings)
    assert encoder.dim == 2 * network.num_features
    assert not encoder.train().network.training
    x = torch.rand(2, 2, 64, 64)
    card = encoder.described(settings)
    mean, sd = (torch.tensor(card[key]).view(3, 1, 1) for key in ("mean", "sd"))
    with torch.no_grad():
        own = network((x[:, 1:].expand(-1, 3, -1, -1) - mean) / sd)
    torch.testing.assert_close(encoder(x)[:, network.num_features :], own, rtol=1e-4, atol=1e-5)
    save(tmp_path / "m", Card(encoder={"name": "timm", **card}, channels=NAMES), encoder)
    (tmp_path / "w.pth").unlink()
    assert torch.equal(load(tmp_path / "m").encoder(x), encoder(x))


def test_offline_the_message_says_what_to_download_where(
    timm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = timm.create_model

    def offline(name: str, *, pretrained: bool, **others: Any) -> Any:
        if pretrained:
            raise OSError("no route to host")
        return true(name, pretrained=False, **others)

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(
        InputError, match=r"download model\.safetensors from https://hugg.*resnet10t"
    ):
        Timm(NAMES, model="resnet10t")

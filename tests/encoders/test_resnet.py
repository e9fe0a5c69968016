"""The residual network has torchvision's names, shapes and outputs."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.encoders.resnet import Resnet
from phenolens.networks.published import load_published

GOLDEN = Path(__file__).with_name("golden")
RGB = ("red", "green", "blue")
PARAMETERS = {18: 11_176_512, 34: 21_284_672, 50: 23_508_032, 101: 42_500_160}


@pytest.fixture(scope="module")
def rule() -> Any:
    """The script that made the file: its rules for weights and images."""
    path = GOLDEN / "make_torchvision_golden.py"
    spec = importlib.util.spec_from_file_location("torchvision_rule", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("depth", [18, 34, 50, 101])
def test_names_and_shapes_are_those_of_torchvision(rule: Any, depth: Any) -> None:
    golden = json.loads((GOLDEN / "torchvision_golden.json").read_text())[str(depth)]
    with torch.device("meta"):
        net = Resnet(RGB, depth=depth)
    assert rule.names_of(net.state_dict()) == golden["names"]
    assert sum(p.numel() for p in net.parameters()) == PARAMETERS[depth]
    assert net.dim == (512 if depth < 50 else 2048)


@pytest.mark.parametrize("depth", [18, 50])
def test_outputs_are_those_of_torchvision(rule: Any, depth: Any) -> None:
    golden = json.loads((GOLDEN / "torchvision_golden.json").read_text())[str(depth)]
    with torch.device("meta"):
        net = Resnet(RGB, depth=depth).double()
    net.load_state_dict(rule.by_rule(net.state_dict()), assign=True)
    with torch.inference_mode():
        made = net.eval()(rule.images())
    torch.testing.assert_close(
        made[:, :16], torch.tensor(golden["output"]).double(), rtol=1e-7, atol=1e-8
    )
    assert made.norm().item() == pytest.approx(golden["norm"], rel=1e-9)


def test_a_released_file_loads_for_other_channels_without_its_classifier(tmp_path: Path) -> None:
    torch.manual_seed(0)
    published = Resnet(RGB)
    state = {k: v for k, v in published.state_dict().items() if "num_batches" not in k}
    torch.save(
        {**state, "fc.weight": torch.zeros(10, 512), "fc.bias": torch.zeros(10)}, tmp_path / "r.pth"
    )
    grey = Resnet(("DNA",))
    report = load_published(grey, tmp_path / "r.pth")
    assert report.dropped == ("fc.weight", "fc.bias")
    assert report.changed == ("conv1.weight: 3 channels to 1",)
    image = torch.rand(2, 1, 64, 64)
    with torch.inference_mode():
        made, same = grey.eval()(image), published.eval()(image.expand(-1, 3, -1, -1))
    torch.testing.assert_close(made, same, rtol=1e-4, atol=1e-5)


def test_the_small_stem_keeps_the_size_of_small_crops() -> None:
    net = Resnet(("DNA", "Actin"), stem="small")
    x = torch.rand(2, 2, 24, 24)
    maps = net.maxpool(net.relu(net.bn1(net.conv1(x))))
    assert maps.shape == (2, 64, 24, 24)
    assert net(x).shape == (2, 512)
    assert Resnet(("DNA",)).conv1.kernel_size == (7, 7)


@pytest.mark.usefixtures("unchecked")
def test_what_does_not_exist_is_refused() -> None:
    wrong: Any = 20
    with pytest.raises(
        InputError, match="no ResNet of depth 20 with stem 'large'; depth is one of"
    ):
        Resnet(("DNA",), depth=wrong)

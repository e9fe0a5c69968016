from __future__ import annotations

import argparse
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.encoders.vit import Vit
from phenolens.networks.published import load_published

GOLDEN = Path(__file__).parents[1] / "encoders" / "golden"
SETTINGS: dict[str, Any] = {"size": "tiny", "patch": 8, "image": 32, "depth": 2}


def small(channels: int = 2, **settings: Any) -> Vit:
    return Vit([f"c{i}" for i in range(channels)], **{**SETTINGS, **settings}).eval()


def random_tensors(channels: int = 3, seed: int = 0, **settings: Any) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    state = small(channels, **settings).state_dict()
    return {k: torch.randn(v.shape, generator=generator) * 0.1 for k, v in state.items()}


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_a_timm_file_loads_without_its_classifier(tmp_path: Path, suffix: str) -> None:
    tensors = random_tensors()
    with_head = {**tensors, "head.weight": torch.zeros(9, 192), "head.bias": torch.zeros(9)}
    path = tmp_path / f"timm.{suffix}"
    if suffix == "pth":
        torch.save({"model": with_head}, path)
    else:
        save_file(with_head, path)
    encoder = small(3)
    report = load_published(encoder, path)
    assert set(report.loaded) == set(tensors)
    assert set(report.dropped) == {"head.weight", "head.bias"}
    assert report.changed == ()
    assert all(torch.equal(v, tensors[k]) for k, v in encoder.state_dict().items())


@pytest.fixture
def full_checkpoint(tmp_path: Path) -> Path:
    """A checkpoint with all that DINO's training script writes."""
    student = {f"module.backbone.{k}": v for k, v in random_tensors(seed=1).items()}
    teacher = {f"backbone.{k}": v for k, v in random_tensors(seed=2).items()}
    student["module.head.mlp.0.weight"] = torch.zeros(8, 192)
    path = tmp_path / "full.pth"
    torch.save(
        {
            "student": student,
            "teacher": teacher,
            "optimizer": {"param_groups": [{"lr": np.float64(1e-4)}]},
            "epoch": 5,
            "args": argparse.Namespace(arch="vit_small"),
        },
        path,
    )
    return path


def test_either_network_of_a_full_dino_checkpoint(full_checkpoint: Path) -> None:
    for part, seed in (("student", 1), ("teacher", 2)):
        encoder = small(3)
        load_published(encoder, full_checkpoint, part=part)  # type: ignore[arg-type]
        expected = random_tensors(seed=seed)
        assert all(torch.equal(v, expected[k]) for k, v in encoder.state_dict().items())


def test_a_full_checkpoint_asks_which_network(full_checkpoint: Path) -> None:
    with pytest.raises(InputError, match=r"no part 'backbone'.*student.*teacher"):
        load_published(small(3), full_checkpoint)


def test_a_backbone_has_no_teacher(tmp_path: Path) -> None:
    torch.save(random_tensors(), tmp_path / "plain.pth")
    with pytest.raises(InputError, match="no part 'teacher'"):
        load_published(small(3), tmp_path / "plain.pth", part="teacher")


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_a_grey_image_gives_the_same_output_in_any_number_of_channels(
    tmp_path: Path, channels: int
) -> None:
    torch.save(random_tensors(), tmp_path / "rgb.pth")
    rgb, ours = small(3), small(channels)
    load_published(rgb, tmp_path / "rgb.pth")
    report = load_published(ours, tmp_path / "rgb.pth")
    assert report.changed == (f"patch_embed.proj.weight: 3 channels to {channels}",)
    grey = torch.randn(2, 1, 32, 32)
    with torch.no_grad():
        there, here = rgb(grey.expand(2, 3, 32, 32)), ours(grey.expand(2, channels, 32, 32))
    assert torch.allclose(there, here, atol=1e-5)


def test_positions_are_interpolated_to_the_encoder_grid(tmp_path: Path) -> None:
    torch.save(random_tensors(), tmp_path / "small.pth")
    same, larger = small(3), small(3, image=48)
    load_published(same, tmp_path / "small.pth")
    report = load_published(larger, tmp_path / "small.pth")
    assert report.changed == ("positions interpolated from 17 to 37",)
    x = torch.randn(1, 3, 48, 48)
    with torch.no_grad():
        assert torch.allclose(same(x), larger(x), atol=1e-5)


def test_layer_scales_of_dinov2_give_timms_output(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("rule", GOLDEN / "make_timm_golden.py")
    assert spec is not None
    assert spec.loader is not None
    rule: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rule)
    vit = Vit(["r", "g", "b"], size="tiny", patch=16, depth=2).double().eval()
    shapes = {k: tuple(v.shape) for k, v in vit.state_dict().items()}
    shapes |= {f"blocks.{i}.ls{j}.gamma": (192,) for i in (0, 1) for j in (1, 2)}
    torch.save(rule.by_rule(list(shapes), shapes), tmp_path / "scaled.pth")
    report = load_published(vit, tmp_path / "scaled.pth")
    assert report.changed == ("layer scales multiplied into the layers that they scale",)
    golden = json.loads((GOLDEN / "timm_golden.json").read_text())
    expected = torch.tensor(golden["timm_scaled_outputs"]["square"]).double()
    with torch.no_grad():
        found = vit(rule.image(224, 224))[0]
    assert torch.allclose(found, expected, atol=2e-9)  # the file holds 9 decimals


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"depth": 3}, r"missing: blocks\.2\.attn.* and 6 more"),
        ({"depth": 1}, r"unexpected: blocks\.1\.attn.* and 6 more"),
        ({"size": "small"}, r"another shape: blocks\.0.* is \(.*192.*\), not \(.*384"),
        ({"patch": 4}, r"patch_embed\.proj\.weight is \(192, 3, 8, 8\), not \(192, 3, 4, 4\)"),
    ],
)
def test_a_wrong_checkpoint_says_what_does_not_fit(
    tmp_path: Path, settings: dict[str, Any], complaint: str
) -> None:
    torch.save(random_tensors(), tmp_path / "wrong.pth")
    encoder = small(3, **settings)
    before = {k: v.clone() for k, v in encoder.state_dict().items()}
    with pytest.raises(InputError, match=complaint):
        load_published(encoder, tmp_path / "wrong.pth")
    assert all(torch.equal(v, before[k]) for k, v in encoder.state_dict().items())


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.mkdir, (Path("should-not-exist"),))


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"model": random_tensors(), "extra": Harmful()}, tmp_path / "harmful.pth")
    with pytest.raises(InputError, match="cannot read weights"):
        load_published(small(3), tmp_path / "harmful.pth")
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(InputError, match="cannot read weights"):
        load_published(small(3), tmp_path / "text.pth")
    with pytest.raises(InputError, match="no such file"):
        load_published(small(3), tmp_path / "absent.pth")
    (tmp_path / "cut.safetensors").write_bytes(b"cut off")
    with pytest.raises(InputError, match="is not a safetensors file, or is damaged"):
        load_published(small(3), tmp_path / "cut.safetensors")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused_by_name(tmp_path: Path, value: float) -> None:
    tensors = random_tensors()
    tensors["norm.bias"][7] = value
    torch.save({**tensors, "head.bias": torch.tensor([value])}, tmp_path / "lost.pth")
    with pytest.raises(InputError, match=r"lost\.pth: weights are not finite: norm\.bias;"):
        load_published(small(3), tmp_path / "lost.pth")


def test_convolutional_stems_are_adapted_too(tmp_path: Path) -> None:
    torch.save(nn.Conv2d(3, 4, 3).state_dict(), tmp_path / "conv.pth")
    report = load_published(nn.Conv2d(5, 4, 3), tmp_path / "conv.pth")
    assert report.changed == ("weight: 3 channels to 5",)

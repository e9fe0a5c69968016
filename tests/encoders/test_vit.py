from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.encoders.vit import Vit

GOLDEN = Path(__file__).with_name("golden")
RGB = ("red", "green", "blue")
# float64 on both sides; timm interpolates positions in float32, the file holds 9 decimals.
TOLERANCE = 2e-6


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((GOLDEN / "timm_golden.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def rule() -> Any:
    """The script that made the file: its rules for weights and images."""
    spec = importlib.util.spec_from_file_location("rule", GOLDEN / "make_timm_golden.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_rule(rule: Any, image: int = 224) -> Vit:
    vit = Vit(RGB, size="tiny", patch=16, image=image, depth=2).double().eval()
    shapes = {k: tuple(v.shape) for k, v in vit.state_dict().items()}
    vit.load_state_dict(rule.by_rule(list(shapes), shapes))
    return vit


@pytest.mark.parametrize(
    ("name", "size", "patch", "image"),
    [
        ("vit_tiny_patch16_224", "tiny", 16, 224),
        ("vit_small_patch16_224", "small", 16, 224),
        ("vit_small_patch8_224", "small", 8, 224),
        ("vit_base_patch16_224", "base", 16, 224),
        ("vit_small_patch14_dinov2", "small", 14, 518),
    ],
)
def test_names_and_shapes_are_those_of_timm(
    golden: dict[str, Any], name: str, size: Any, patch: int, image: int
) -> None:
    with torch.device("meta"):
        ours = Vit(RGB, size=size, patch=patch, image=image).state_dict()
    theirs = golden["names"][name]
    expected = {
        key.replace("*", str(i)): tuple(shape)
        for key, shape in theirs["shapes"].items()
        if ".ls" not in key  # layer scales are multiplied in when weights are loaded
        for i in range(theirs["depth"] if "*" in key else 1)
    }
    assert {k: tuple(v.shape) for k, v in ours.items()} == expected


def test_output_at_the_learnt_size_is_that_of_timm_and_dino(
    golden: dict[str, Any], rule: Any
) -> None:
    with torch.no_grad():
        found = by_rule(rule)(rule.image(224, 224))[0]
    for peer in ("timm_outputs", "dino_outputs"):
        assert torch.allclose(found, torch.tensor(golden[peer]["square"]).double(), atol=TOLERANCE)


@pytest.mark.parametrize("kind", ["local", "wide"])
def test_output_at_another_size_is_that_of_dino(
    golden: dict[str, Any], rule: Any, kind: str
) -> None:
    with torch.no_grad():
        found = by_rule(rule)(rule.image(*rule.SIZES[kind]))[0]
    expected = torch.tensor(golden["dino_outputs"][kind]).double()
    assert torch.allclose(found, expected, atol=TOLERANCE)


def test_output_at_another_size_is_that_of_timm_under_its_rule_for_positions(
    golden: dict[str, Any], rule: Any
) -> None:
    learnt = by_rule(rule).state_dict()
    square = learnt["pos_embed"][:, 1:].reshape(1, 14, 14, -1).permute(0, 3, 1, 2)
    resized = torch.nn.functional.interpolate(square, size=6, mode="bicubic", antialias=True)
    learnt["pos_embed"] = torch.cat((learnt["pos_embed"][:, :1], resized.flatten(2).mT), dim=1)
    vit = by_rule(rule, image=96)
    vit.load_state_dict(learnt)
    with torch.no_grad():
        found = vit(rule.image(96, 96))[0]
    expected = torch.tensor(golden["timm_outputs"]["local"]).double()
    assert torch.allclose(found, expected, atol=TOLERANCE)


def test_attention_is_that_of_dino(golden: dict[str, Any], rule: Any) -> None:
    with torch.no_grad():
        found = by_rule(rule).attention(rule.image(96, 96))
    assert found.shape == (1, 3, 37, 37)
    assert torch.allclose(found.sum(dim=-1), torch.ones(1, 3, 37).double())
    expected = torch.tensor(golden["dino_attention_local"]).double()
    assert torch.allclose(found[0, :, 0, 1:], expected, atol=TOLERANCE)


def test_the_embedding_is_the_cls_token() -> None:
    vit = Vit(tuple("abcde"), size="tiny", depth=2, image=32).eval()
    x = torch.randn(2, 5, 32, 16)
    assert vit(x).shape == (2, vit.dim)
    assert vit.tokens(x).shape == (2, 1 + 4 * 2, vit.dim)
    assert torch.equal(vit(x), vit.tokens(x)[:, 0])


@torch.no_grad()
def test_tokens_of_some_patches_are_those_of_a_shorter_sequence() -> None:
    """As a masked autoencoder sees an image: positions are kept, the other patches are absent."""
    torch.manual_seed(0)
    vit = Vit(RGB[:2], size="tiny", depth=2, image=32).eval()
    x = torch.randn(2, 2, 32, 32)
    every = torch.stack((torch.arange(16), torch.arange(16).flip(0)))
    straight, turned = vit.tokens(x), vit.tokens(x, every)
    assert torch.allclose(turned[0], straight[0], atol=1e-5)
    assert torch.allclose(turned[1, 1:], straight[1, 1:].flip(0), atol=1e-5)
    keep = torch.tensor([[3, 5, 8], [0, 1, 15]])
    some = vit.tokens(x, keep)
    assert some.shape == (2, 1 + 3, vit.dim)
    other = x.clone()
    other[0, :, 24:] = 7.0  # the last row of patches: image 0 keeps none of them, image 1 one
    other[1, :, 24:] = 7.0
    changed = vit.tokens(other, keep)
    assert torch.equal(changed[0], some[0])
    assert not torch.allclose(changed[1], some[1], atol=1e-3)


@pytest.mark.gpu
def test_the_accelerator_gives_the_same_output() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no accelerator here")
    vit = Vit(RGB, size="tiny", depth=3, image=64).eval()
    x = torch.randn(2, 3, 64, 48)
    with torch.no_grad():
        assert torch.allclose(vit(x), vit.cuda()(x.cuda()).cpu(), atol=1e-3)


def test_initialised_as_dino() -> None:
    torch.manual_seed(0)
    vit = Vit(RGB, size="tiny", depth=2, image=64)
    block = vit.blocks[0]
    weight: Tensor = block.get_parameter("mlp.fc1.weight")
    assert weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert vit.pos_embed.std().item() == pytest.approx(0.02, rel=0.05)
    assert not block.get_parameter("attn.qkv.bias").any()
    assert (block.get_parameter("norm1.weight") == 1).all()


def test_drop_path_grows_over_depth_and_only_in_training() -> None:
    vit = Vit(RGB[:1], size="tiny", depth=3, image=16, drop_path=0.4)
    assert [b.drop_path for b in vit.blocks] == pytest.approx([0, 0.2, 0.4])
    x = torch.randn(8, 1, 16, 16)
    torch.manual_seed(0)
    first, second = vit(x), vit(x)
    assert not torch.equal(first, second)
    torch.manual_seed(0)
    assert torch.equal(first, vit(x))
    vit.eval()
    assert torch.equal(vit(x), vit(x))


def test_mixed_precision_is_near() -> None:
    torch.manual_seed(0)
    vit = Vit(RGB[:2], size="tiny", depth=2, image=32).eval()
    x = torch.randn(2, 2, 48, 32)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        rough = vit(x)
    with torch.no_grad():
        assert torch.nn.functional.cosine_similarity(rough.float(), vit(x)).min() > 0.999


def test_says_what_is_wrong_with_an_image() -> None:
    vit = Vit(RGB, size="tiny", depth=1, image=32)
    with pytest.raises(InputError, match=r"takes 3 channels .*got 5"):
        vit(torch.zeros(1, 5, 32, 32))
    with pytest.raises(InputError, match="nearest size that they fill is 32 x 48"):
        vit(torch.zeros(1, 3, 30, 45))
    with pytest.raises(InputError, match="nearest size that they fill is 8 x 8"):
        vit(torch.zeros(1, 3, 3, 8))


@pytest.mark.parametrize(
    "settings",
    [
        {"image": 30}, {"depth": 0}, {"drop_path": 1.0}, {"patch": 0}, {"depth": 10**12},
        {"image": 8 * 10**12}, {"drop_path": float("nan")},
    ],
)  # fmt: skip
def test_says_what_is_wrong_with_its_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"^{next(iter(settings))}: must be"):
        Vit(**{"channels": RGB, "size": "tiny", "patch": 8, "image": 32, **settings})

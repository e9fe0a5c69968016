"""A file of weights is what its bytes hold: no tensor, network or archive is larger than it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.encoders.conv_net import ConvNet
from phenolens.encoders.vit import Vit
from phenolens.models.card import CARD, Card
from phenolens.models.folder import Part, load, save
from phenolens.networks.projection import Projection
from phenolens.networks.published import load_published

Weights = dict[str, Tensor]


def vit() -> Vit:
    return Vit(["r", "g", "b"], size="tiny", patch=8, image=32, depth=1)


@pytest.fixture(scope="module")
def weights() -> Weights:
    return vit().state_dict()


HUGE = torch.zeros(1)  # one value, said to be many
LIES: dict[str, tuple[str, Tensor, str]] = {
    "no values": ("cls_token", torch.empty(1, 1, 192, device="meta"), "not a plain tensor"),
    "many without values": ("cls_token", torch.empty(10**6, 10**6, device="meta"), "not a plain"),
    "one value as many": ("cls_token", HUGE.expand(10**6, 10**6), "more values than the file"),
    "one position as many": ("pos_embed", HUGE.expand(1, 10**8 + 1, 192), "more values than"),
    "one channel as many": (
        "patch_embed.proj.weight",
        HUGE.expand(192, 10**8, 8, 8),
        "more values than the file",
    ),
    "in a tensor that is dropped": ("head.weight", HUGE.expand(10**6, 10**6), "more values than"),
    "sparse": ("cls_token", torch.zeros(1, 1, 192).to_sparse(), "not a plain tensor"),
    "no square of positions": ("pos_embed", torch.zeros(1, 18, 192), r"pos_embed is \(1, 18, 192"),
    "no positions": ("pos_embed", torch.zeros(1, 1, 192), r"pos_embed is \(1, 1, 192"),
    "no channels": (
        "patch_embed.proj.weight",
        torch.zeros(192, 0, 8, 8),
        r"patch_embed\.proj\.weight is \(192, 0",
    ),
    "integers": ("norm.bias", torch.zeros(192, dtype=torch.int32), "norm.bias is int32"),
    "complex": ("norm.bias", torch.zeros(192, dtype=torch.complex64), "norm.bias is complex64"),
    "scales of another length": ("blocks.0.ls1.gamma", torch.ones(7), "unexpected: blocks.0.ls1"),
    "one scale": ("blocks.0.ls1.gamma", torch.tensor(1.0), "unexpected: blocks.0.ls1"),
    "scales of whole numbers": (
        "blocks.0.ls1.gamma",
        torch.ones(192, dtype=torch.int32),
        "unexpected: blocks.0.ls1",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_tensors_are_what_the_file_has_bytes_for(
    tmp_path: Path, weights: Weights, lie: str
) -> None:
    name, value, message = LIES[lie]
    torch.save({**weights, name: value}, tmp_path / "weights.pth")
    network = vit()
    before = {k: v.clone() for k, v in network.state_dict().items()}
    with pytest.raises(InputError, match=message):
        load_published(network, tmp_path / "weights.pth")
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())


def test_a_compressed_archive_is_not_unpacked(tmp_path: Path, weights: Weights) -> None:
    """Torch stores tensors as they are; two megabytes of another archive may become gigabytes."""
    plain, packed = io.BytesIO(), tmp_path / "packed.pth"
    torch.save({**weights, "head.weight": torch.zeros(2_000_000)}, plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(InputError, match="larger than its bytes"):
        load_published(vit(), packed)


@pytest.mark.parametrize("content", [[1, 2], torch.zeros(3), 3, "text"])
def test_what_is_no_table_of_tensors_is_named(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pth")
    kind = type(content).__name__
    with pytest.raises(InputError, match=f"contains a {kind}, expected a table of tensors"):
        load_published(vit(), tmp_path / "other.pth")


def test_short_numbers_become_long_ones(tmp_path: Path, weights: Weights) -> None:
    short = {name: value.half() for name, value in weights.items()}
    torch.save(short, tmp_path / "half.pth")
    network = vit()
    load_published(network, tmp_path / "half.pth")
    assert all(torch.equal(v, short[k].float()) for k, v in network.state_dict().items())


CARDS: dict[str, Callable[[dict[str, object]], object]] = {
    "a head of many layers": lambda card: card.update(
        parts={"head": {"name": "dino_head", "dim": 4, "layers": 10**8}}
    ),
    "thousands of widths": lambda card: card.update(
        parts={"head": {"name": "projection", "dim": 4, "widths": [4] * 5_000}}
    ),
    "thousands of blocks": lambda card: card.update(
        encoder={"name": "conv_net", "widths": [4] * 5_000}
    ),
    "a number that no size is": lambda card: card.update(
        encoder={"name": "conv_net", "widths": [10**30]}
    ),
    "more pixels than there are numbers": lambda card: card.update(
        encoder={"name": "conv_net", "widths": [4], "stem": 10**9}
    ),
}


@pytest.mark.parametrize("kind", CARDS)
def test_a_network_has_no_more_tensors_than_its_file(tmp_path: Path, kind: str) -> None:
    card = Card(encoder={"name": "conv_net", "widths": [4]}, channels=("DNA",))
    part = Part("projection", {"dim": 4, "widths": [4]}, Projection(4, (4,)))
    save(tmp_path, card, ConvNet(("DNA",), widths=(4,)), {"head": part})
    table = json.loads((tmp_path / CARD).read_text())
    CARDS[kind](table)
    (tmp_path / CARD).write_text(json.dumps(table))
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)

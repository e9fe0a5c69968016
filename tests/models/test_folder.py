"""A model's folder gives back all that was saved, or says what does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.encoders.vit import Vit
from phenolens.models import folder as folders
from phenolens.models.card import CARD, WEIGHTS, Card
from phenolens.models.folder import Part, load, save
from phenolens.networks.projection import Projection

CHANNELS = ("DNA", "Tubulin")
SETTINGS: dict[str, Any] = {"size": "tiny", "patch": 8, "image": 32, "depth": 2}
MODEL = Card(encoder={"name": "vit", **SETTINGS}, channels=CHANNELS, method={"name": "dino"})


def small() -> Vit:
    return Vit(CHANNELS, **SETTINGS).eval()


def decoder(**settings: Any) -> Part:
    settings = {"dim": 192, "widths": (8, 4), "last_batch_norm": True, **settings}
    return Part("projection", settings, Projection(**settings))


def images() -> torch.Tensor:
    return torch.randn(2, 2, 32, 32, generator=torch.Generator().manual_seed(3))


def test_round_trip(tmp_path: Path) -> None:
    encoder = small()
    folder = save(tmp_path / "runs" / "encoder", MODEL, encoder)
    assert sorted(p.name for p in folder.iterdir()) == [CARD, WEIGHTS]
    model = load(folder, channels=["DNA", "Tubulin"])
    assert model.card == MODEL
    assert model.parts == {}
    assert not model.encoder.training
    assert model.encoder.channels == CHANNELS
    assert torch.equal(model.encoder(images()), encoder(images()))


def test_every_part_comes_back_with_its_buffers(tmp_path: Path) -> None:
    """Two parts of one kind and other sizes; a second of running statistics moves the buffers."""
    encoder, parts = small(), {"decoder": decoder(), "labels": decoder(widths=(3,))}
    for part in parts.values():
        part.network.train()(torch.randn(9, 192))
    save(tmp_path, MODEL, encoder, parts)
    model = load(tmp_path)
    assert model.card.parts["labels"] == {
        "name": "projection",
        "dim": 192,
        "widths": [3],
        "last_batch_norm": True,
    }
    embedding = model.encoder(images())
    assert list(model.parts) == ["decoder", "labels"]
    for name, part in parts.items():
        assert not model.parts[name].training
        assert torch.equal(model.parts[name](embedding), part.network.eval()(encoder(images())))


def test_the_encoders_tensors_keep_their_names_whatever_is_kept_with_them(tmp_path: Path) -> None:
    """So timm loads them."""
    encoder = small()
    save(tmp_path, MODEL, encoder, {"decoder": decoder()})
    tensors = load_file(tmp_path / WEIGHTS)
    others = {name for name in tensors if name.startswith("parts.decoder.")}
    assert others == {f"parts.decoder.{name}" for name in decoder().network.state_dict()}
    assert tensors.keys() - others == encoder.state_dict().keys()


def test_tensors_that_two_networks_share_are_saved_for_both(tmp_path: Path) -> None:
    encoder = small()
    part = decoder(widths=(192,), last_batch_norm=False)
    linear = part.network.get_submodule("0")
    assert isinstance(linear, nn.Linear)
    linear.bias = encoder.norm.bias
    save(tmp_path, MODEL, encoder, {"decoder": part})
    model = load(tmp_path)
    assert torch.equal(model.parts["decoder"].get_parameter("0.bias"), encoder.norm.bias)


def test_saving_again_replaces(tmp_path: Path) -> None:
    save(tmp_path, MODEL, small(), {"decoder": decoder()})
    second = small()
    save(tmp_path, MODEL, second)
    model = load(tmp_path)
    assert torch.equal(model.encoder(images()), second(images()))
    assert model.parts == {}


@pytest.mark.parametrize("channels", [["DNA"], ["Tubulin", "DNA"], ["DNA", "Actin"]])
def test_other_channels_are_refused_with_both_lists(tmp_path: Path, channels: list[str]) -> None:
    save(tmp_path, MODEL, small())
    with pytest.raises(InputError) as caught:
        load(tmp_path, channels=channels)
    assert str(list(CHANNELS)) in str(caught.value)
    assert str(channels) in str(caught.value)


@pytest.mark.parametrize("where", ["encoder", "part"])
@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_weights_that_are_not_finite_are_neither_saved_nor_loaded(
    tmp_path: Path, where: str, value: float
) -> None:
    good, parts = small(), {"decoder": decoder()}
    save(tmp_path, MODEL, good, parts)
    lost, broken = small(), {"decoder": decoder()}
    network = lost if where == "encoder" else broken["decoder"].network
    first = next(iter(network.parameters()))
    with torch.no_grad():
        first.view(-1)[0] = value
    with pytest.raises(InputError, match="weights are not finite"):
        save(tmp_path, MODEL, lost, broken)
    assert torch.equal(load(tmp_path).encoder(images()), good(images()))
    tensors = load_file(tmp_path / WEIGHTS)
    name = "norm.bias" if where == "encoder" else "parts.decoder.0.bias"
    tensors[name][1] = value
    save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(InputError, match=rf"{WEIGHTS}.*not finite: .*\.?{name[-6:]}"):
        load(tmp_path)


def test_a_crash_between_the_two_files_leaves_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than an old card with new weights."""
    save(tmp_path, MODEL, small())

    def fails(path: Path, text: str) -> None:
        if path.name == CARD:
            raise OSError("the disk is full")
        write_text(path, text)

    monkeypatch.setattr(folders, "write_text", fails)
    with pytest.raises(OSError, match="the disk is full"):
        save(tmp_path, MODEL, small())
    with pytest.raises(InputError, match="no model here"):
        load(tmp_path)


def test_a_card_of_other_settings_is_refused(tmp_path: Path) -> None:
    save(tmp_path, MODEL, small(), {"decoder": decoder()})
    path = tmp_path / CARD
    table = json.loads(path.read_text())

    def changed(key: str, **settings: Any) -> None:
        new = json.loads(json.dumps(table))
        target = new["encoder"] if key == "encoder" else new["parts"][key]
        target.update(settings)
        path.write_text(json.dumps(new))

    cases: list[tuple[str, dict[str, Any], str]] = [
        ("encoder", {"depth": 3}, r"missing: blocks\.2\.attn"),
        ("encoder", {"detph": 3}, "did you mean 'depth'"),
        ("encoder", {"name": "vti"}, "no 'vti' in encoders; did you mean 'vit'"),
        ("decoder", {"widths": [9, 4]}, r"parts\.decoder: weights do not fit.*another shape"),
        ("decoder", {"name": "projektion"}, "no 'projektion' in networks.*'projection'"),
    ]
    for key, settings, message in cases:
        changed(key, **settings)
        with pytest.raises(InputError, match=message):
            load(tmp_path)


def test_an_encoder_that_the_card_does_not_describe_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"channels \('Tubulin', 'DNA'\), the card"):
        save(tmp_path, MODEL, Vit(CHANNELS[::-1], **SETTINGS))
    with pytest.raises(ValueError, match=r"a part cannot be named 'a\.b'"):
        save(tmp_path, MODEL, small(), {"a.b": decoder()})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["encoder", "parts"])
def test_a_card_calls_nothing_that_is_no_network(tmp_path: Path, key: str) -> None:
    save(tmp_path / "model", MODEL, small())
    path = tmp_path / "model" / CARD
    card = json.loads(path.read_text())
    harmful = {"name": "subprocess:Popen", "args": ["touch", str(tmp_path / "made")]}
    card[key] = harmful if key == "encoder" else {"decoder": harmful}
    path.write_text(json.dumps(card))
    with pytest.raises(InputError, match="'subprocess:Popen' is not a name of the catalogue"):
        load(tmp_path / "model")
    assert not (tmp_path / "made").exists()

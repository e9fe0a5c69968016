"""A model's folder from a stranger: checked against its weights before memory is taken for it."""

from __future__ import annotations

import json
import os
import pickle
import stat
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from phenolens.core.errors import InputError
from phenolens.core.lock import held
from phenolens.core.screen import Screen
from phenolens.encoders.conv_net import ConvNet
from phenolens.models.card import CARD, WEIGHTS, Card
from phenolens.models.folder import check_file, load, save
from phenolens.networks.published import fill, load_published
from phenolens.networks.weights_file import read_tensors
from phenolens.runs.apply import embed_into, embed_screen

CHANNELS = ("DNA", "Actin")
SETTINGS = {"name": "conv_net", "widths": [4, 4]}
TILES = {"size": 16, "rows": 1, "columns": 1}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The folder of a small model."""
    card = Card(encoder=SETTINGS, channels=CHANNELS, pixels=({"step": "rescale"},), tiles=TILES)
    return save(tmp_path / "model", card, ConvNet(CHANNELS, widths=(4, 4)))


def edit(model: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((model / CARD).read_text())
    change(card)
    (model / CARD).write_text(json.dumps(card))


CARDS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "absurd widths": (lambda card: card["encoder"].update(widths=[1_000_000_000]), "widths|fit"),
    "large widths": (lambda card: card["encoder"].update(widths=[16_384, 16_384]), "do not fit"),
    "another width": (lambda card: card["encoder"].update(widths=[4, 8]), "do not fit ConvNet"),
    "widths of text": (lambda card: card["encoder"].update(widths="wide"), "expected a list"),
    "no widths": (lambda card: card["encoder"].update(widths=[]), "widths"),
    "tiles of text": (lambda card: card["tiles"].update(size="large"), "expected int"),
    "tiles below 1": (lambda card: card["tiles"].update(size=-1), "size"),
    "tiles that are a list": (lambda card: card.update(tiles=[1]), "expected a table"),
    "an unknown tile setting": (lambda card: card["tiles"].update(sise=1), "unknown key"),
    "a pixel step of text": (lambda card: card.update(pixels="resize"), "expected a list"),
    "a resize of text": (
        lambda card: card.update(pixels=[{"step": "resize", "factor": "half"}]),
        "expected float",
    ),
    "a resize below 0": (
        lambda card: card.update(pixels=[{"step": "resize", "factor": -1}]),
        "factor",
    ),
    "a pixel size of 0": (lambda card: card.update(pixel_size=0), "pixel_size.*above 0"),
    "channels of numbers": (lambda card: card.update(channels=[1, 2]), "expected str"),
    "no channels": (lambda card: card.update(channels=[]), "channel"),
    "a part that is not in the file": (
        lambda card: card.update(parts={"head": {"name": "projection", "dim": 4, "widths": [4]}}),
        "missing",
    ),
    "an encoder without a name": (lambda card: card.update(encoder={}), "needs name"),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_that_does_not_fit_is_one_line_and_takes_no_memory(
    tiny_screen: Screen, tmp_path: Path, model: Path, name: str
) -> None:
    change, wrong = CARDS[name]
    edit(model, change)
    screen = tiny_screen.select(CHANNELS)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=wrong) as caught:
            embed_screen(model, screen, tmp_path / "work")
        most = tracemalloc.get_traced_memory()[1]
    finally:  # else all later tests are slow
        tracemalloc.stop()
    assert most < 5e7
    assert "\n" not in str(caught.value)
    assert str(model) in str(caught.value)
    assert not list((tmp_path / "work").rglob("pixels.npy"))  # before any pixel is prepared


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "1" * 10_000, "\ud800"])
def test_a_card_that_is_none_is_one_line(model: Path, text: str) -> None:
    (model / CARD).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError) as caught:
        load(model)
    assert str(caught.value).startswith(str(model / CARD))
    assert len(str(caught.value)) < 500


def safetensors(header: object, content: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


LIES: dict[str, bytes] = {
    "nothing": b"",
    "half": b"\0\0",
    "a header of 2^60 bytes": struct.pack("<Q", 2**60) + b"{}",
    "a header that is no JSON": safetensors(b"nonsense"),
    "a header nested deeply": safetensors(b"[" * 100_000),
    "a tensor larger than the file": safetensors(
        {"w": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}
    ),
    "tensors that overlap": safetensors(
        {n: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for n in "ab"}, bytes(4)
    ),
    "a shape that is not the bytes": safetensors(
        {"w": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4]}}, bytes(4)
    ),
    "a negative shape": safetensors(
        {"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, bytes(4)
    ),
    "an unknown type": safetensors(
        {"w": {"dtype": "F999", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)
    ),
    "a pickle": pickle.dumps({"w": 1}),
}


@pytest.mark.parametrize("name", LIES)
def test_weights_whose_header_lies_are_one_line(model: Path, name: str) -> None:
    (model / WEIGHTS).write_bytes(LIES[name])
    for read in (load, lambda folder: read_tensors(folder / WEIGHTS)):
        with pytest.raises(InputError, match=r"safetensors|do not fit") as caught:
            read(model)
        assert str(model / WEIGHTS) in str(caught.value)
        assert "\n" not in str(caught.value)


def rewrite(model: Path, change: Callable[[torch.Tensor], torch.Tensor], name: str = "") -> None:
    tensors = load_file(model / WEIGHTS)
    name = name or next(iter(tensors))
    tensors[name] = change(tensors[name])
    save_file(tensors, model / WEIGHTS)


@pytest.mark.parametrize("kind", [torch.int32, torch.int8, torch.bool, torch.float64])
def test_weights_of_another_type_are_refused_where_something_is_lost(
    model: Path, kind: torch.dtype
) -> None:
    rewrite(model, lambda tensor: (tensor.double() + 1e-12).to(kind))
    with pytest.raises(InputError, match=r"weights of another type: .* not float32"):
        load(model)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_another_type_are_converted_where_nothing_is_lost(
    model: Path, kind: torch.dtype
) -> None:
    rewrite(model, lambda tensor: tensor.bfloat16().half().bfloat16().to(kind))
    wanted = load_file(model / WEIGHTS)
    loaded = load(model).encoder.state_dict()
    assert all(torch.equal(loaded[name].double(), wanted[name].double()) for name in wanted)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(model: Path, value: float) -> None:
    rewrite(model, lambda tensor: torch.full_like(tensor, value))
    with pytest.raises(InputError, match="weights are not finite"):
        load(model)


def test_published_weights_in_double_precision_are_rounded(tmp_path: Path) -> None:
    encoder, other = ConvNet(CHANNELS, widths=(4, 4)), ConvNet(CHANNELS, widths=(4, 4))
    tensors = {
        name: value.double().contiguous() if value.is_floating_point() else value
        for name, value in encoder.state_dict().items()
    }
    save_file(tensors, tmp_path / "published.safetensors")
    load_published(other, tmp_path / "published.safetensors")
    x = torch.rand(1, 2, 16, 16)
    assert torch.equal(encoder.eval()(x), other.eval()(x))


def test_a_file_of_a_model_folder_keeps_the_order_of_its_channels(model: Path) -> None:
    check_file(model / WEIGHTS, CHANNELS)
    with pytest.raises(InputError, match=r"\['DNA', 'Actin'\] in this order"):
        check_file(model / WEIGHTS, CHANNELS[::-1])
    (model / CARD).write_text('{"architecture": "vit_small"}')  # timm's, which says no channels
    check_file(model / WEIGHTS, CHANNELS[::-1])


@pytest.mark.parametrize("name", ["weights.pt", "weights.pth"])
def test_no_message_advises_to_run_code_from_a_file(tmp_path: Path, name: str) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    torch.save({"w": Evil()}, tmp_path / name)
    with pytest.raises(InputError) as caught:
        read_tensors(tmp_path / name)
    assert "weights_only" not in str(caught.value)
    assert "without running code" in str(caught.value)
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(os.name == "nt", reason="rights of Unix")
def test_others_may_read_a_model_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        card = Card(encoder=SETTINGS, channels=CHANNELS)
        folder = save(tmp_path / "model", card, ConvNet(CHANNELS, widths=(4, 4)))
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


def test_nothing_changes_where_weights_do_not_fit(model: Path) -> None:
    encoder = ConvNet(CHANNELS, widths=(4, 4))
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    tensors = load_file(model / WEIGHTS)
    with pytest.raises(InputError, match="unexpected: more"):
        fill(encoder, {**tensors, "more": torch.ones(1)}, "x", exact=True)
    assert all(torch.equal(before[name], value) for name, value in encoder.state_dict().items())


# What `embed` writes


def test_embedding_writes_its_file_and_deletes_its_work_alone(
    tiny_screen: Screen, tmp_path: Path, model: Path
) -> None:
    screen = tiny_screen.select(CHANNELS)
    work = tmp_path / "x.work"
    (work / "store-mine").mkdir(parents=True)
    for name in ("thesis.txt", "store-mine/pixels.npy", "store-mine/store.json"):
        (work / name).write_text("mine")
    out = embed_into(model, screen, tmp_path / "x.parquet")
    assert out.is_file()
    assert sorted(path.name for path in work.rglob("*")) == [
        "pixels.npy", "store-mine", "store.json", "thesis.txt",
    ]  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == {"model", "x.parquet", "x.work"}


def test_shards_are_there_until_the_file_is(
    tiny_screen: Screen, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from phenolens.core.profiles import Profiles

    screen = tiny_screen.select(CHANNELS)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(Profiles, "save", stopped)
        with pytest.raises(KeyboardInterrupt):
            embed_into(model, screen, tmp_path / "x.parquet")
    assert len(list(tmp_path.glob("x.work/parts-*/*.npy"))) == 1
    with monkeypatch.context() as counted:
        counted.setattr(ConvNet, "forward", stopped)  # no image is embedded again
        embed_into(model, screen, tmp_path / "x.parquet")
    assert not (tmp_path / "x.work").exists()


def test_a_folder_or_a_file_in_the_way_is_named_first(
    tiny_screen: Screen, tmp_path: Path, model: Path
) -> None:
    (tmp_path / "d.parquet").mkdir()
    (tmp_path / "d.parquet" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"d\.parquet: is a folder"):
        embed_into(model, tiny_screen, tmp_path / "d.parquet")
    (tmp_path / "y.work").write_text("mine")
    with pytest.raises(InputError, match=r"y\.work: is a file"):
        embed_into(model, tiny_screen, tmp_path / "y.parquet")
    assert (tmp_path / "d.parquet" / "thesis.txt").read_text() == "mine"
    assert (tmp_path / "y.work").read_text() == "mine"


def test_two_processes_never_write_one_file(
    tiny_screen: Screen, tmp_path: Path, model: Path
) -> None:
    out = tmp_path / "x.parquet"
    with held(out), pytest.raises(InputError, match="is being written by process") as caught:
        embed_into(model, tiny_screen.select(CHANNELS), out)
    assert "--wait" in str(caught.value)
    assert not (tmp_path / "x.work").exists()
    embed_into(model, tiny_screen.select(CHANNELS), out)


def test_tiles_are_compared_with_the_images_before_any_is_read(
    tiny_screen: Screen, tmp_path: Path, model: Path
) -> None:
    edit(model, lambda card: card["tiles"].update(size=64))
    with pytest.raises(InputError, match="do not fit into images of 40 x 48"):
        embed_into(model, tiny_screen.select(CHANNELS), tmp_path / "x.parquet")
    assert {path.name for path in tmp_path.iterdir()} == {"model"}

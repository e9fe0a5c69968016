"""A model that is given: a folder of ours with its own pixels, or a frozen network."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.auto.conftest import facts

from phenolens.auto.model import FILE, KEPT, given
from phenolens.core.errors import InputError
from phenolens.models.folder import load


def test_a_model_folder_is_copied_with_its_pixels_and_tiles(finished: Path, tmp_path: Path) -> None:
    source = finished / "models" / "joint"
    (tmp_path / KEPT).mkdir()
    (tmp_path / KEPT / "config.json").write_text("of another model")
    card = load(source).card
    tables, steps, choices = given(str(source), facts(), tmp_path, (*card.channels, "More"))
    assert tables["weights"] == KEPT
    assert tables["encoder"] == card.encoder
    assert tables["embedding"]["tiles"] == card.tiles
    assert steps is not None
    assert steps[0] == {"step": "select_channels", "channels": list(card.channels)}
    assert steps[-1]["step"] == "rescale"
    assert load(tmp_path / KEPT).card == card
    assert choices[0].name == "model"
    with pytest.raises(InputError, match="the screen lacks"):
        given(str(source), facts(), tmp_path, ("Other",))


def test_frozen_networks_by_name_and_what_is_none(tmp_path: Path) -> None:
    tables, steps, _ = given("timm:resnet18", facts(), tmp_path, ("DNA",))
    assert tables["encoder"] == {"name": "timm:resnet18"}
    assert steps is None
    (tmp_path / "net.onnx").write_bytes(b"other")
    given(f"onnx:{tmp_path / 'net.onnx'}", facts(), tmp_path, ("DNA",))
    (tmp_path / "net.onnx").write_bytes(b"net")  # a copy of before is not used in its place
    tables, _, _ = given(f"onnx:{tmp_path / 'net.onnx'}", facts(), tmp_path, ("DNA",))
    assert tables["encoder"]["name"] == f"onnx:{FILE}", "relative: the folder may be moved"
    assert (tmp_path / FILE).read_bytes() == b"net"
    with pytest.raises(InputError, match="no such file"):
        given("onnx:none.onnx", facts(), tmp_path, ("DNA",))
    with pytest.raises(InputError, match="there is no model there; name a model folder"):
        given(str(tmp_path), facts(), tmp_path, ("DNA",))

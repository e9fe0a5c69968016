"""A model's summary says what it is and where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.formats.origin import sha256_of
from phenolens.encoders.conv_net import ConvNet
from phenolens.models.card import WEIGHTS, Card
from phenolens.models.folder import Part, save
from phenolens.models.summary import summary
from phenolens.networks.projection import Projection


def test_a_folder_of_ours(tmp_path: Path) -> None:
    card = Card(
        encoder={"name": "conv_net", "widths": [4]}, channels=("DNA",), method={"name": "x"}
    )
    settings = {"dim": 4, "widths": (3,)}
    head = Part("projection", settings, Projection(4, (3,)))
    folder = save(tmp_path / "model", card, ConvNet(("DNA",), widths=(4,)), {"head": head})
    facts = summary(folder)
    assert facts["architecture"]["encoder"] == {"name": "conv_net", "widths": [4]}
    assert facts["architecture"]["head"]["name"] == "projection"
    assert facts["parameters"] == {"encoder": 4 * 9 + 2 * 4, "head": 4 * 3 + 3}
    assert (facts["channels"], facts["method"]) == (["DNA"], "x")
    assert facts["licence"] == "not stated"
    assert facts["sha256"] == sha256_of(folder / WEIGHTS)


def test_a_released_file(data_dir: Path) -> None:
    path = data_dir / "published-checkpoints" / "pheno-ml_convae.torch"
    facts = summary(path)
    assert facts["parameters"] == {"encoder": 94_692, "decoder": 94_689}
    assert facts["paper"] == "arXiv 2203.04289"
    assert facts["sha256"] == sha256_of(path)


def test_a_file_that_is_not_known(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / "a.pt")
    facts = summary(tmp_path / "a.pt")
    assert (facts["architecture"], facts["parameters"]) == ({}, {"all": 3})
    assert len(facts["near"]) == 3
    with pytest.raises(InputError, match="no such file"):
        summary(tmp_path / "b.pt")
    with pytest.raises(InputError, match="no model here"):
        summary(tmp_path)

"""A network of transformers by name or folder; code of a repository is never run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.encoders.transformers import Transformers
from phenolens.models.card import Card
from phenolens.models.folder import load, save

NAMES = ("DNA", "Actin")
TINY = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
TINY |= {"intermediate_size": 16, "image_size": 16, "patch_size": 8}


@pytest.fixture
def library() -> Any:
    try:
        return __import__("transformers")
    except (ImportError, RuntimeError) as error:  # torchvision for CUDA fails with CPU torch
        pytest.skip(f"transformers cannot be imported: {error}")


@pytest.fixture
def folder(library: Any, tmp_path: Path) -> Path:
    """Return a tiny network as the hub has it."""
    torch.manual_seed(0)
    network = library.AutoModel.from_config(library.AutoConfig.for_model("vit", **TINY))
    network.save_pretrained(tmp_path / "hub")
    prepared = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25], "size": 16}
    (tmp_path / "hub" / "preprocessor_config.json").write_text(json.dumps(prepared))
    return tmp_path / "hub"


@pytest.mark.parametrize("name", ["", "../x", "a/b/c", "https://x"])
def test_a_name_is_one_of_the_hub(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"model: .* is not the name of a network of the hub"):
        Transformers.check({"model": name, "folder": ""})
    with pytest.raises(InputError, match="model: src is a folder here; name it as `folder`"):
        Transformers.check({"model": "src", "folder": ""})
    with pytest.raises(InputError, match="folder: no such folder"):
        Transformers.check({"model": "", "folder": "absent"})


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match=r"pip install 'phenolens\[pretrained\]'"):
        Transformers(NAMES, model="facebook/dinov2-small")


def test_a_local_folder_gives_the_networks_own_tokens(
    folder: Path, library: Any, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"folder": str(folder)}
    encoder = Transformers(NAMES, **settings)
    x = torch.rand(2, 2, 16, 16)
    own = library.AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        given = (x[:, :1].expand(-1, 3, -1, -1) - 0.5) / 0.25
        expected = own(pixel_values=given).last_hidden_state[:, 0]
    torch.testing.assert_close(encoder(x)[:, :16], expected, rtol=1e-5, atol=1e-6)
    card = encoder.described(settings)
    assert (card["mean"], card["size"], card["folder"]) == ([0.5] * 3, 16, "")
    save(tmp_path / "m", Card(encoder={"name": "transformers", **card}, channels=NAMES), encoder)
    assert torch.equal(load(tmp_path / "m").encoder(x), encoder(x))


def test_code_of_a_repository_is_refused_in_words(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "evil.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"trust_remote_code.*never run here"):
        Transformers(NAMES, folder=str(folder))


def test_a_folder_without_weights_says_what_to_download(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"download config\.json, preprocessor_config"):
        Transformers(NAMES, folder=str(folder))

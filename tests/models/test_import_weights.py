"""Released weights become a model of ours that gives the released outputs; others are refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.models.card import CARD, WEIGHTS
from phenolens.models.folder import load
from phenolens.models.import_weights import (
    import_weights,
    nearness,
    recognise,
    released_encoder,
)
from phenolens.models.released import RELEASED, Released, shapes_of_released

TOLERANCE = 1e-5
UNSUPERVISED = "morpho-learner_unsupervised_aug_one_crop.torch"
SUPERVISED = "morpho-learner_weakly-supervised_aug_multi_crop.torch"
CONVAE = "pheno-ml_convae.torch"
OUTPUTS = {"decoder": "reconstruction", "head": "probabilities"}


def checkpoint(released: Released = RELEASED[0]) -> dict[str, Tensor]:
    """Return random weights under the names of the authors."""
    generator = torch.Generator().manual_seed(0)
    back = {"layers.": "encoder.", "parts.decoder.layers.": "decoder."}
    made = {}
    for name, shape in shapes_of_released(released).items():
        prefix = next(p for p in sorted(back, key=len, reverse=True) if name.startswith(p))
        made[back[prefix] + name.removeprefix(prefix)] = torch.randn(shape, generator=generator)
    return made


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[object], Path]:
    def save(content: object) -> Path:
        torch.save(content, tmp_path / "weights.torch")
        return tmp_path / "weights.torch"

    return save


@pytest.mark.parametrize(
    ("file", "images", "made_by", "part"),
    [
        (UNSUPERVISED, "tiles_64", "unsupervised", "decoder"),
        (SUPERVISED, "tiles_64", "weakly_supervised", "head"),
        (CONVAE, "image_128", "convae", "decoder"),
    ],
)
def test_the_papers_own_weights_give_the_papers_own_outputs(
    data_dir: Path, tmp_path: Path, file: str, images: str, made_by: str, part: str
) -> None:
    folder = data_dir / "published-checkpoints"
    expected = np.load(folder / "expected.npz")
    model = load(import_weights(folder / file, tmp_path / "model"), ["brightfield"])
    with torch.inference_mode():
        made = model.encoder(torch.from_numpy(expected[images]))
        out = model.parts[part](made)
    out = out.softmax(1) if part == "head" else out
    assert np.abs(made.numpy() - expected[f"{made_by}_embedding"]).max() < TOLERANCE
    assert np.abs(out.numpy() - expected[f"{made_by}_{OUTPUTS[part]}"]).max() < TOLERANCE
    about = model.card.provenance
    assert about["file"] == file
    assert about["licence"].startswith("none is stated")


@pytest.mark.parametrize("wrap", ["plain", "state_dict", "module", "double"])
def test_siblings_are_recognised_as_they_are_saved(
    saved: Callable[[object], Path], tmp_path: Path, wrap: str
) -> None:
    weights = checkpoint()
    forms: dict[str, object] = {
        "plain": weights,
        "state_dict": {"epoch": 50, "state_dict": weights},
        "module": {f"module.{name}": value for name, value in weights.items()},
        "double": {name: value.double() for name, value in weights.items()},
    }
    model = load(import_weights(saved(forms[wrap]), tmp_path / "model"))
    state = model.parts["decoder"].state_dict()
    assert torch.equal(state["layers.8.bias"], weights["decoder.8.bias"])
    assert torch.equal(model.encoder.state_dict()["layers.0.weight"], weights["encoder.0.weight"])


def test_what_is_unknown_is_refused_with_what_is_known_and_how_near_it_is(
    saved: Callable[[object], Path], tmp_path: Path
) -> None:
    weights = checkpoint()
    coloured = {**weights, "encoder.0.weight": torch.zeros(64, 3, 3, 3)}
    with pytest.raises(InputError) as refused:
        import_weights(saved(coloured), tmp_path / "model")
    assert "weights.torch: is of no architecture that is known here" in str(refused.value)
    for released in RELEASED:
        assert released.name in str(refused.value)
    assert not (tmp_path / "model").exists()
    first = nearness(coloured)[0]
    assert "15 of 16 tensors fit; encoder.0.weight is (64, 3, 3, 3), not (64, 1, 3, 3)" in first
    without = {name: value for name, value in weights.items() if name != "decoder.8.bias"}
    assert nearness(without)[0].endswith("lacks parts.decoder.layers.8.bias")
    extra = {**weights, "classifier.weight": torch.zeros(2)}
    assert recognise(extra) is None
    assert nearness(extra)[0].endswith("16 of 16 tensors fit; it has no classifier.weight")


def test_code_in_a_file_is_never_run(saved: Callable[[object], Path], tmp_path: Path) -> None:
    class Code:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path(tmp_path / "run").touch, ())  # type: ignore[return-value]

    with pytest.raises(InputError, match="cannot read weights without running code"):
        import_weights(saved({**checkpoint(), "epoch": Code()}), tmp_path / "model")
    assert not (tmp_path / "run").exists()


def test_weights_that_are_not_finite_are_refused(
    saved: Callable[[object], Path], tmp_path: Path
) -> None:
    weights = {**checkpoint(), "decoder.0.bias": torch.full((32,), torch.nan)}
    with pytest.raises(InputError, match=r"weights are not finite: layers\.0\.bias"):
        import_weights(saved(weights), tmp_path / "model")


def test_only_a_folder_of_its_own_is_written(
    saved: Callable[[object], Path], tmp_path: Path
) -> None:
    path = saved(checkpoint())
    folder = import_weights(path, tmp_path / "model")
    import_weights(path, folder)  # a model of ours is replaced
    assert sorted(entry.name for entry in folder.iterdir()) == [CARD, WEIGHTS]
    (folder / "notes.txt").write_text("mine")
    for out, why in ((folder, "such as notes.txt"), (path, "is not a folder"), (tmp_path, "holds")):
        with pytest.raises(InputError, match=why):
            import_weights(path, out)
    others = tmp_path / "others"
    others.mkdir()
    (others / CARD).write_text('{"model_type": "vit"}')
    with pytest.raises(InputError, match=r"holds other files, such as config\.json"):
        import_weights(path, others)
    assert (others / CARD).read_text() == '{"model_type": "vit"}'


class _Killed(BaseException):
    """Stands for the end of the process: nothing is cleaned up after it."""


def _killed(path: Path, folder: Path, last: int) -> bool:
    """Import until a file is renamed or removed for the n-th time; return whether it ended so."""
    left = iter(range(last))
    dead = False

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def counting(*given: object, **named: object) -> object:
            nonlocal dead
            dead = dead or next(left, None) is None
            if dead:
                raise _Killed
            return call(*given, **named)

        return counting

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.getpid", lambda: 4_194_303)  # no process of this test has this number
        for owner, name in ((Path, "replace"), (Path, "unlink"), (shutil, "rmtree")):
            patch.setattr(owner, name, counted(getattr(owner, name)))
        try:
            import_weights(path, folder)
        except _Killed:
            return True
    return False


@pytest.mark.parametrize("older", [False, True], ids=["new folder", "older model"])
def test_an_import_that_was_killed_is_given_again(
    saved: Callable[[object], Path], tmp_path: Path, *, older: bool
) -> None:
    path = saved(checkpoint())
    whole = import_weights(path, tmp_path / "whole")
    before = {CARD: (whole / CARD).read_bytes(), WEIGHTS: b"of another checkpoint"}
    ended = 0
    while True:
        folder = tmp_path / str(ended)
        folder.mkdir()
        for name, content in before.items() if older else ():
            (folder / name).write_bytes(content)
        if not _killed(path, folder, ended):
            break
        ended += 1
        import_weights(path, folder)
        assert sorted(entry.name for entry in folder.iterdir()) == [CARD, WEIGHTS]
        assert (folder / WEIGHTS).read_bytes() == (whole / WEIGHTS).read_bytes()
    assert ended > 6


def test_the_encoder_of_a_release_is_taken_by_our_names_and_others_are_none(
    saved: Callable[[object], Path],
) -> None:
    released = RELEASED[0]
    path = saved(checkpoint(released))
    encoder, _ = released.build()
    found = released_encoder(path)
    assert found is not None
    assert set(found) == set(encoder.state_dict())
    torch.testing.assert_close(found["layers.0.weight"], checkpoint(released)["encoder.0.weight"])
    assert released_encoder(saved({"fc.weight": torch.zeros(2, 2)})) is None

"""Methods by name: which a network allows, and that they are those of their files."""

from __future__ import annotations

import pytest
import torch
from tests.importance.conftest import Frozen, Linear, numbers

from phenolens.core.errors import InputError
from phenolens.encoders.conv_net import ConvNet
from phenolens.encoders.vit import Vit
from phenolens.importance import makers
from phenolens.importance.makers import METHODS, MapMaker, as_shown, check_methods

WEIGHTS, X = numbers(2, 3, 4, 4), numbers(2, 3, 4, 4, seed=1)
BASELINE, SLOPE = numbers(2, 3, 4, 4, seed=2), numbers(2, 2, seed=3)


def maker(encoder: torch.nn.Module, patch: int = 2) -> MapMaker:
    return MapMaker.of(encoder, encoder, patch, 4)


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_both_agree_on_a_linear_score(method: str) -> None:
    if method == "integrated_gradients":
        pytest.importorskip("captum", reason="captum is not installed")
    made, double = maker(Linear(WEIGHTS)).make(method, X, BASELINE, SLOPE, 2 * SLOPE)
    pixels = torch.einsum("nd,dchw->nchw", SLOPE, WEIGHTS) * (X - BASELINE)
    by_hand = pixels.unfold(2, 2, 2).unfold(3, 2, 2).sum(dim=(4, 5))
    torch.testing.assert_close(made, by_hand, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(double, 2 * made, rtol=1e-5, atol=1e-5)


def test_what_a_network_does_not_allow_is_left_out_with_a_reason() -> None:
    pytest.importorskip("captum", reason="captum is not installed")
    images = torch.rand(1, 2, 16, 16)
    conv = maker(ConvNet(("a", "b"), widths=(8,)), 4).possible(METHODS, images)
    assert conv[0] == ("integrated_gradients", "occlusion", "grad_cam")
    assert conv[1] == ("attention_gradients was left out: the encoder has no attention",)
    vit = maker(Vit(("a", "b"), size="tiny", depth=1, patch=8, image=16), 4)
    assert vit.possible(METHODS, images)[0] == tuple(m for m in METHODS if m != "grad_cam")
    (made,) = vit.make("attention_gradients", images, images, torch.ones(1, 192))
    assert made.shape == (1, 1, 4, 4)  # 2 x 2 patches on a grid of 4 x 4
    frozen = maker(Frozen(WEIGHTS))
    assert frozen.possible(METHODS, X)[0] == ("occlusion",)
    with pytest.raises(InputError, match=r"frozen and passes no gradients on.*\"occlusion\""):
        frozen.possible(["integrated_gradients"], X)
    with pytest.raises(InputError, match="patches of 3 px do not fill"):
        maker(Linear(WEIGHTS), 3).possible(METHODS, X)


def test_without_captum_its_methods_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(makers, "find_spec", lambda _: None)
    allowed, notes = maker(Linear(WEIGHTS)).possible(METHODS, X)
    assert allowed == ("occlusion",)
    assert "integrated_gradients was left out: captum is not installed" in notes[0]


def test_feature_maps_are_brought_to_the_grid() -> None:
    pytest.importorskip("captum", reason="captum is not installed")
    encoder = ConvNet(("a", "b"), widths=(8,))
    (made,) = maker(encoder, 4).make("grad_cam", *[torch.rand(2, 2, 16, 16)] * 2, torch.ones(2, 8))
    assert made.shape == (2, 1, 4, 4)


def test_only_what_raises_the_score_is_shown() -> None:
    maps = torch.tensor([[[[1.0, -3.0]], [[1.0, 1.0]]]])
    assert as_shown(maps).tolist() == [[[2.0, 0.0]]]


def test_names_of_methods_are_checked() -> None:
    check_methods(METHODS)
    for wrong in ((), ("occlusion", "occlusion")):
        with pytest.raises(InputError, match="must be different names"):
            check_methods(wrong)
    with pytest.raises(InputError, match=r"'saliency' is not a method.*occlusion"):
        check_methods(("saliency",))

"""MAE: what is hidden is never seen, and only what is hidden is scored."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.conv_net import ConvNet
from phenolens.encoders.vit import Vit
from phenolens.methods.base import Clock, example_views
from phenolens.methods.mae import Mae
from phenolens.networks.patches import patches_of, random_order

CLOCK = Clock(step=1, steps=4, epoch=0, epochs=1)
FACTS = ViewFacts(("DNA", "ER", "Actin"), {"global": 32})


def make(**settings: Any) -> tuple[Mae, Views]:
    torch.manual_seed(0)
    encoder = Vit(FACTS.channels, size="tiny", depth=1, patch=8, image=32)
    small = {"width": 16, "depth": 1, "heads": 2}
    return Mae(encoder, FACTS, **{**small, **settings}), example_views(FACTS)


def order_of(method: Mae, views: Views, view: int = 0, step: int = 1) -> torch.Tensor:
    rows = views.rows[:, views.sources[view]]
    return random_order(rows, 16, method.mask_seed + 1000 * step + view)


@torch.no_grad()
@pytest.mark.parametrize("normalise", [True, False])
def test_loss_equals_a_loop_over_hidden_patches(*, normalise: bool) -> None:
    method, views = make(normalise=normalise)
    terms = []
    for view, image in enumerate(views.images):
        order = order_of(method, views, view)
        keep = order[:, :4]
        drawn = method.decoder(method.encoder.tokens(image, keep), keep, (4, 4)).double()
        for i, patches in enumerate(patches_of(image, 8).double()):
            for p in order[i, 4:].tolist():
                wanted = patches[p]
                if normalise:
                    wanted = (wanted - wanted.mean()) / (wanted.var() + 1e-6).sqrt()
                terms.append((drawn[i, p] - wanted).square().mean().item())
    found = method.loss(views, CLOCK).terms["hidden"].item()
    assert found == pytest.approx(sum(terms) / len(terms), rel=1e-4)


@torch.no_grad()
def test_hidden_pixels_never_reach_the_encoder() -> None:
    method, views = make(normalise=False)
    image, order = views.images[0], order_of(method, views)
    changed = patches_of(image, 8).clone()
    for i in range(len(image)):
        changed[i, order[i, 4:]] = 9.0
    back = changed.reshape(-1, 4, 4, 3, 8, 8).permute(0, 3, 1, 4, 2, 5).reshape(image.shape)
    first = method.loss(views, CLOCK).embedding
    other = Views((back, views.images[1]), views.kinds, views.sources, views.rows)
    assert torch.allclose(method.loss(other, CLOCK).embedding, first, atol=1e-6)


def test_each_step_hides_others_and_a_share_of_three_quarters() -> None:
    method, views = make()
    one, two = order_of(method, views), order_of(method, views, step=2)
    assert not torch.equal(one, two)
    assert method._seen(16) == 4
    assert make(mask_ratio=0.5)[0]._seen(16) == 8


def test_another_encoder_and_views_of_one_patch_are_refused() -> None:
    with pytest.raises(
        InputError, match="from a vision transformer, got ConvNet; use name = 'vit'"
    ):
        Mae(ConvNet(FACTS.channels, widths=(4,)), FACTS)
    small = ViewFacts(FACTS.channels, {"global": 8})
    encoder = Vit(FACTS.channels, size="tiny", depth=1, patch=8, image=32)
    with pytest.raises(InputError, match=r"views\.crops\.global_size: of 1 patches of 8 px"):
        Mae(encoder, small)
    with pytest.raises(InputError, match="width: must be a multiple of 4"):
        make(width=18, heads=3)


def test_the_decoder_is_kept() -> None:
    method, _ = make()
    assert method.parts()["decoder"].name == "mae_decoder"
    assert method.parts()["decoder"].settings["channels"] == 3

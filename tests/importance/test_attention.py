"""Maps against attention written out, and shares of mass by hand."""

from __future__ import annotations

import torch

from phenolens.encoders.vit import Vit
from phenolens.importance.attention import kept_mass, last_attention, rollout


def vit() -> tuple[Vit, torch.Tensor]:
    torch.manual_seed(0)
    net = Vit(("a", "b"), size="tiny", patch=8, image=16, depth=3).eval()
    return net, torch.rand(2, 2, 16, 24, generator=torch.Generator().manual_seed(1))


def test_the_last_block_gives_the_row_of_the_image_without_itself() -> None:
    net, images = vit()
    with torch.no_grad():
        maps = last_attention(net, images, 8)
        weights = net.attention(images)
    assert maps.shape == (2, 3, 2, 3)
    row = weights[1, 2, 0, 1:]
    torch.testing.assert_close(maps[1, 2].flatten(), row / row.sum())


def test_rollout_is_the_product_of_the_blocks_with_their_shortcuts() -> None:
    net, images = vit()
    with torch.no_grad():
        made = rollout(net, images, 8)[1].double()
        first, second, third = (w[1].double().mean(dim=0) for w in net.attentions(images))
    eye = torch.eye(len(first), dtype=torch.float64)
    joint = (third + eye) / 2 @ (second + eye) / 2 @ (first + eye) / 2
    row = joint[0, 1:]
    torch.testing.assert_close(made.flatten(), row / row.sum(), rtol=1e-5, atol=1e-7)


def test_the_fewest_patches_that_hold_the_share_are_kept() -> None:
    maps = torch.tensor([[[0.5, 0.3], [0.15, 0.05]]])
    assert kept_mass(maps, 0.5).tolist() == [[[True, False], [False, False]]]
    assert kept_mass(maps, 0.6).tolist() == [[[True, True], [False, False]]]
    assert kept_mass(maps, 1.0).all()

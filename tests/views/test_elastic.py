"""Elastic displacements have the size and the smoothness that they are defined by."""

from __future__ import annotations

import math

import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.views.crops import Crops
from phenolens.views.elastic import Elastic


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_displacements_are_normal_with_their_strength_everywhere() -> None:
    field = Elastic(strength=3.0, scale=4.0).draw((3000, 1, 16), seeded())[:, 0] * 16 / 2
    assert field.shape == (3000, 16, 16, 2)
    assert field.std(dim=0).sub(3).abs().max() < 0.25  # 5 standard errors of 3 / sqrt(6000)
    assert field.mean(dim=0).abs().max() < 0.3
    beyond = (field[:, 0, 0].abs() > 1.96 * 3).float().mean().item()
    assert beyond == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("scale", [2.0, 5.0])
@pytest.mark.parametrize("away", [1, 3, 6])
def test_neighbours_move_alike(scale: float, away: int) -> None:
    field = Elastic(strength=1.0, scale=scale).draw((4000, 1, 12), seeded())[:, 0]
    expected = math.exp(-(away**2) / (4 * scale**2))
    for x in (field[:, 2:, 3, 0], field[:, 3, 2:, 1]):
        pair = torch.corrcoef(torch.stack((x[:, 0], x[:, away])))[0, 1].item()
        assert pair == pytest.approx(expected, abs=0.06)
    both = torch.corrcoef(field[:, 3, 3].T)[0, 1].item()
    assert abs(both) < 0.06


def test_a_share_of_views_is_deformed() -> None:
    field = Elastic(strength=1.0, p=0.5).draw((500, 4, 4), seeded()).flatten(2)
    assert field.any(dim=2).float().mean().item() == pytest.approx(0.5, abs=0.06)


def test_a_view_shows_the_image_at_the_moved_places() -> None:
    """In a plane the pixel is its own place, so the view says where each pixel came from."""
    y, x = torch.meshgrid(torch.arange(64.0) + 0.5, torch.arange(64.0) + 0.5, indexing="ij")
    images = torch.stack((x, y)).expand(4, 2, 64, 64)
    elastic = Elastic(strength=1.0, scale=4.0)
    still = Crops(global_size=16, global_area=(0.25, 0.25), flip=False)
    moved = Crops(global_size=16, global_area=(0.25, 0.25), flip=False, elastic=elastic)
    (before,) = still.cut(images, "global", 1, seeded())
    (after,) = moved.cut(images, "global", 1, seeded())
    repeat = seeded()
    still.cut(images, "global", 1, repeat)
    field = elastic.draw((4, 1, 16), repeat)[:, 0].permute(0, 3, 1, 2)
    # A view of 16 pixels shows 32: a displacement of half a view is 16 pixels of the image.
    wanted = before + 16 * field
    inside = ((wanted > 0.5) & (wanted < 63.5)).all(dim=1, keepdim=True).expand_as(after)
    assert inside.float().mean() > 0.5
    assert (after - wanted)[inside].abs().max() < 1e-3


def test_processes_that_share_a_batch_deform_it_as_one() -> None:
    images = torch.rand(6, 2, 20, 20)
    crops = Crops(global_size=8, elastic=Elastic(strength=1.0, p=0.6))
    whole = crops.cut(images, "global", 2, seeded())
    for rank in range(3):
        mine = crops.cut(images[rank::3], "global", 2, seeded(), (rank, 3))
        assert all(
            torch.allclose(m, w[rank::3], atol=1e-6) for m, w in zip(mine, whole, strict=True)
        )


@pytest.mark.parametrize("wrong", [{"strength": -1.0}, {"scale": 0.0}, {"p": 2.0}])
def test_wrong_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be from"):
        Elastic(**wrong)

"""Cuts of images whose every pixel is known: planes, numbers, and torch's own flips and turns."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from phenolens.core.errors import InputError
from phenolens.views.crops import Crops

WHOLE = (1.0, 1.0)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rectangles(theta: Tensor, height: int, width: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return (x, y, width, height) of each cut in pixels, from its affine map."""
    x, y = (theta[:, 0, 2] + 1) * width / 2, (theta[:, 1, 2] + 1) * height / 2
    return x, y, theta[:, 0, :2].norm(dim=1) * width, theta[:, 1, :2].norm(dim=1) * height


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_the_whole_image_at_its_own_size_is_the_image(channels: int) -> None:
    images = torch.rand(3, channels, 16, 16)
    crops = Crops(global_size=16, global_area=WHOLE, flip=False)
    (view,) = crops.cut(images, "global", 1, seeded())
    assert view.shape == images.shape
    assert (view - images).abs().max() < 1e-5


@pytest.mark.parametrize("rotate", ["none", "quarter"])
def test_flips_and_quarter_turns_are_torchs(rotate: Any) -> None:
    images = torch.rand(64, 2, 16, 16)
    crops = Crops(global_size=16, global_area=WHOLE, rotate=rotate)
    (views,) = crops.cut(images, "global", 1, seeded())
    turns = range(4) if rotate == "quarter" else range(1)
    ways = [(k, dims) for k, dims in product(turns, [(), (2,), (3,), (2, 3)])]
    met = set()
    for image, view in zip(images, views, strict=True):
        fits = {
            way
            for way in ways
            if (torch.rot90(image.flip([d - 1 for d in way[1]]), way[0], (1, 2)) - view).abs().max()
            < 1e-5
        }
        assert fits
        met |= fits
    assert met == set(ways)  # all of them occur


@pytest.mark.parametrize("seed", range(3))
def test_turned_and_mirrored_cuts_show_the_rectangle_of_the_plain_one(seed: int) -> None:
    """Of an oblong rectangle too: it is cut, brought to a square, and then turned."""
    images = torch.rand(8, 1, 40, 48)
    area, aspect = (0.2, 0.5), (0.5, 2.0)
    (views,) = Crops(global_size=12, global_area=area, aspect=aspect, rotate="quarter").cut(
        images, "global", 1, seeded(seed)
    )
    plain = Crops(global_size=12, global_area=area, aspect=aspect, flip=False)
    (square,) = plain.cut(images, "global", 1, seeded(seed))
    for view, upright in zip(views, square, strict=True):
        ways = [
            torch.rot90(upright.flip(dims), k, (1, 2)) for k, dims in product(range(4), [(), (1,)])
        ]
        assert min((view - way).abs().max() for way in ways) < 1e-4


def test_a_cut_of_a_plane_has_the_mean_of_its_rectangle() -> None:
    y, x = torch.meshgrid(torch.arange(40.0) + 0.5, torch.arange(48.0) + 0.5, indexing="ij")
    images = torch.stack([x, y]).expand(200, 2, 40, 48)  # each pixel holds its centre's place
    crops = Crops(global_size=8, global_area=(0.05, 0.3), aspect=(0.7, 1.4))
    theta = crops._draw(200, (40, 48), (0.05, 0.3), seeded())
    (views,) = crops.cut(images, "global", 1, seeded())
    at_x, at_y, wide, high = rectangles(theta, 40, 48)
    # Half a pixel at the border is extrapolated by reflection; cuts that touch it are left out.
    inside = ((at_x - wide / 2 > 0.5) & (at_x + wide / 2 < 47.5)) & (
        (at_y - high / 2 > 0.5) & (at_y + high / 2 < 39.5)
    )
    assert inside.sum() > 100
    mean = views.mean(dim=(2, 3))
    assert (mean[inside, 0] - at_x[inside]).abs().max() < 1e-3
    assert (mean[inside, 1] - at_y[inside]).abs().max() < 1e-3


@pytest.mark.parametrize("rotate", ["none", "quarter"])
def test_areas_and_shapes_lie_within_their_bounds_and_the_image(rotate: Any) -> None:
    crops = Crops(global_area=(0.1, 0.3), aspect=(0.5, 2.0), rotate=rotate)
    theta = crops._draw(3000, (40, 48), crops.global_area, seeded())
    x, y, wide, high = rectangles(theta, 40, 48)
    share = wide * high / (40 * 48)
    assert 0.1 - 1e-4 <= share.min() < 0.11
    assert 0.29 < share.max() <= 0.3 + 1e-4
    ratio = wide / high
    assert 0.5 - 1e-4 <= ratio.min() < 0.55
    assert 1.9 < ratio.max() <= 2 + 1e-4
    assert ratio.log().mean().abs() < 0.05  # tall as often as wide
    slack = 1e-3
    assert ((x - wide / 2 > -slack) & (x + wide / 2 < 48 + slack)).all()
    assert ((y - high / 2 > -slack) & (y + high / 2 < 40 + slack)).all()


def test_any_angle_is_turned_by() -> None:
    theta = Crops(rotate="any", flip=False)._draw(4000, (32, 32), (0.2, 0.2), seeded())
    angle = torch.atan2(theta[:, 1, 0], theta[:, 0, 0])
    counts = torch.histc(angle, bins=8, min=-torch.pi, max=torch.pi)
    assert (counts / 4000 - 1 / 8).abs().max() < 0.02
    lengths = theta[:, :, :2].norm(dim=1)
    assert torch.allclose(lengths, lengths[:1, :1].expand_as(lengths), atol=1e-5)


def test_kinds_and_sizes_of_views() -> None:
    crops = Crops(global_views=2, local_views=3, global_size=32, local_size=8)
    assert crops.kinds == ("global", "global", "local", "local", "local")
    assert crops.sizes == {"global": 32, "local": 8}
    assert Crops(global_views=1, local_views=0).sizes == {"global": 224}


def test_all_views_of_a_kind_are_one_resampling(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, ...]] = []
    true = functional.grid_sample

    def spy(images: Tensor, grid: Tensor, **settings: Any) -> Tensor:
        calls.append(tuple(grid.shape))
        return true(images, grid, **settings)

    monkeypatch.setattr(functional, "grid_sample", spy)
    views = Crops(local_size=8).cut(torch.rand(3, 2, 20, 20), "local", 5, seeded())
    assert calls == [(3, 5 * 8, 8, 2)]
    assert [tuple(view.shape) for view in views] == [(3, 2, 8, 8)] * 5
    assert not torch.equal(views[0], views[1])


def test_same_seed_same_cuts() -> None:
    images = torch.rand(2, 1, 20, 20)
    crops = Crops(global_size=8, rotate="any")
    one, two, other = (crops.cut(images, "global", 2, seeded(s)) for s in (0, 0, 1))
    assert all(map(torch.equal, one, two))
    assert not torch.equal(one[0], other[0])


def test_processes_that_share_a_batch_cut_it_as_one() -> None:
    images = torch.rand(6, 2, 20, 20)
    crops = Crops(global_size=8, rotate="any")
    whole = crops.cut(images, "global", 2, seeded())
    for rank in range(2):
        part = crops.cut(images[rank::2], "global", 2, seeded(), (rank, 2))
        for mine, all_of_it in zip(part, whole, strict=True):
            assert torch.equal(mine, all_of_it[rank::2])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"global_area": (0.3, 0.2)}, "global_area: must be two shares"),
        ({"local_area": (0.0, 0.2)}, "local_area: must be two shares"),
        ({"global_area": (0.5, 1.5)}, "global_area: must be two shares"),
        ({"aspect": (0.0, 1.0)}, "aspect: must be two numbers from 0.01"),
        ({"aspect": (2.0, 1.0)}, "aspect: must be two numbers from 0.01"),
        ({"global_views": 0}, "global_views: must be from 1 to 1000, got 0"),
        ({"local_views": -1}, "local_views: must be from 0 to 1000, got -1"),
        ({"global_size": 0}, "global_size: must be from 1 to 65536, got 0"),
        ({"local_size": -8}, "local_size: must be from 1 to 65536, got -8"),
    ],
)
def test_impossible_cuts_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Crops(**settings)


def test_each_view_may_have_an_area_of_its_own_and_1_is_the_whole_image() -> None:
    """Torchvision's crop of scale (1, 1) mostly falls back to a centre crop; ours is the image."""
    areas = (WHOLE, (0.5, 0.75), (0.25, 0.5))
    crops = Crops(
        global_views=3, local_views=0, global_size=40, areas=areas, aspect=(0.75, 4 / 3), flip=False
    )
    theta = crops._draw(3000, (40, 40), areas, seeded()).reshape(1000, 3, 2, 3)
    for view, (low, high) in enumerate(areas):
        _, _, wide, high_ = rectangles(theta[:, view], 40, 40)
        share = wide * high_ / 1600
        assert share.min() >= low - 1e-4
        assert share.max() <= high + 1e-4
        assert share.min().item() == pytest.approx(low, abs=0.01)
    images = torch.rand(2, 1, 40, 40)
    first, *_ = crops.cut(images, "global", 3, seeded(), areas=areas)
    assert (first - images).abs().max() < 1e-4


@pytest.mark.parametrize(("flip", "dims"), [("horizontal", (3,)), ("vertical", (2,))])
def test_a_named_flip_is_that_one_alone_half_of_the_time(flip: Any, dims: tuple[int]) -> None:
    images = torch.rand(200, 1, 8, 8)
    (views,) = Crops(global_size=8, global_area=WHOLE, flip=flip).cut(images, "global", 1, seeded())
    same = (views - images).abs().flatten(1).amax(1) < 1e-5
    turned = (views - images.flip(dims)).abs().flatten(1).amax(1) < 1e-5
    assert (same | turned).all()
    assert 70 < turned.sum() < 130


def test_areas_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="areas: needs one pair for each of the 2 global and 8"):
        Crops(areas=(WHOLE,))
    with pytest.raises(InputError, match=r"areas\[1\]: must be two shares"):
        Crops(global_views=2, local_views=0, areas=(WHOLE, (0.5, 0.2)))

"""Intensity changes against their formula, with the same draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.views.augment import Intensity


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_off_by_default() -> None:
    images = torch.rand(2, 3, 4, 4)
    assert Intensity()(images, seeded()) is images
    assert Intensity(gain=0.5, noise=0.1, p=0.0)(images, seeded()) is images


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_equals_its_formula_worked_in_float64(channels: int) -> None:
    images = torch.rand(4, channels, 5, 6, generator=seeded(1)) + 0.01
    made = Intensity(gain=0.2, offset=0.1, gamma=0.3, noise=0.05, p=0.6)(images, seeded(2))
    draws = seeded(2)  # the same draws, in the order of the settings
    chosen = (torch.rand(4, 1, generator=draws) < 0.6).double()
    gain, offset, gamma = torch.randn(3, 4, channels, generator=draws).double() * chosen
    noise = torch.randn(4, channels, 5, 6, generator=draws).double()
    for i in range(4):
        for c in range(channels):
            x = images[i, c].double() ** torch.exp(0.3 * gamma[i, c])
            x = x * (1 + 0.2 * gain[i, c]) + 0.1 * offset[i, c] + 0.05 * noise[i, c] * chosen[i]
            assert torch.allclose(made[i, c].double(), x, atol=1e-6)
    assert 0 < chosen.sum() < 4
    untouched = chosen[:, 0] == 0
    assert torch.equal(made[untouched], images[untouched])


def test_gain_and_offset_spread_by_their_settings() -> None:
    images = torch.full((20_000, 1, 1, 1), 0.5)
    gained = Intensity(gain=0.2)(images, seeded())
    assert gained.mean().item() == pytest.approx(0.5, abs=0.003)
    assert gained.std().item() == pytest.approx(0.5 * 0.2, rel=0.03)
    moved = Intensity(offset=0.3)(images, seeded())
    assert moved.std().item() == pytest.approx(0.3, rel=0.03)
    bent = Intensity(gamma=0.4)(images, seeded())
    assert (bent.log() / np.log(0.5)).log().std().item() == pytest.approx(0.4, rel=0.03)


def test_a_share_of_views_is_changed() -> None:
    images = torch.full((5000, 1, 1, 1), 0.5)
    made = Intensity(gain=0.2, p=0.3)(images, seeded())
    assert (made != 0.5).float().mean().item() == pytest.approx(0.3, abs=0.02)


def test_black_pixels_stay_finite_under_gamma() -> None:
    made = Intensity(gamma=1.0)(torch.zeros(50, 2, 2, 2).requires_grad_(), seeded())
    torch.autograd.backward(made.sum())
    assert torch.isfinite(made).all()


def test_processes_that_share_a_batch_change_it_as_one() -> None:
    images = torch.rand(6, 2, 4, 4)
    change = Intensity(gain=0.2, offset=0.1, gamma=0.3, noise=0.05, p=0.5)
    whole = change(images, seeded())
    for rank in range(3):
        assert torch.equal(change(images[rank::3], seeded(), (rank, 3)), whole[rank::3])


@pytest.mark.parametrize("wrong", [{"gain": -0.1}, {"noise": -1.0}, {"p": 1.5}, {"p": -0.1}])
def test_negative_spreads_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be from 0 to 1"):
        Intensity(**wrong)


def test_brightness_and_contrast_are_even_around_1_in_each_channel() -> None:
    images = torch.full((20_000, 2, 1, 2), 0.5)
    images[..., 1] = 0.7  # mean 0.6, half the distance 0.1
    brighter = Intensity(brightness=0.3)(images, seeded()) / images
    assert brighter.min() >= 0.7 - 1e-6
    assert brighter.max() <= 1.3 + 1e-6
    assert brighter.std().item() == pytest.approx(0.6 / 12**0.5, rel=0.02)
    steeper = Intensity(contrast=0.4)(images, seeded())
    assert torch.allclose(steeper.mean(dim=3), images.mean(dim=3), atol=1e-6)
    factor = (steeper[..., 1] - steeper[..., 0]) / 0.2
    assert factor.std().item() == pytest.approx(0.8 / 12**0.5, rel=0.02)
    assert abs(torch.corrcoef(factor[..., 0].T)[0, 1].item()) < 0.03  # each channel its own


def test_channels_are_dropped_with_their_probability_and_one_is_kept() -> None:
    made = Intensity(drop=0.3)(torch.ones(20_000, 3, 1, 1), seeded())[..., 0, 0]
    assert (made == 0).float().mean().item() == pytest.approx(0.3 - 0.3**3 / 3, abs=0.01)
    assert made.any(dim=1).all()
    alone = Intensity(drop=1.0)(torch.ones(9000, 3, 1, 1), seeded())[..., 0, 0]
    assert (alone.sum(dim=1) == 1).all()
    assert (alone.mean(dim=0) - 1 / 3).abs().max() < 0.03
    assert Intensity(drop=1.0)(torch.ones(5, 1, 2, 2), seeded()).all()


def test_saturated_pixels_become_even_noise_and_others_stay() -> None:
    images = torch.rand(50, 2, 20, 20, generator=seeded(1))
    images[:, :, :10] = 1.0
    made = Intensity(saturation=0.2)(images, seeded())
    assert torch.equal(made[:, :, 10:], images[:, :, 10:])
    noise = made[:, :, :10]
    assert noise.min() >= 0.8
    assert noise.max() <= 1
    assert noise.mean().item() == pytest.approx(0.9, abs=0.002)
    assert noise.std().item() == pytest.approx(0.2 / 12**0.5, rel=0.02)


def test_local_views_have_a_share_of_their_own() -> None:
    """CDCL: 0.8 of the global views, 0.5 of the local ones."""
    images = torch.full((5000, 1, 1, 1), 0.5)
    change = Intensity(gain=0.1, offset=0.1, p=0.8, local_p=0.5)
    shares = [
        (change(images, seeded(), (0, 1), kind) != 0.5).float().mean().item()
        for kind in ("global", "local")
    ]
    assert shares == pytest.approx([0.8, 0.5], abs=0.02)


def test_all_changes_together_are_shared_and_leave_the_older_draws_as_they_were() -> None:
    images = torch.rand(6, 2, 4, 4, generator=seeded(3)).round(decimals=1)
    change = Intensity(
        gain=0.2, noise=0.1, brightness=0.2, contrast=0.3, drop=0.3, saturation=0.2, p=0.7
    )
    whole = change(images, seeded())
    for rank in range(3):
        assert torch.equal(change(images[rank::3], seeded(), (rank, 3)), whole[rank::3])
    old, new = Intensity(gain=0.2), Intensity(gain=0.2, drop=1e-12)
    assert torch.equal(old(images, seeded()), new(images, seeded()))

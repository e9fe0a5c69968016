from __future__ import annotations

import numpy as np
import pytest

from phenolens.masks.foreground import foreground, nuclear_channel, otsu, separation


def test_a_disc_is_found_and_noise_has_none() -> None:
    y, x = np.mgrid[:60, :60]
    disc = (y - 30) ** 2 + (x - 30) ** 2 < 15**2
    rng = np.random.default_rng(0)
    image = rng.poisson(np.where(disc, 3000, 300)).astype(np.uint16)
    found = foreground(image)
    assert (found & disc).sum() / (found | disc).sum() > 0.85
    assert not foreground(rng.poisson(300, (60, 60)).astype(np.uint16)).any()
    assert not foreground(np.full((60, 60), 7, dtype=np.uint16)).any()


def test_threshold_is_otsus_worked_by_trying_them_all() -> None:
    rng = np.random.default_rng(2)
    image = np.concatenate([rng.normal(200, 30, 3000), rng.normal(2000, 400, 500)]).clip(1)
    log = np.log1p(image)
    edges = np.linspace(log.min(), log.max(), 257)
    bins = np.digitize(log, edges[1:-1])
    centres = (edges[1:] + edges[:-1]) / 2
    within = [
        (bins <= k).sum() * centres[bins[bins <= k]].var()
        + (bins > k).sum() * centres[bins[bins > k]].var()
        for k in range(255)
    ]
    assert otsu(image.reshape(50, 70)) == pytest.approx(np.expm1(centres[np.argmin(within)]))


def test_separation_of_two_halves_of_noise_is_known() -> None:
    noise = np.expm1(np.random.default_rng(3).normal(5, 0.1, (400, 400)))
    expected = 2 * np.sqrt(2 / np.pi) / np.sqrt(1 - 2 / np.pi)
    assert separation(noise, float(np.expm1(5))) == pytest.approx(expected, rel=0.01)
    assert separation(noise, np.inf) == 0


def test_the_nuclear_channel_is_known_by_its_name() -> None:
    assert nuclear_channel(("Actin", "Hoechst 33342")) == "Hoechst 33342"
    assert nuclear_channel(("ch1", "ch2")) == "ch1"

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from phenolens.core.screen import Screen
from phenolens.embedding.embed import EmbeddingSettings, embed
from phenolens.embedding.seen import Seen
from phenolens.embedding.tiles import Tiles
from phenolens.encoders.conv_net import ConvNet
from phenolens.pixels.rescale import Rescale
from phenolens.store.limits import Limits


def seen(screen: Screen) -> Seen:
    torch.manual_seed(0)
    screen = Rescale()(screen)
    return Seen(
        encoder=ConvNet(screen.channels, widths=(8,)),
        new_encoder=lambda: ConvNet(screen.channels, widths=(8,)),
        settings=EmbeddingSettings(tiles=Tiles(size=16, rows=1, columns=2)),
        screen=screen,
        limits=Limits.of(screen),
        batch_size=5,
    )


def test_without_a_change_it_embeds_as_the_run_does(tiny_screen: Screen) -> None:
    one = seen(tiny_screen)
    whole = embed(one.encoder, one.screen, one.limits, one.settings.tiles)
    rows = np.array([7, 3, 20])
    done: list[tuple[int, int]] = []
    made = one.embed(rows, progress=lambda *at: done.append(at))
    places = (2 * rows[:, None] + np.arange(2)).ravel()
    np.testing.assert_allclose(made.features, whole.features[places], rtol=1e-5, atol=1e-6)
    assert made.meta[["plate", "well", "tile"]].equals(
        whole.meta[["plate", "well", "tile"]].iloc[places].reset_index(drop=True)
    )
    assert done == [(3, 3)]


def test_a_change_gets_tiles_and_rows(tiny_screen: Screen) -> None:
    one, rows = seen(tiny_screen), np.arange(7)
    got: list[int] = []

    def dark(tiles: Tensor, part: np.ndarray) -> Tensor:
        assert tiles.shape[1:] == (2, 2, 16, 16)
        got.extend(part.tolist())
        return torch.zeros_like(tiles)

    made = one.embed(rows, dark)
    assert got == list(range(7))
    assert np.ptp(made.features, axis=0).max() < 1e-6


def test_what_no_image_could_have_is_clipped(tiny_screen: Screen) -> None:
    """A network with published weights refuses pixels outside of [0, 1]."""
    one, rows = seen(tiny_screen), np.array([4, 2])
    below = one.embed(rows, lambda tiles, _: tiles - 5)
    black = one.embed(rows, lambda tiles, _: torch.zeros_like(tiles))
    np.testing.assert_array_equal(below.features, black.features)


def test_light_is_what_the_limits_make_of_the_counts(tiny_screen: Screen) -> None:
    one, rows = seen(tiny_screen), np.array([2, 9])
    light = torch.from_numpy(one.light(rows))
    assert light.shape == one.tiles(rows).shape
    assert float(light.min()) >= 0
    assert float(light.max()) <= 1
    values = one.limits.on(one.screen)
    back = values.standardize(light.transpose(0, 1)[0], rows)
    torch.testing.assert_close(back, one.tiles(rows)[:, 0])


def test_pictures_are_of_whole_tiles(tiny_screen: Screen) -> None:
    one = seen(tiny_screen)
    made = one.pictures(np.array([5, 0]), 4)
    light = one.light(np.array([2, 0]))[[0, 1], [1, 0]]
    mean = light.clip(0, 1).astype(np.float64).reshape(2, 2, 4, 4, 4, 4).mean(axis=(3, 5))
    assert made.shape == (2, 2, 4, 4)
    np.testing.assert_array_equal(made, np.rint(255 * np.sqrt(mean)))

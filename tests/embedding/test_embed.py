"""Embeddings against a loop written out, batch by batch, and through a kill."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from phenolens.core.errors import InputError
from phenolens.core.files import PARTIAL
from phenolens.core.screen import Screen
from phenolens.embedding import embed as module
from phenolens.embedding.embed import embed
from phenolens.embedding.shards import Shards
from phenolens.embedding.tiles import Tiles
from phenolens.encoders.vit import Vit
from phenolens.pixels.rescale import Rescale
from phenolens.store.limits import Limits

TILES = Tiles(size=16, rows=2, columns=2)


@pytest.fixture
def encoder() -> Vit:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Vit(("DNA", "Actin"), size="tiny", patch=8, image=16, depth=1, drop_path=0.5)


class Counting(nn.Module):
    """An encoder that gives each channel's mean, counts its images, and breaks where asked."""

    dim = 2

    def __init__(self, breaks_at: int = 10**9) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(()))
        self.seen, self.breaks_at = 0, breaks_at

    def forward(self, x: Tensor) -> Tensor:
        self.seen += len(x)
        if self.seen > self.breaks_at:
            raise KeyboardInterrupt
        return x.mean(dim=(2, 3))


def test_equals_a_loop_over_images_and_tiles(tiny_screen: Screen, encoder: Vit) -> None:
    screen = Rescale()(tiny_screen)
    limits = Limits.of(screen)
    profiles = embed(encoder, screen, limits, TILES, batch_size=5)
    of_plate = limits.table.set_index(["plate", "channel"])[["low", "high"]]
    encoder.eval()
    assert len(profiles) == 24 * 4
    for row in (0, 7, 23):
        raw = tiny_screen.read(np.array([row]))[0].astype(np.float64)
        bounds = of_plate.loc[tiny_screen.meta["plate"][row]].loc[list(tiny_screen.channels)]
        low, high = bounds.to_numpy(dtype=np.float64).T[:, :, None, None]
        pixels = torch.from_numpy(np.clip((raw - low) / (high - low), 0, 1).astype(np.float32))
        for tile, (y, x) in enumerate([(4, 8), (4, 24), (20, 8), (20, 24)]):
            with torch.no_grad():
                expected = encoder(pixels[None, :, y : y + 16, x : x + 16])[0].numpy()
            at = 4 * row + tile
            assert np.abs(profiles.features[at] - expected).max() < 1e-5
            assert profiles.meta["tile"][at] == tile
            assert profiles.meta["well"][at] == tiny_screen.meta["well"][row]
    (entry,) = profiles.provenance
    assert entry == {"step": "embed", "encoder": "Vit", "tiles": 4, "pixels": [*screen.history]}
    assert entry["pixels"][0]["step"] == "rescale"


def test_batch_does_not_change_the_result(tiny_screen: Screen, encoder: Vit) -> None:
    limits = Limits.of(Rescale()(tiny_screen))
    one, two = (embed(encoder, tiny_screen, limits, TILES, batch_size=b).features for b in (1, 24))
    assert np.abs(one - two).max() < 1e-5


def test_a_killed_embedding_goes_on_with_the_next_shard(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARD", 10)
    limits = Limits.of(Rescale()(tiny_screen))
    parts = tmp_path / "deep" / "parts"
    whole = embed(Counting(), tiny_screen, limits, TILES, batch_size=4)
    with pytest.raises(KeyboardInterrupt):
        embed(Counting(breaks_at=15 * 4), tiny_screen, limits, TILES, parts, batch_size=4)
    assert [path.name[:10] for path in parts.iterdir()] == ["000000000-"]
    partial = parts / f"{PARTIAL}killed" / "000000010.npy"
    partial.parent.mkdir()
    partial.write_bytes(b"half a shard")
    rest, counts = Counting(), []
    resumed = embed(
        rest, tiny_screen, limits, TILES, parts, 4, progress=lambda *at: counts.append(at)
    )
    assert rest.seen == 14 * 4
    assert counts[-1] == (24, 24)
    assert np.array_equal(resumed.features, whole.features)
    assert len(list(parts.glob("*.npy"))) == 3  # they stay until the caller has the result on disk
    shutil.rmtree(partial.parent)
    Shards(parts).remove()
    assert not parts.exists()


def test_what_does_not_fit_is_refused(tiny_screen: Screen, encoder: Vit) -> None:
    limits = Limits.of(Rescale()(tiny_screen))
    large = Tiles(size=32, rows=2, columns=1)
    with pytest.raises(InputError, match="do not fit into images of 40 x 48"):
        embed(encoder, tiny_screen, limits, large)
    with pytest.raises(InputError, match="no intensity limits for plate"):
        embed(encoder, tiny_screen, Limits(limits.table[:2]), TILES)


def test_an_embedding_that_is_not_finite_is_named(tiny_screen: Screen, tmp_path: Path) -> None:
    """Weights may be finite, and too large for what they are multiplied with."""

    class Large(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.tensor(3e38))

        def forward(self, x: Tensor) -> Tensor:
            return self.weight * (1 + x.mean((2, 3)))

    limits = Limits.of(Rescale()(tiny_screen))
    first = tiny_screen.meta.iloc[0]
    with pytest.raises(InputError, match="are not finite") as caught:
        embed(Large(), tiny_screen, limits, TILES, tmp_path / "parts")
    assert caught.value.where == f"plate {first['plate']}, well {first['well']}"
    assert not list(tmp_path.rglob("*.npy"))

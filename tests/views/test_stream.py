"""Views come from the seed and the step alone; every view shows the row that it should."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.screen import Images, Rows, Screen
from phenolens.core.views import Views
from phenolens.pixels.rescale import Rescale
from phenolens.store.limits import Limits
from phenolens.views.augment import Intensity
from phenolens.views.crops import Crops
from phenolens.views.sampler import Pairing
from phenolens.views.stream import ViewSettings, ViewStream

CPU = torch.device("cpu")
WS_DINO = Pairing(same=("compound",), balance="compound", include_self=True)
CDCL = Pairing(same=("treatment",), differ=("batch",))


def stream(screen: Screen, pairs: Pairing, **settings: Any) -> ViewStream:
    """Return a stream of batches of 6 over the whole range of counts."""
    crops = settings.pop("crops", Crops(local_views=3, global_size=12, local_size=8))
    limits = Limits.of(Rescale(mode="fixed", low=0, high=65535)(screen))
    settings = {"pairs": pairs, "crops": crops, **settings}
    return ViewStream(screen, limits, ViewSettings(**settings), batch_size=6, seed=4)


def same(one: Views, two: Views) -> bool:
    """Return whether two steps' views are the same to the bit."""
    return all(map(torch.equal, one.images, two.images)) and torch.equal(one.rows, two.rows)


@pytest.fixture
def painted(tiny_screen: Screen) -> Screen:
    """Return the screen whose image of row r is 1000 r throughout."""

    def read(rows: Rows) -> Images:
        numbers = np.asarray(rows, dtype=np.uint16) * np.uint16(1000)
        return np.tile(numbers[:, None, None, None], (1, 2, *tiny_screen.size))

    return replace(tiny_screen, read=read)


@pytest.mark.parametrize("partner", ["locals", "half"])
@pytest.mark.parametrize("pairs", [WS_DINO, CDCL, Pairing()], ids=["ws_dino", "cdcl", "image"])
def test_each_view_shows_anchor_or_partner(painted: Screen, pairs: Pairing, partner: Any) -> None:
    crops = Crops(local_views=3, global_size=12, local_size=8, partner=partner, rotate="any")
    source = stream(painted, pairs, crops=crops)
    for step in range(5):
        views = source.at(step)
        assert views.kinds == ("global", "global", "local", "local", "local")
        expected = (0, 0, 1, 1, 1) if partner == "locals" else (0, 1, 0, 1, 0)
        assert views.sources == expected
        for image, shown, kind in zip(views.images, expected, views.kinds, strict=True):
            told = (image * 65.535).round().long()
            assert torch.equal(told, views.rows[:, shown, None, None, None].expand_as(told))
            assert image.shape == (6, 2, *([12, 12] if kind == "global" else [8, 8]))


@pytest.mark.parametrize("pairs", [WS_DINO, CDCL], ids=["ws_dino", "cdcl"])
def test_rows_obey_the_rule_and_batches_are_theirs(tiny_screen: Screen, pairs: Pairing) -> None:
    source = stream(tiny_screen, pairs, where="not control")
    meta = source.screen.meta
    assert len(meta) == 20
    for step in range(6):
        views = source.at(step)
        left, right = (meta.iloc[side.numpy()].reset_index(drop=True) for side in views.rows.T)
        assert (left["compound"] == right["compound"]).all()
        assert "DMSO" not in set(left["compound"])
        if pairs is CDCL:
            assert (left["batch"] != right["batch"]).all()
        codes = np.stack([left["batch"] == "w1", right["batch"] == "w1"], axis=1).astype(int)
        assert views.batch.tolist() == codes.tolist()


def test_plates_are_the_batches_where_none_are_told(tiny_screen: Screen) -> None:
    screen = replace(tiny_screen, meta=tiny_screen.meta.drop(columns="batch"))
    views = stream(screen, WS_DINO).at(0)
    plates = screen.meta["plate"].to_numpy()[views.rows.numpy()]
    assert ((plates == "p1") == views.batch.numpy()).all()


def test_any_step_in_any_order_is_the_same(tiny_screen: Screen) -> None:
    """As a resumed training asks: the past leaves no trace."""
    changes = Intensity(gain=0.2, noise=0.1)
    source, fresh = (stream(tiny_screen, CDCL, intensity=changes) for _ in range(2))
    through = list(source.iterate(0, 7, CPU))  # more than an epoch, which has 4 steps
    assert source.steps_per_epoch == 4
    for step in (5, 0, 3, 3):
        assert same(fresh.at(step), through[step])
    rest = list(fresh.iterate(4, 7, CPU))
    assert all(map(same, rest, through[4:]))
    assert not same(through[0], through[4])  # another epoch draws anew
    assert list(source.iterate(3, 3, CPU)) == []


def test_views_are_left_alone_by_the_steps_after_them(tiny_screen: Screen) -> None:
    source = stream(tiny_screen, CDCL)
    first = source.at(0)
    before = [image.clone() for image in first.images]
    source.at(1)
    assert all(map(torch.equal, before, first.images))


@pytest.mark.parametrize("pairs", [CDCL, Pairing()], ids=["pairs", "image"])
def test_shares_together_are_the_batch_to_the_bit(tiny_screen: Screen, pairs: Pairing) -> None:
    source = stream(tiny_screen, pairs, intensity=Intensity(gain=0.2, gamma=0.1, noise=0.1))
    whole = source.at(2)
    for rank in range(2):
        (part,) = source.iterate(2, 3, CPU, rank=rank, world=2)
        assert torch.equal(part.rows, whole.rows[rank::2])
        assert torch.equal(part.batch, whole.batch[rank::2])
        for mine, all_of_it in zip(part.images, whole.images, strict=True):
            assert torch.equal(mine, all_of_it[rank::2])


def test_a_batch_that_cannot_be_shared_evenly_is_refused(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="4 processes cannot share a batch of 6 evenly"):
        next(stream(tiny_screen, CDCL).iterate(0, 1, CPU, rank=0, world=4))


def test_limits_are_those_of_the_images_own_plate(tiny_screen: Screen) -> None:
    """Painted so that each plate's own limits give 0.25, and the other's do not."""

    def read(rows: Rows) -> Images:
        plate = (np.asarray(rows) >= 12).astype(np.uint16)
        return np.tile((250 + 750 * plate)[:, None, None, None], (1, 2, 40, 48)).astype(np.uint16)

    screen = replace(tiny_screen, read=read)
    limits = Limits.of(Rescale(mode="fixed", low=0, high=1000)(screen))
    limits.table.loc[limits.table["plate"] == "p1", "high"] = 4000
    order = np.random.default_rng(0).permutation(24)
    settings = ViewSettings(pairs=CDCL, crops=Crops(global_size=8, local_size=8))
    views = ViewStream(screen.take(order), limits, settings, batch_size=12, seed=0).at(0)
    assert all(torch.allclose(image, torch.tensor(0.25)) for image in views.images)

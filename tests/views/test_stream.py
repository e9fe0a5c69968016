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
from phenolens.views.blur import Blur
from phenolens.views.crops import Crops
from phenolens.views.pairing import Pairing
from phenolens.views.stream import ViewSettings, ViewStream

CPU = torch.device("cpu")
WS_DINO = Pairing(same=("compound",), balance="compound", include_self=True)
CDCL = Pairing(same=("treatment",), differ=("batch",))


def stream(screen: Screen, pairs: Pairing, **settings: Any) -> ViewStream:
    """Return a stream of batches of 6 over the whole range of counts."""
    columns = settings.pop("columns", ())
    crops = settings.pop("crops", Crops(local_views=3, global_size=12, local_size=8))
    limits = Limits.of(Rescale(mode="fixed", low=0, high=65535)(screen))
    settings = {"pairs": pairs, "crops": crops, **settings}
    return ViewStream(screen, limits, ViewSettings(**settings), 6, 4, columns)


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


@pytest.mark.parametrize("shown", ["locals", "half"])
@pytest.mark.parametrize("pairs", [WS_DINO, CDCL, Pairing()], ids=["ws_dino", "cdcl", "image"])
def test_each_view_shows_anchor_or_partner(painted: Screen, pairs: Pairing, shown: Any) -> None:
    crops = Crops(local_views=3, global_size=12, local_size=8, rotate="any")
    source = stream(painted, replace(pairs, shown=shown), crops=crops)
    for step in range(5):
        views = source.at(step)
        assert views.kinds == ("global", "global", "local", "local", "local")
        expected = (0, 0, 1, 1, 1) if shown == "locals" else (0, 1, 0, 1, 0)
        assert views.sources == expected
        for image, which, kind in zip(views.images, expected, views.kinds, strict=True):
            numbers = (image * 65.535).round().long()
            assert torch.equal(numbers, views.rows[:, which, None, None, None].expand_as(numbers))
            assert image.shape == (6, 2, *([12, 12] if kind == "global" else [8, 8]))


@pytest.mark.parametrize("pairs", [WS_DINO, CDCL], ids=["ws_dino", "cdcl"])
def test_rows_obey_the_rule_and_codes_are_theirs(tiny_screen: Screen, pairs: Pairing) -> None:
    source = stream(tiny_screen, pairs, where="not control", columns=("batch", "well"))
    meta = source.screen.meta
    assert len(meta) == 20
    for step in range(6):
        views = source.at(step)
        left, right = (meta.iloc[side.numpy()].reset_index(drop=True) for side in views.rows.T)
        assert (left["compound"] == right["compound"]).all()
        assert "DMSO" not in set(left["compound"])
        if pairs is CDCL:
            assert (left["batch"] != right["batch"]).all()
        assert views.codes.keys() == {"batch", "well"}
        for name, codes in views.codes.items():
            values = np.array(source.facts.values[name])[codes.numpy()]
            expected = np.stack([left[name], right[name]], axis=1)
            assert values.tolist() == expected.tolist()


def test_facts_are_those_of_the_views(tiny_screen: Screen) -> None:
    source = stream(tiny_screen, CDCL, where="not control", columns=("batch", "compound"))
    assert source.facts.channels == tiny_screen.channels == ("DNA", "Actin")
    assert source.facts.sizes == {"global": 12, "local": 8}
    compounds = ("c1", "c2", "c3", "c4", "c5")
    assert source.facts.values == {"batch": ("w0", "w1"), "compound": compounds}
    assert source.facts.missing == {}
    views = source.at(0)
    for image, kind in zip(views.images, views.kinds, strict=True):
        assert image.shape[1:] == (2, *[source.facts.sizes[kind]] * 2)
    assert stream(tiny_screen, CDCL).at(0).codes == {}


def test_plates_never_replace_batches(tiny_screen: Screen) -> None:
    screen = replace(tiny_screen, meta=tiny_screen.meta.drop(columns="batch"))
    with pytest.raises(InputError, match=r"the column 'batch'.*lacks; request 'plate' where"):
        stream(screen, WS_DINO, columns=("batch",))
    assert stream(screen, WS_DINO, columns=("plate",)).facts.values == {"plate": ("p0", "p1")}


def test_a_missing_value_is_a_fact_unless_its_image_is_never_shown(tiny_screen: Screen) -> None:
    meta = tiny_screen.meta.copy()
    meta.loc[meta["well"] == "A03", "moa"] = None
    screen = replace(tiny_screen, meta=meta)
    pairs = Pairing(same=("compound",))
    source = stream(screen, pairs, columns=("moa",), where="not control")
    assert source.facts.missing == {
        "moa": "4 of 20 images have no 'moa'; the first is on plate p0, well A03"
    }
    assert source.facts.values == {"moa": ("m1", "m2")}
    codes = torch.cat([source.at(step).codes["moa"] for step in range(3)])
    assert (codes == -1).any()
    dropped = stream(screen, Pairing(same=("moa",), fallback="drop"), columns=("moa",))
    assert dropped.facts.missing == {}
    assert all((dropped.at(step).codes["moa"] >= 0).all() for step in range(2))


def test_a_pairing_that_no_view_shows_is_refused_with_its_settings() -> None:
    with pytest.raises(InputError, match="none of the 2 global and 0 local views shows"):
        ViewSettings(pairs=Pairing(same=("compound",)), crops=Crops(local_views=0))
    ViewSettings(pairs=Pairing(), crops=Crops(local_views=0))


def test_any_step_in_any_order_is_the_same(tiny_screen: Screen) -> None:
    """As a resumed training asks for them: earlier steps leave no trace."""
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
    change = Intensity(gain=0.2, gamma=0.1, noise=0.1)
    source = stream(tiny_screen, pairs, intensity=change, columns=("batch",))
    whole = source.at(2)
    for rank in range(2):
        (part,) = source.iterate(2, 3, CPU, process=rank, processes=2)
        assert torch.equal(part.rows, whole.rows[rank::2])
        assert torch.equal(part.codes["batch"], whole.codes["batch"][rank::2])
        for mine, all_of_it in zip(part.images, whole.images, strict=True):
            assert torch.equal(mine, all_of_it[rank::2])


def test_a_batch_that_cannot_be_shared_evenly_is_refused(tiny_screen: Screen) -> None:
    with pytest.raises(InputError, match="4 processes cannot share a batch of 6 evenly"):
        next(stream(tiny_screen, CDCL).iterate(0, 1, CPU, process=0, processes=4))


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


def test_views_in_turn_are_a_step_each_of_the_same_images(tiny_screen: Screen) -> None:
    """Dmitrenko et al. 2022: one optimizer step per crop, one crop after another."""
    areas = ((1.0, 1.0), (0.5, 0.75), (0.25, 0.5), (0.25, 0.5))
    crops = Crops(global_views=2, local_views=2, global_size=8, local_size=8, areas=areas)
    whole = stream(tiny_screen, Pairing(), crops=crops)
    for each in (1, 2):
        turns = stream(tiny_screen, Pairing(), crops=crops, in_turn=each)
        assert turns.steps_per_epoch == whole.steps_per_epoch * 4 // each
        assert (whole.facts.views, turns.facts.views) == (4, each)
        kinds = [turns.at(step).kinds for step in range(4 // each)]
        assert [kind for of_step in kinds for kind in of_step] == list(whole.at(0).kinds)
        for step in range(8 // each):
            views = turns.at(step)
            assert len(views) == each
            assert torch.equal(views.rows, whole.at(step * each // 4).rows)
    assert not torch.equal(turns.at(0).images[0], turns.at(0).images[1])


def test_views_that_turns_do_not_divide_are_refused() -> None:
    with pytest.raises(InputError, match="in_turn: 10 views cannot be taken in turn by 3"):
        ViewSettings(in_turn=3)


def test_facts_are_known_without_pixels(tiny_screen: Screen) -> None:
    source = stream(tiny_screen, Pairing(), columns=("batch",))
    counts = tiny_screen.meta["batch"].value_counts()
    expected = tuple(int(counts[value]) for value in sorted(counts.index))
    assert source.facts.counts["batch"] == expected
    assert not source.facts.standardized
    rule = Rescale(mode="fixed", low=0, high=65535, standardize=True)
    screen = rule(tiny_screen)
    settings = ViewSettings(crops=Crops(local_views=0, global_size=8))
    assert ViewStream(screen, Limits.of(screen), settings, 6, 0).facts.standardized


def test_blur_is_one_of_the_changes(tiny_screen: Screen) -> None:
    crops = Crops(local_views=0, global_size=12)
    sharp = stream(tiny_screen, Pairing(), crops=crops).at(0)
    soft = stream(tiny_screen, Pairing(), crops=crops, blur=Blur(p=1.0, sigma=(2.0, 2.0))).at(0)
    rough = [x.diff(dim=3).abs().mean() for x in (sharp.images[0], soft.images[0])]
    assert rough[1] < 0.8 * rough[0]

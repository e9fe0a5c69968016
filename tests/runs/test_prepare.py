"""Pixels are prepared when they are needed, once for all recipes that share them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.runs import prepare as preparing
from phenolens.runs.prepare import Pixels
from phenolens.store import cluster

MakePixels = Callable[..., Pixels]


def test_nothing_is_prepared_before_it_is_needed(pixels_of: MakePixels) -> None:
    pixels = pixels_of('pixels=[{step="where", query="plate == \'p1\'"}]', "design=per_channel")
    assert len(pixels.planned) == 12
    assert pixels.designs == {"DNA": ("DNA",), "Actin": ("Actin",)}
    assert not pixels.job.cache.has(pixels.prepared)
    assert set(pixels.limits.table["plate"]) == {"p1"}
    assert pixels.job.cache.has(pixels.prepared)
    rows = np.arange(3)
    assert np.array_equal(pixels.design("Actin").read(rows)[:, 0], pixels.screen.read(rows)[:, 1])
    assert pixels.facts["images"] == 12
    assert [entry["step"] for entry in pixels.facts["pixels"]] == ["where", "rescale"]


def test_tiles_that_do_not_fit_are_refused_before_any_work(
    pixels_of: MakePixels, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="2 x 2 tiles of 16 do not fit into images of 20 x 24"):
        pixels_of('pixels=[{step="resize", factor=0.5}]')
    assert not (tmp_path / "run").exists()


KEYS = {
    "seed=3": (True, True),
    "encoder.depth=2": (True, True),
    'pixels=[{step="rescale", low=1}]': (True, False),
    'pixels=[{step="resize", factor=1}]': (False, False),
    "screen.seed=1": (False, False),
}


@pytest.mark.parametrize(("change", "same"), KEYS.items(), ids=KEYS)
def test_keys_are_of_data_steps_and_rule(
    pixels_of: MakePixels, change: str, same: tuple[bool, bool]
) -> None:
    before, after = pixels_of(), pixels_of(change)
    assert (before.prepared.key == after.prepared.key, before.limited.key == after.limited.key) == (
        same
    )


def test_recipes_of_another_rule_share_the_pixels_each_with_its_own_limits(
    pixels_of: MakePixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = pixels_of().limits
    monkeypatch.setattr(preparing, "prepare", lambda *_: pytest.fail("was prepared before"))
    fixed = pixels_of('pixels=[{step="rescale", mode="fixed", low=0, high=9000}]')
    assert fixed.screen.rescale is not None
    assert fixed.screen.rescale.high == 9000
    assert set(fixed.limits.table["high"]) == {9000}
    assert set(one.table["high"]) != {9000}


def test_examples_come_into_the_run_folder(pixels_of: MakePixels) -> None:
    pixels = pixels_of()
    pixels.keep_examples()
    folder = pixels.job.folder
    with np.load(folder.examples) as held:
        assert held["channels"].tolist() == ["DNA", "Actin"]
        assert held["images"].dtype == np.uint8
    assert folder.example_meta.exists()


def test_a_cluster_is_asked_for_and_in_no_key(
    pixels_of: MakePixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "_CONNECT", 0.3)
    here, there = pixels_of(), pixels_of()
    there.job = replace(there.job, machine=Machine(dask="tcp://127.0.0.1:1"))
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        _ = there.screen
    assert there.prepared.key == here.prepared.key
    assert len(here.screen) == 24  # the same stage goes on with threads

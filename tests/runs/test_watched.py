"""What is watched is drawn by treatment and batch alone; mechanisms never choose a state."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.embedding.embed import EmbeddingSettings, embed
from phenolens.embedding.tiles import Tiles
from phenolens.encoders.conv_net import ConvNet
from phenolens.pixels.rescale import Rescale
from phenolens.runs.recipe import Recipe
from phenolens.runs.results import Results
from phenolens.runs.run import run
from phenolens.runs.watched import apart_by, check_watched, drawn, watched
from phenolens.store.limits import Limits
from phenolens.training.settings import Training, Watch
from phenolens.training.watch import embedded

ON = Training(watch=Watch(every=1), keep="best_replicates")
TILES = Tiles(size=16, rows=1, columns=2)
EMBEDDING = EmbeddingSettings(tiles=TILES)


def table(treatments: int = 20, wells: int = 6) -> pd.DataFrame:
    i = np.arange(treatments * wells)
    return pd.DataFrame(
        {
            "plate": [f"p{k % wells}" for k in i],
            "well": [f"A{k // wells + 1:02d}" for k in i],
            "batch": [f"b{k % wells // 2}" for k in i],
            "treatment": [f"t{k // wells}" for k in i],
            "control": [k // wells == 0 for k in i],
        }
    )


def test_treatments_are_as_equal_as_they_can_be_with_a_quarter_of_controls() -> None:
    meta = table(wells=40)
    meta = meta[(meta["treatment"] != "t1") | (meta["plate"] == "p0")].reset_index(drop=True)
    rows = drawn(meta, 80, seed=0)
    assert (len(rows), len(set(rows))) == (80, 80)
    assert (np.diff(rows) > 0).all()
    counts = meta.iloc[rows].groupby("treatment").size()
    assert counts["t0"] == 20  # the controls
    assert counts["t1"] == 1  # all there is
    assert set(counts.drop(["t0", "t1"])) <= {3, 4}
    assert np.array_equal(rows, drawn(meta, 80, seed=0))
    assert not np.array_equal(rows, drawn(meta, 80, seed=1))
    assert len(drawn(meta, 8192, seed=0)) == len(meta)


def test_replicates_differ_in_the_first_of_batch_plate_and_well_that_half_of_them_can() -> None:
    meta = table()
    assert apart_by(meta) == "batch"
    confined = meta["treatment"].str[1:].astype(int) > 8  # 11 of 19 treatments: one batch each
    assert apart_by(meta.assign(batch=meta["batch"].where(~confined, "b0"))) == "plate"
    assert apart_by(meta.drop(columns="batch")) == "plate"
    assert apart_by(meta.assign(batch="b", plate="p", well=meta.index)) == "well"


def test_rivals_are_of_the_same_batch_where_treatments_are_in_one_batch_each(
    tiny_screen: Screen,
) -> None:
    meta = tiny_screen.meta
    batch, turn = meta["batch"].astype(str), meta.groupby("batch").cumcount()
    treatment, plate = batch + (turn % 2).astype(str), batch + (turn // 2 % 2).astype(str)
    confined = replace(
        tiny_screen, meta=meta.assign(treatment=treatment, plate=plate, control=False)
    )
    limits = Limits.of(Rescale(mode="fixed", low=0, high=6000)(confined))
    subset = watched(confined, limits, EMBEDDING, ON, seed=0)
    assert subset is not None
    few = meta.iloc[drawn(confined.meta, ON.watch.images, 0)]
    assert subset.apart == "plate"
    assert len(set(subset.rivals.tolist())) == few["batch"].nunique() > 1
    assert torch.equal(subset.rivals, subset.batches)
    shared = replace(confined, meta=confined.meta.assign(treatment="t"))
    free = watched(shared, limits, EMBEDDING, ON, seed=0)
    assert free is not None
    assert (free.apart, len(set(free.rivals.tolist()))) == ("batch", 1)


def test_images_are_those_that_are_embedded(tiny_screen: Screen) -> None:
    screen = Rescale(mode="fixed", low=0, high=6000)(tiny_screen)
    limits = Limits.of(screen)
    subset = watched(screen, limits, EMBEDDING, ON, seed=0)
    assert subset is not None
    assert subset.has_replicates
    torch.manual_seed(0)
    encoder = ConvNet(screen.channels, widths=(8,))
    rows = drawn(screen.meta, ON.watch.images, 0)
    profiles = embed(encoder, screen, limits, TILES)
    expected = profiles.features.reshape(len(screen), 2, -1).mean(1)[rows]
    np.testing.assert_allclose(embedded(encoder, subset).numpy(), expected, rtol=1e-5, atol=1e-6)
    moments = watched(screen, limits, replace(EMBEDDING, pool="moments"), ON, seed=0)
    assert moments is not None
    assert embedded(encoder, moments).shape == (len(rows), 2 * encoder.dim)
    assert subset.controls.tolist() == screen.meta["control"].iloc[rows].tolist()
    assert watched(screen, limits, EMBEDDING, Training(), seed=0) is None


def test_what_cannot_be_watched_is_refused() -> None:
    meta = table()
    check_watched(meta.drop(columns="treatment"), Training())
    with pytest.raises(InputError, match=r"training\.watch: the screen has no treatment"):
        check_watched(meta.drop(columns="treatment"), ON)
    alone = meta.assign(treatment=[f"t{i}" for i in meta.index])
    check_watched(alone, replace(ON, keep="last"))
    with pytest.raises(InputError, match=r"training\.keep: no treatment is there twice"):
        check_watched(alone, ON)


CHANGES = (
    "training.watch.every=1",
    "training.keep=best_replicates",
    "training.lr=0.01",
    "baselines=[]",
)


def test_corrupted_mechanisms_choose_the_same_bytes(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures go to results and page; with all mechanisms in disorder no weight changes."""
    layout = importlib.import_module("tiny_layout")
    table: Callable[..., pd.DataFrame] = layout.table

    def corrupted(*, blank: bool) -> pd.DataFrame:
        meta = table(blank=blank)
        other = "m" + meta["well"].str[-1]
        return meta.assign(moa=other.where(meta["moa"].notna(), None))

    run(Recipe.load(tiny, CHANGES), out=tmp_path / "true", cache=tmp_path / "one")
    monkeypatch.setattr(layout, "table", corrupted)
    run(Recipe.load(tiny, CHANGES), out=tmp_path / "corrupted", cache=tmp_path / "two")
    one, two = (
        (tmp_path / name / "models" / "joint" / "model.safetensors").read_bytes()
        for name in ("true", "corrupted")
    )
    assert one == two
    found = Results.read(tmp_path / "true").training["joint"]
    assert set(found) == {"untrained", "last", "best", "kept"}
    notes = json.loads((tmp_path / "true" / "results.json").read_text())["notes"]
    assert any("Replicates are retrieved with" in note for note in notes)
    page = (tmp_path / "true" / "report.html").read_text()
    assert "Replicates found in other batches or plates" in page

"""Which images are drawn together: the papers' pairs, in equal shares, for any row order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from phenolens.core.errors import InputError
from phenolens.views.pairing import Pairing
from phenolens.views.sampler import Sampler, canonical_order


def table() -> pd.DataFrame:
    """Return compounds of 1, 2, 4 and 8 wells in two batches; `one` occurs in one batch only."""
    rows = [
        {"plate": f"p{i % 4}", "well": f"A{i:02d}", "compound": name, "batch": f"w{i % 2}"}
        for name, wells in (("lone", 1), ("two", 2), ("four", 4), ("eight", 8))
        for i in range(wells)
    ]
    rows += [
        {"plate": "p0", "well": f"B{i:02d}", "compound": "one", "batch": "w0"} for i in range(3)
    ]
    meta = pd.DataFrame(rows)
    return meta.assign(treatment=meta["compound"] + "@1")


def drawn(sampler: Sampler, epochs: int = 1) -> np.ndarray:
    """Return all (anchor, partner) rows of some epochs."""
    steps = range(sampler.steps_per_epoch)
    return np.concatenate([sampler.rows(e, i) for e in range(epochs) for i in steps])


def test_an_epoch_shows_every_image_once() -> None:
    sampler = Sampler(table(), Pairing(), batch_size=6, seed=3)
    assert sampler.steps_per_epoch == 3
    anchors, partners = drawn(sampler).T
    assert sorted(anchors) == list(range(18))
    assert np.array_equal(anchors, partners)
    assert not sampler.paired
    again = drawn(sampler, epochs=2)[18:, 0]
    assert sorted(again) == list(range(18))
    assert not np.array_equal(again, anchors)


def test_a_batch_that_does_not_fill_is_left_for_another_epoch() -> None:
    sampler = Sampler(table(), Pairing(), batch_size=4, seed=0)
    assert sampler.steps_per_epoch == 4
    first = drawn(sampler)[:, 0]
    assert len(set(first)) == len(first) == 16
    assert set(drawn(sampler, epochs=6)[:, 0]) == set(range(18))


def test_ws_dino_pairs_share_their_compound_and_may_be_one_image() -> None:
    meta = table()
    pairing = Pairing(same=("compound",), include_self=True)
    pairs = drawn(Sampler(meta, pairing, batch_size=6, seed=0), epochs=40)
    compound = meta["compound"].to_numpy()
    assert (compound[pairs[:, 0]] == compound[pairs[:, 1]]).all()
    eight = pairs[compound[pairs[:, 0]] == "eight"]
    # Of eight wells, each the partner an eighth of the time, the anchor itself included.
    observed = (eight[:, 0] == eight[:, 1]).sum()
    assert stats.binomtest(int(observed), len(eight), 1 / 8).pvalue > 0.01


def test_cdcl_pairs_share_their_treatment_and_differ_in_batch() -> None:
    meta = table()
    pairing = Pairing(same=("treatment",), differ=("batch",), fallback="drop")
    sampler = Sampler(meta, pairing, batch_size=7, seed=0)
    pairs = drawn(sampler, epochs=5)
    left, right = (meta.iloc[side].reset_index(drop=True) for side in pairs.T)
    assert (left["treatment"] == right["treatment"]).all()
    assert (left["batch"] != right["batch"]).all()
    assert set(left["compound"]) == {"two", "four", "eight"}
    assert set(meta["compound"].iloc[sampler.shown]) == {"two", "four", "eight"}
    assert len(sampler.shown) == 14
    assert sampler.counts == {
        "images": 18,
        "drawn_from": 14,
        "relaxed": 0,
        "own_partner": 0,
        "dropped": 4,
    }


@pytest.mark.parametrize(
    ("fallback", "relaxed", "own"), [("self", 0, 4), ("relax", 3, 1)], ids=["self", "relax"]
)
def test_images_without_a_partner_are_treated_and_counted_by_the_fallback(
    fallback: Any, relaxed: int, own: int
) -> None:
    meta = table()
    pairing = Pairing(same=("compound",), differ=("batch",), fallback=fallback)
    sampler = Sampler(meta, pairing, batch_size=18, seed=0)
    assert sampler.counts == {
        "images": 18,
        "drawn_from": 18,
        "relaxed": relaxed,
        "own_partner": own,
        "dropped": 0,
    }
    pairs = drawn(sampler, epochs=20)
    compound = meta["compound"].to_numpy()
    itself = pairs[:, 0] == pairs[:, 1]
    assert set(compound[pairs[itself, 0]]) == {"lone", "one"} - ({"one"} if relaxed else set())
    assert (compound[pairs[:, 0]] == compound[pairs[:, 1]]).all()


def test_error_names_the_first_without_a_partner() -> None:
    pairing = Pairing(same=("compound",), differ=("batch",), fallback="error")
    with pytest.raises(InputError, match="4 of 18 images have no partner") as caught:
        Sampler(table(), pairing, batch_size=2, seed=0)
    assert "set fallback to 'self', 'relax' or 'drop'" in str(caught.value)
    Sampler(table().query("compound == 'eight'"), pairing, batch_size=2, seed=0)


def test_balanced_labels_come_equally_often_whatever_their_size() -> None:
    meta = table()
    pairing = Pairing(same=("compound",), balance="compound", include_self=True)
    anchors = drawn(Sampler(meta, pairing, batch_size=18, seed=1), epochs=60)[:, 0]
    by_label = meta["compound"].iloc[anchors].value_counts()
    assert stats.chisquare(by_label).pvalue > 0.01
    within = np.bincount(anchors, minlength=18)[(meta["compound"] == "eight").to_numpy()]
    assert stats.chisquare(within).pvalue > 0.01
    plain = drawn(Sampler(meta, Pairing(), batch_size=18, seed=1), epochs=60)[:, 0]
    assert stats.chisquare(meta["compound"].iloc[plain].value_counts()).pvalue < 1e-10


def test_balance_skips_dropped_images() -> None:
    meta = table()
    pairing = Pairing(same=("compound",), fallback="drop", balance="compound")
    anchors = drawn(Sampler(meta, pairing, batch_size=17, seed=1), epochs=20)[:, 0]
    assert set(meta["compound"].iloc[anchors]) == {"two", "four", "eight", "one"}


@pytest.mark.parametrize(
    "pairing",
    [
        Pairing(),
        Pairing(same=("compound",), balance="compound", include_self=True),
        Pairing(same=("treatment",), differ=("batch",), fallback="relax"),
    ],
    ids=["image", "ws_dino", "cdcl"],
)
def test_draws_do_not_depend_on_the_order_of_the_table(pairing: Pairing) -> None:
    meta = table()
    moved = meta.sample(frac=1, random_state=7).reset_index(drop=True)
    first, second = (Sampler(m, pairing, batch_size=6, seed=5) for m in (meta, moved))
    for pair, other in zip(drawn(first, 3).T, drawn(second, 3).T, strict=True):
        assert meta.iloc[pair].to_numpy().tolist() == moved.iloc[other].to_numpy().tolist()


def test_another_seed_draws_another_order() -> None:
    first, second = (drawn(Sampler(table(), Pairing(), batch_size=6, seed=s)) for s in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sampler(table(), Pairing(), 19, 0), "18 images cannot fill one batch of 19"),
        (
            lambda: Sampler(table(), Pairing(balance="compund"), 2, 0),
            "no column 'compund'; did you mean 'compound'",
        ),
        (
            lambda: Sampler(table(), Pairing(same=("compund",)), 2, 0),
            "a column 'compund' that the table lacks; did you mean 'compound'",
        ),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def mixed() -> pd.DataFrame:
    """Return a table of every kind of cell a layout may give."""
    n = 40
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "well": [f"A{i % 12:02d}" for i in range(n)],
            "site": np.arange(n),
            "concentration": rng.integers(0, 3, n),
            "moa": [None if x < 0.5 else "Eg5" for x in rng.random(n)],
            "note": [np.nan if i % 2 else "x" for i in range(n)],
            "control": rng.random(n) < 0.5,
            "time": pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(n), unit="h"),
            "dose": np.where(rng.random(n) < 0.5, np.nan, rng.random(n)),
        }
    )


def test_order_survives_a_file(tmp_path: Path) -> None:
    meta = mixed()
    meta.to_parquet(tmp_path / "meta.parquet")
    back = pd.read_parquet(tmp_path / "meta.parquet")
    assert np.array_equal(canonical_order(meta), canonical_order(back))


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.assign(concentration=m["concentration"].astype(float)),
        lambda m: m.assign(concentration=m["concentration"].astype("Int64")),
        lambda m: m.assign(site=m["site"].astype(np.uint8)),
        lambda m: m.assign(moa=m["moa"].where(m["moa"].notna(), np.nan)),
        lambda m: m.assign(well=m["well"].astype("category")),
        lambda m: m.assign(note=m["note"].astype("string")),
        lambda m: m.assign(control=m["control"].astype("boolean")),
        lambda m: m[m.columns[::-1]],
    ],
    ids=["float", "Int64", "uint8", "NaN", "category", "string", "boolean", "columns"],
)
def test_order_does_not_depend_on_dtypes(change: Any) -> None:
    assert np.array_equal(canonical_order(mixed()), canonical_order(change(mixed())))


def test_order_depends_on_cells_and_equal_rows_keep_theirs() -> None:
    meta = mixed()
    other = meta.assign(site=meta["site"] + 1)
    assert not np.array_equal(canonical_order(meta), canonical_order(other))
    twice = pd.DataFrame({"plate": ["b", "a", "b", "a"]})
    order = canonical_order(twice).tolist()
    assert order in ([0, 2, 1, 3], [1, 3, 0, 2])


@pytest.mark.parametrize("name", ["moa", "target"])
def test_no_order_depends_on_what_a_compound_does(name: str) -> None:
    meta = mixed().drop(columns="moa")
    order = canonical_order(meta)
    for cells in ("a", ["a", "b"] * 20, [None] * 40):
        assert np.array_equal(canonical_order(meta.assign(**{name: cells})), order)


def test_other_columns_order_only_what_identity_leaves_open() -> None:
    meta = mixed()
    other = meta.assign(dose=meta["dose"].fillna(0.5))  # each site is another image
    assert np.array_equal(canonical_order(meta), canonical_order(other))
    cells = pd.DataFrame({"plate": ["a"] * 6, "x": np.arange(6)})
    moved = cells.iloc[::-1].reset_index(drop=True)
    first, second = (m["x"].to_numpy()[canonical_order(m)] for m in (cells, moved))
    assert np.array_equal(first, second)

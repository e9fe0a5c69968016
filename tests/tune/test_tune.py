"""The best chain is found by replicates alone; the answer is never looked at before the choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from phenolens.chains.chain import Tables, chain_text, profile, read_chain
from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.statistics.paired import paired_difference
from phenolens.tune import tune as tuning
from phenolens.tune.criterion import Criterion
from phenolens.tune.layout import Layout
from phenolens.tune.tune import tune
from phenolens.tune.tuned import Tuned

SPACE: list[Tables] = [
    read_chain(text)
    for text in (
        "standardize",
        "standardize,sphere(regularization=1.0)",
        "standardize,sphere",
        "robustize",
        "subtract_controls",
        "rank_inverse_normal",
    )
]


@pytest.fixture(scope="module")
def found(wells: Profiles) -> Tuned:
    return tune(wells, SPACE)


def test_whitening_by_the_controls_wins_where_noise_is_loud(found: Tuned, wells: Profiles) -> None:
    assert found.name in ("standardize,sphere", "standardize,sphere(regularization=1.0)")
    criterion = Criterion(Layout.of(wells))
    by_hand = {
        chain_text(chain): criterion.retrieval(profile(wells, chain_text(chain))).value
        for chain in SPACE
    }
    assert {t["name"]: t["replicate_map"] for t in found.trials} == pytest.approx(by_hand)
    assert by_hand[found.name] >= max(by_hand.values()) - 1e-3
    assert found.untuned["as given"].value == pytest.approx(criterion.retrieval(wells).value)
    assert found.untuned["standardize"].value == pytest.approx(by_hand["standardize"])
    assert found.gains["as given"]["low"] > 0
    assert found.mixing["chosen"] > found.mixing["as given"]
    ahead = paired_difference(found.nested, found.untuned["standardize"])
    assert found.gains["standardize"]["value"] == ahead.value
    assert found.labels["chosen"]["nsc"].n == 12
    assert set(found.label_gains) == {"as given", "standardize"}


def test_permuting_mechanisms_does_not_change_the_choice(found: Tuned, wells: Profiles) -> None:
    """Not the chain, not a figure of the search, not a byte of the file; the test labels do."""
    rng = np.random.default_rng(0)
    names = np.array(sorted(wells.meta["compound"][~wells.meta["control"]].unique()))
    scores = set()
    for _ in range(3):
        moa = dict(zip(names, rng.permutation([f"m{i // 3}" for i in range(12)]), strict=True))
        meta = wells.meta.assign(moa=wells.meta["compound"].map(moa))
        again = tune(replace(wells, meta=meta), SPACE)
        assert again.chain == found.chain
        assert again.trials == found.trials
        assert again.folds == found.folds
        assert again.to_toml().encode() == found.to_toml().encode()
        scores.add(again.labels["chosen"]["nsc"].value)
    assert scores != {found.labels["chosen"]["nsc"].value}
    for bare in (
        wells.meta.drop(columns="moa"),
        wells.meta.drop(columns="moa").assign(target=np.arange(88) % 5, alternative_moa="x"),
    ):
        blind = tune(replace(wells, meta=bare), SPACE)
        assert blind.to_toml().encode() == found.to_toml().encode()


def test_the_answer_is_first_seen_when_the_choice_is_made(
    wells: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    true_search, true_labels = vars(tuning)["search"], vars(tuning)["label_scores"]

    def searched(profiles: Profiles, *given: object, **more: object) -> object:
        seen.append(f"search {'moa' in profiles.meta}")
        return true_search(profiles, *given, **more)

    def labelled(profiles: Profiles, *given: object, **more: object) -> object:
        seen.append(f"labels {'moa' in profiles.meta}")
        return true_labels(profiles, *given, **more)

    monkeypatch.setattr(tuning, "search", searched)
    monkeypatch.setattr(tuning, "label_scores", labelled)
    tune(wells, SPACE[:2])
    assert seen == ["search False", "labels True"]


def test_row_order_changes_nothing_but_the_hash(found: Tuned, wells: Profiles) -> None:
    order = np.random.default_rng(0).permutation(len(wells))
    again = tune(wells.take(order), SPACE)
    assert again.chain == found.chain
    assert again.folds == found.folds
    assert again.nested.value == pytest.approx(found.nested.value)
    assert again.nested.low == pytest.approx(found.nested.low)


def test_a_treatment_of_several_compounds_has_the_same_one_in_any_order(wells: Profiles) -> None:
    compound = np.where(np.arange(len(wells)) % 2, "a", wells.meta["compound"])
    odd = replace(wells, meta=wells.meta.assign(compound=compound))
    order = np.arange(len(wells))[::-1]
    one, other = tuning._compounds(odd), tuning._compounds(odd.take(order))
    assert one.to_dict() == other.to_dict()
    assert "a" in set(one)


def test_the_default_space_is_searched(wells: Profiles) -> None:
    said: list[str] = []
    found = tune(wells, say=said.append)
    assert len(found.trials) == len(said) == 90
    assert all(line.startswith(f"{i}/90 ") for i, line in enumerate(said, start=1))
    best = max(t["replicate_map"] for t in found.trials if not t["failed"])
    (chosen,) = [t for t in found.trials if t["name"] == found.name]
    assert chosen["replicate_map"] >= best - 1e-3


def test_a_killed_search_goes_on_where_it_was(
    wells: Profiles, found: Tuned, tmp_path: Path
) -> None:
    work = tmp_path / "chain.work"
    done: list[str] = []

    def kill(line: str) -> None:
        done.append(line)
        if len(done) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(wells, SPACE, say=kill, work=work)
    assert work.exists()
    said: list[str] = []
    again = tune(wells, SPACE, say=said.append, work=work)
    assert sum(line.endswith("measured before") for line in said) == 3
    assert again.to_toml() == found.to_toml()
    assert work.exists()  # the caller deletes it, once the result is on disk


def test_chains_that_cannot_be_applied_are_said(wells: Profiles) -> None:
    space = [*SPACE[:2], read_chain("aggregate(by=[treatment])")]
    found = tune(wells, space)
    assert "as aggregate(by=[treatment])" in found.notes[-1]
    assert found.trials[-1]["failed"]
    assert found.trials[-1]["replicate_map"] is None
    with pytest.raises(InputError, match="no chain can be applied to this table"):
        tune(wells, space[2:])


def test_a_table_without_controls_is_tuned_on_all_its_wells(
    made_wells: Callable[..., Profiles],
) -> None:
    bare = made_wells()
    bare = bare.take(~bare.meta["control"].to_numpy())
    found = tune(bare, [read_chain("standardize(on=all)"), read_chain("sphere(on=all)")])
    assert set(found.untuned) == {"as given", "standardize"}
    assert np.isnan(found.mixing["chosen"])


def test_without_an_answer_nothing_is_tested(wells: Profiles) -> None:
    found = tune(replace(wells, meta=wells.meta.drop(columns="moa")), SPACE[:2])
    assert found.labels == {}
    assert "the choice was not tested" in found.label_notes[0]


def test_treatments_without_rivals_are_counted(made_wells: Callable[..., Profiles]) -> None:
    """Compound c06 alone is in a third batch: nobody there to be told from."""
    wells = made_wells(moved=False)
    number = wells.meta["compound"].str.extract(r"c(\d+)")[0].astype(float)
    kept = wells.meta["control"] | (wells.meta["batch"] == np.where(number < 6, "b0", "b1"))
    used = wells.take(kept.to_numpy())
    batch = used.meta["batch"].where(used.meta["compound"] != "c06", "b2")
    found = tune(replace(used, meta=used.meta.assign(batch=batch)), SPACE[:2])
    assert found.nested.n == 11
    assert (
        "Treatments without a replicate or a rival were not counted: 1, such as c06." in found.notes
    )


def test_published_wells_are_better_than_the_fields_default(data_dir: Path) -> None:
    """BBBC021: replicates alone choose a chain that finds more mechanisms across weeks."""
    wells = ProfileTable(
        table="bbbc021-cellprofiler-wells/ljosa_jbiomolscreen_2013_per_well_mean.csv.gz",
        join=("bbbc021-metadata/BBBC021_v1_image.csv.gz", "bbbc021-metadata/BBBC021_v1_moa.csv"),
        batch_of_plate=r"^(Week\d+)_",
    ).load(data_dir)
    space = [
        read_chain(text)
        for text in ("standardize", "select_features,tvn(family=efaar)", "tvn(family=ws_dino)")
    ]
    found = tune(wells, space)
    assert found.name == "select_features,tvn(family=efaar)"
    assert (found.labels["as given"]["nsc"].hits, found.labels["as given"]["nscb"].hits) == (51, 30)
    assert found.labels["standardize"]["nsc"].hits == 84
    assert found.labels["standardize"]["nscb"].hits == 67
    assert found.labels["chosen"]["nsc"].hits == 90
    assert found.labels["chosen"]["nscb"].hits == 77
    assert found.gains["standardize"]["low"] > 0
    assert any("confounded" in note for note in found.notes)

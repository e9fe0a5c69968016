"""Commands that begin with a table: chains are applied, metrics measured where they ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.chains import apply
from phenolens.chains.chain import profile
from phenolens.chains.fitted import fit_chain
from phenolens.core.profiles import Profiles
from phenolens.metrics.nsc import Nsc

Call = Callable[..., tuple[int, str, str]]
CHAIN = "standardize,aggregate(by=[treatment])"


def test_profile_applies_the_chain_and_writes_the_result(
    call: Call, wells: Path, tmp_path: Path
) -> None:
    out = tmp_path / "made.parquet"
    status, said, err = call(
        "profile", wells, "--steps", CHAIN, "--set", "aggregate.how=median", "--out", out
    )
    assert status == 0
    assert said.strip() == str(out)
    assert "standardize: 56 profiles of 6 features" in err
    assert "aggregate: 9 profiles of 6 features" in err
    wanted = profile(Profiles.load(wells), "standardize,aggregate(by=[treatment],how=median)")
    made = Profiles.load(out)
    np.testing.assert_array_equal(made.features, wanted.features)
    assert made.meta["treatment"].tolist() == wanted.meta["treatment"].tolist()
    steps = [entry["step"] for entry in made.provenance]
    assert steps[-2:] == ["standardize", "aggregate"]


def test_profile_takes_several_files_columns_and_a_batch(
    call: Call, wells: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(wells)
    for plate, part in table.groupby("Metadata_Plate"):
        part.to_csv(tmp_path / f"plate_{plate}.csv", index=False)
    steps = "standardize(by=[batch])"
    for source in ([tmp_path / "plate_*.csv"], sorted(tmp_path.glob("plate_*.csv"))):
        for batch in (["--column", "batch=Metadata_Run"], ["--batch-of-plate", "^(W.)_"]):
            out = tmp_path / "made.parquet"
            status, _, err = call("profile", *source, *batch, "--steps", steps, "--out", out)
            assert status == 0, err
            made = Profiles.load(out)
            assert made.meta["batch"].nunique() == 2
            controls = made.meta["control"].to_numpy()
            for rows in made.meta[controls].groupby("batch").groups.values():
                np.testing.assert_allclose(made.features[rows].mean(axis=0), 0, atol=1e-5)


def test_profile_joins_and_filters(call: Call, wells: Path, tmp_path: Path) -> None:
    doses = pd.DataFrame(
        {"Metadata_Compound": [f"c{i}" for i in range(8)], "donor": list("xy") * 4}
    )
    doses.to_csv(tmp_path / "doses.csv", index=False)
    out = tmp_path / "made.parquet"
    status, _, _ = call(
        *("profile", wells, "--join", tmp_path / "doses.csv", "--where", "donor == 'x'"),
        *("--out", out),
    )
    assert status == 0
    assert set(Profiles.load(out).meta["compound"]) == {"c0", "c2", "c4", "c6"}


def test_a_chain_of_a_file_is_applied(call: Call, wells: Path, tmp_path: Path) -> None:
    file = tmp_path / "chain.toml"
    file.write_text('[[profiling]]\nstep = "standardize"\n', encoding="utf-8")
    for steps in ([f"{file},aggregate(by=[treatment])"], [file, "aggregate(by=[treatment])"]):
        out = tmp_path / "made.parquet"
        said = [part for text in steps for part in ("--steps", text)]
        assert call("profile", wells, *said, "--out", out)[0] == 0
        wanted = profile(Profiles.load(wells), CHAIN)
        np.testing.assert_array_equal(Profiles.load(out).features, wanted.features)


def test_a_chain_is_fitted_on_some_rows_saved_and_applied_to_other_plates(
    call: Call, wells: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(wells)
    plates = sorted(table["Metadata_Plate"].unique())
    where = f"plate == '{plates[0]}'"
    steps = "standardize,pca(components=3)"
    made, space = tmp_path / "made.parquet", tmp_path / "space"
    status, out, err = call(
        *("profile", wells, "--steps", steps, "--fit-on", where, "--save-chain", space),
        *("--out", made),
    )
    assert (status, out.strip()) == (0, str(made)), err
    assert "pca: 56 profiles of 3 features" in err
    assert f"chain saved to {space}" in err
    loaded = Profiles.load(wells)
    wanted = fit_chain(loaded, steps, where)(loaded)
    np.testing.assert_array_equal(Profiles.load(made).features, wanted.features)
    facts = Profiles.load(made).provenance[-1]["facts"]["fit"]
    assert (facts["table"], facts["where"]) == (wells.name, f"({where})")

    second = tmp_path / "second.csv"
    table[table["Metadata_Plate"] == plates[1]].to_csv(second, index=False)
    again = tmp_path / "again.parquet"
    status, _, err = call("profile", second, "--chain", space, "--out", again)
    assert status == 0, err
    of_second = (loaded.meta["plate"] == plates[1]).to_numpy()
    np.testing.assert_allclose(
        Profiles.load(again).features, wanted.features[of_second], rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--chain", "x", "--steps", "sphere"], "--chain: a saved chain is fitted already and"),
        (["--chain", "x", "--fit-on", "control"], "cannot be combined with --fit-on; leave out"),
        (["--chain", "x", "--save-chain", "y"], "cannot be combined with --save-chain"),
        (["--chain", "absent"], "absent: no saved chain here"),
        (["--fit-on", "control"], "--fit-on: there are no steps to fit; name them: --steps"),
        (["--save-chain", "y"], "--save-chain: there are no steps to fit"),
        (["--steps", "aggregate", "--save-chain", "y", "--stream"], "combined with --stream"),
        (["--steps", "sphere", "--fit-on", "plat == 1"], "did you mean 'plate'"),
        (
            ["--steps", "standardize,harmony", "--save-chain", "y", "--set", "harmony.by=[plate]"],
            "step 1 (harmony): harmony works on all rows at once and cannot be applied to new rows",
        ),
    ],
)
def test_options_of_fitting_that_exclude_each_other(
    call: Call, wells: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    out = tmp_path / "x.parquet"
    status, _, err = call("profile", wells, *options, "--out", out)
    assert status == 2
    assert message in " ".join(err.split())
    assert not out.exists()
    assert not (tmp_path / "y").exists()


@pytest.fixture
def cells(wells: Path, tmp_path: Path) -> Path:
    table = pd.read_csv(wells)
    table = pd.concat([table, table.assign(Cells_f0=0.0)], ignore_index=True)
    path = tmp_path / "cells.parquet"
    table.to_parquet(path)
    return path


def test_a_streamed_file_gives_what_memory_does(
    call: Call, cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ["--steps", "aggregate,standardize"]
    made = {}
    for name, more in (("memory", ()), ("asked", ("--stream",)), ("large", ())):
        with monkeypatch.context() as patch:
            if name == "large":
                patch.setattr(apply, "STREAMED_ABOVE", 10)
            out = tmp_path / f"{name}.parquet"
            status, _, err = call("profile", cells, *steps, *more, "--out", out)
            assert status == 0, err
            assert ("% read" in err) == (name != "memory")
            made[name] = Profiles.load(out)
    for name in ("asked", "large"):
        np.testing.assert_array_equal(made[name].features, made["memory"].features)
        assert made[name].meta["compound"].tolist() == made["memory"].meta["compound"].tolist()


def test_streaming_needs_one_file_and_an_aggregation(
    call: Call, cells: Path, tmp_path: Path
) -> None:
    for more in (["--steps", "standardize"], [], ["--steps", "aggregate", "--where", "count > 3"]):
        status, out, err = call(
            "profile", cells, *more, "--stream", "--out", tmp_path / "x.parquet"
        )
        assert (status, out) == (2, "")
        assert "--stream: takes one parquet file, no --where, and `aggregate`" in err


def test_score_gives_the_runs_own_score(call: Call, finished: Path) -> None:
    profiles = finished / "profiles.parquet"
    status, out, _ = call("score", profiles, "--metric", "nsc", "--json")
    assert status == 0
    kept = json.loads((finished / "results.json").read_text())["scores"]
    assert json.loads(out) == kept
    status, table, _ = call("score", profiles, "--metric", "nsc", "--set", "nsc.same=batch")
    assert status == 0
    assert "profiles.parquet" in table
    assert f"{kept['nsc']['hits']}/10" not in table


def test_score_after_a_chain_and_before_its_last_step(call: Call, wells: Path) -> None:
    status, out, _ = call(
        *("score", wells, "--steps", CHAIN, "--json", "--metric", "nsc", "--metric", "wells=nsc"),
        *("--set", "wells.before=aggregate", "--set", "nsc.permutations=10"),
        *("--set", "aggregate.how=median", "--metric", "replicate_retrieval"),
        *("--set", "replicate_retrieval.before=aggregate"),
    )
    assert status == 0
    found = json.loads(out)
    assert (found["nsc"]["n"], found["wells"]["n"]) == (8, 32)
    assert found["replicate_retrieval"]["n"] == 8
    assert found["replicate_retrieval"]["figures"]["queries"] == 32
    made = profile(Profiles.load(wells), "standardize,aggregate(by=[treatment],how=median)")
    assert found["nsc"] == Nsc(permutations=10)(made).summary()


def test_score_prints_a_table_its_figures_and_notes(call: Call, wells: Path) -> None:
    status, out, _ = call("score", wells, "--metric", "replicate_retrieval", "--metric", "nsc")
    assert status == 0
    assert "replicate_retrieval: fraction_retrieved" in out
    assert "nsc: negative controls left out: 24" in out


def test_a_metric_that_cannot_run_is_said_beside_those_that_can(call: Call, wells: Path) -> None:
    steps = ("score", wells, "--steps", CHAIN, "--metric", "nsc", "--metric", "nscb")
    status, out, err = call(*steps, "--json")
    assert status == 2
    found = json.loads(out)
    assert found["nsc"]["n"] == 8
    assert "needs a column 'batch'" in found["nscb"]["error"]
    assert "error: nscb needs a column" in err
    assert "the table has: " in err
    assert "compound" in err  # what the table has
    status, out, _ = call(*steps)
    assert status == 2
    assert " nsc " in out
    status, out, err = call(*steps, "--column", "batch=Metadata_Run", "--json")
    assert (status, err) == (0, "")
    assert set(json.loads(out)) == {"nsc", "nscb"}

"""A chain applied to files: streamed where it can be, fitted where it is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.chains import apply
from phenolens.chains.apply import apply_chain, fit_and_apply
from phenolens.chains.chain import build_steps, profile, read_chain
from phenolens.chains.fitted import fit_chain
from phenolens.core.errors import InputError
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.profiling.aggregate import Aggregate

TEXT = "aggregate,standardize"


@pytest.fixture
def table(wells: Profiles, tmp_path: Path) -> ProfileTable:
    return ProfileTable(table=str(wells.save(tmp_path / "wells.parquet")))


def test_streamed_or_held_it_is_the_chain(
    table: ProfileTable, wells: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = build_steps(read_chain(TEXT))
    wanted = profile(wells, steps)
    for stream, above in ((False, 1 << 30), (True, 1 << 30), (False, 10)):
        monkeypatch.setattr(apply, "STREAMED_ABOVE", above)
        lines: list[str] = []
        read: list[tuple[int, int]] = []
        made = apply_chain(
            table,
            steps,
            Path(),
            stream=stream,
            say=lines.append,
            progress=lambda *rows: read.append(rows),  # noqa: B023
        )
        assert made.features.tobytes() == wanted.features.tobytes()
        assert lines == [
            "aggregate: 64 profiles of 5 features",
            "standardize: 64 profiles of 5 features",
        ]
        assert read == ([] if not stream and above > 10 else [(64, 64)])


def test_a_saved_chain_that_begins_with_an_aggregation_is_streamed(
    table: ProfileTable, wells: Profiles
) -> None:
    chain = fit_chain(wells, TEXT)
    read: list[int] = []
    made = apply_chain(
        table, chain.steps, Path(), stream=True, progress=lambda done, _: read.append(done)
    )
    assert read == [64]
    assert made.features.tobytes() == chain(wells).features.tobytes()


@pytest.mark.parametrize("text", ["standardize", "", "aggregate(how=modz)"])
def test_what_cannot_be_streamed_is_refused(table: ProfileTable, text: str) -> None:
    with pytest.raises(InputError, match="--stream: takes one parquet file, no --where"):
        apply_chain(table, build_steps(read_chain(text)), Path(), stream=True)


def test_fitted_on_some_rows_and_applied_to_all(table: ProfileTable, wells: Profiles) -> None:
    lines: list[str] = []
    steps = build_steps(read_chain(TEXT))
    chain, made = fit_and_apply(table, steps, Path(), where="plate == 'p1'", say=lines.append)
    assert len(lines) == 2
    wanted = fit_chain(wells, steps, "plate == 'p1'")(wells)
    np.testing.assert_array_equal(made.features, wanted.features)
    np.testing.assert_array_equal(chain(wells).features, wanted.features)
    fit = made.provenance[-1]["facts"]["fit"]
    assert (fit["rows"], fit["where"]) == (16, "(plate == 'p1')")


def test_joined_doses_and_controls_are_not_merged_by_streaming(tmp_path: Path) -> None:
    """Tables are joined before rows are combined, as in memory.

    Three wells of one compound, two of them at another dose: 3 treatments, not 2.
    """
    wells = ["A1", "A1", "A2", "A2", "A3", "A3"]
    table = pd.DataFrame({"Metadata_Plate": "P", "Metadata_Well": wells})
    table["Metadata_Compound"] = ["c"] * 4 + ["DMSO"] * 2
    table["Cells_a"] = np.arange(6) + 0.5
    table.to_parquet(tmp_path / "t.parquet")
    (tmp_path / "doses.csv").write_text("well,dose\nA1,1\nA2,10\nA3,0\n")
    joined = ProfileTable(table="t.parquet", join=("doses.csv",))
    by_treatment = (Aggregate(by=("plate", "treatment")),)
    held = apply_chain(joined, by_treatment, tmp_path)
    assert held.meta["treatment"].tolist() == ["DMSO", "c@1", "c@10"]
    for steps in (by_treatment, (Aggregate(),)):
        streamed = apply_chain(joined, steps, tmp_path, stream=True)
        held = apply_chain(joined, steps, tmp_path)
        assert streamed.features.tobytes() == held.features.tobytes()
        pd.testing.assert_frame_equal(streamed.meta, held.meta)
        assert streamed.provenance == held.provenance


def test_a_control_that_is_given_late_wins_in_a_streamed_table_too(tmp_path: Path) -> None:
    """Sites of one well at two doses, and a joined table that says which wells are controls."""
    table = pd.DataFrame({"Metadata_Plate": "P", "Metadata_Well": ["A1", "A1", "A2", "A2"]})
    table["Metadata_Compound"] = ["a", "a", None, None]
    table["Metadata_Concentration"] = [0.1, 1, 0.1, 1]
    table["Cells_a"] = np.arange(4) + 0.5
    table.to_parquet(tmp_path / "t.parquet")
    (tmp_path / "j.csv").write_text("well,Metadata_Control,batch_name\nA1,yes,B7\nA2,no,B8\n")
    joined = ProfileTable(table="t.parquet", join=("j.csv",), batch_of_plate="(P)")
    steps = (Aggregate(by=("plate", "well", "batch")),)
    streamed = apply_chain(joined, steps, tmp_path, stream=True)
    assert streamed.meta["control"].tolist() == [True, False]
    assert streamed.meta["treatment"].tolist()[0] == "a"
    pd.testing.assert_frame_equal(streamed.meta, apply_chain(joined, steps, tmp_path).meta)


@pytest.mark.parametrize("stream", [False, True])
def test_rows_that_a_step_left_out_are_said(
    wells: Profiles, tmp_path: Path, *, stream: bool
) -> None:
    wells.features[7] = np.nan
    table = ProfileTable(table=str(wells.save(tmp_path / "gaps.parquet")))
    steps = build_steps(read_chain("aggregate(incomplete=drop_blank)"))
    lines: list[str] = []
    made = apply_chain(table, steps, Path(), stream=stream, say=lines.append)
    assert len(made) == 63
    assert lines[0] == "aggregate: 63 profiles of 5 features"
    assert lines[1].startswith("aggregate: 1 of 64 rows with missing features left out: plate ")

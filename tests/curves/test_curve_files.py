"""Files of curves become long-form Profiles: on small files, and on all real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.inside import Fence, fenced
from phenolens.core.profiles import Profiles
from phenolens.curves.curve_files import CurveFiles, Curves
from phenolens.curves.words import words_of

WIDE = "Elapsed,Control,Erl {} nM,blank\n0,1,2,0\n3,3,4,0\n0,5,6,0\n3,7,8,0\n"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    (tmp_path / "a_PC9_phase.csv").write_text(WIDE.format(10))
    (tmp_path / "a_PC9_red.csv").write_text(WIDE.format(10))
    text = WIDE.replace("Erl", "Erlotinib").format(20)
    (tmp_path / "b_PC9_phase.csv").write_text(text)
    return tmp_path


def test_the_table_is_long(runs: Path) -> None:
    curves = CurveFiles(files="a_*.csv", cell_line="PC9", added_at=3).read(runs)
    profiles = curves.profiles
    assert profiles.names == ("phase", "red")
    assert list(profiles.meta) == [
        *("plate", "replicate", "compound", "concentration", "control"),
        *("concentration_unit", "cell_line", "batch", "time", "treatment"),
    ]
    assert profiles.meta["time"].tolist()[:4] == [-3.0, 0.0, -3.0, 0.0]
    assert profiles.meta["time"].dtype == np.float64
    row = profiles.meta.iloc[4]
    assert row["treatment"] == "Erl@0.01"
    assert not row["control"]
    assert profiles.provenance[0]["step"] == "curves"
    assert len(profiles.provenance[0]["files"]) == 2


def test_it_is_written_and_read_again(runs: Path) -> None:
    made = CurveFiles(files="*.csv").load(runs)
    made.save(runs / "long.parquet")
    again = Profiles.load(runs / "long.parquet")
    assert again.meta.equals(made.meta)
    np.testing.assert_array_equal(again.features, made.features)


def test_two_names_of_a_drug_are_joined_only_where_asked(runs: Path) -> None:
    apart = CurveFiles(files="*.csv", where="compound != 'blank'").read(runs)
    assert set(apart.profiles.meta["compound"]) == {"Control", "Erl", "Erlotinib"}
    assert "'Erl' and 'Erlotinib' may be one drug: --same 'Erl=Erlotinib' joins them" in apart.notes
    joined = CurveFiles(files="*.csv", same={"Erl": "Erlotinib"}).read(runs)
    assert set(joined.profiles.meta["compound"]) == {"Control", "Erlotinib", "blank"}
    assert not any("may be one drug" in note for note in joined.notes)
    with pytest.raises(InputError, match="no drug is named 'Erll'; did you mean 'Erl'"):
        CurveFiles(files="*.csv", same={"Erll": "Erlotinib"}).read(runs)
    (runs / "c_phase.csv").write_text("Elapsed,Erl 1 nM,Erlotinib 1 nM\n0,1,2\n")
    with pytest.raises(InputError, match=r"two conditions would be Erlotinib 0\.001 uM"):
        CurveFiles(files="c_*.csv", same={"Erl": "Erlotinib"}).read(runs)


def test_settings_say_what_files_do_not(runs: Path) -> None:
    curves = CurveFiles(files="*.csv", control=("Blank",), cell_line_of_run="_(PC9)$").read(runs)
    assert set(curves.profiles.meta["cell_line"]) == {"PC9"}
    assert curves.profiles.meta.loc[curves.profiles.meta["compound"] == "blank", "control"].all()
    with pytest.raises(InputError, match="no condition is named 'mock'"):
        CurveFiles(files="*.csv", control=("mock",)).read(runs)
    with pytest.raises(InputError, match="finds no cell line in the run 'a_PC9'"):
        CurveFiles(files="*.csv", cell_line_of_run="_(H1299)").read(runs)
    (runs / "d.csv").write_text("Elapsed,DOX 5,DOX 10\n0,1,2\n")
    assert CurveFiles(files="d.csv", unit="nM").read(runs).runs[0].drugs == {
        "DOX": ("0.005", "0.01")
    }


def test_measurements_that_some_runs_lack(runs: Path) -> None:
    curves = CurveFiles(files="*.csv").read(runs)
    lack = "'red' is not measured in ['b_PC9'], and missing there: --variable chooses others"
    assert lack in curves.notes
    assert CurveFiles(files="*.csv", variables=("phase",)).load(runs).names == ("phase",)
    with pytest.raises(InputError, match="no measurement is named 'green'"):
        CurveFiles(files="*.csv", variables=("green",)).read(runs)


def test_a_copy_of_a_run_is_reported(runs: Path) -> None:
    (runs / "e_PC9_phase.csv").write_text(WIDE.format(10))
    notes = CurveFiles(files="[ae]_*phase.csv").read(runs).notes
    assert "'e_PC9' has the values of 'a_PC9': leave one of them out" in notes


def test_files_of_a_recipe_may_not_lead_elsewhere(runs: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with (
        fenced(Fence((root,))),
        pytest.raises(InputError, match=r"curves\.files"),
    ):
        CurveFiles(files=str(runs / "a_PC9_phase.csv")).read(root)


def test_facts_are_those_of_the_rows_that_are_kept(tmp_path: Path) -> None:
    """Two drugs in two units, one of them left out; and a run of which no row is left."""
    text = "Drug,Conc,dose_unit,t (h),x\nA,10,nM,0,1\nA,10,nM,3,2\nA,2,nM,0,3\n"
    (tmp_path / "one.csv").write_text(f"{text}B,5,mg/ml,0,4\nB,5,mg/ml,6,\nDMSO,0,nM,0,5\n")
    (tmp_path / "two.csv").write_text("Drug,Conc,dose_unit,t (h),x\nC,1,nM,0,1\n")
    whole = CurveFiles(files="*.csv").read(tmp_path)
    assert any("doses are in uM and in ['mg/ml']" in note for note in whole.notes)
    kept = CurveFiles(files="*.csv", where="compound != 'B' and compound != 'C'").read(tmp_path)
    (run,) = kept.runs
    assert (run.conditions, run.curves, run.left_out) == (3, 3, 2)
    assert run.drugs == {"A": ("0.002", "0.01")}
    assert run.variables == {"x": 0}
    assert (run.times.last, run.times.count) == (3.0, 2)
    assert kept.notes == ("no row of ['two'] is left",)
    assert "dose_as_written" not in kept.profiles.meta  # it says no more
    assert len(kept.profiles) == len(kept.run_of_row) == 4
    assert dict(words_of(run))["left out"] == "2 rows, by the condition"
    other = CurveFiles(files="one.csv", where="compound == 'B'").read(tmp_path)
    assert other.profiles.meta["concentration"].tolist() == [5.0, 5.0]  # in the one unit there is
    assert other.runs[0].unit == "mg/ml"


def test_named_columns_are_in_the_facts(tmp_path: Path) -> None:
    text = "Drug,Conc (nM),t (h),day,donor,Date,x\nA,10,0,d1,7,2020-01-01,1\nA,10,3,d2,8,,2\n"
    (tmp_path / "one.csv").write_text(text)
    curves = CurveFiles(files="one.csv", columns={"batch": "day"}).read(tmp_path)
    (run,) = curves.runs
    words = dict(words_of(run))
    assert words["batches"] == "d1, d2"
    assert words["also"] == "donor (2 values)"
    assert "batch from 'day'" in words["columns"]
    assert words["not used"] == "'Date'"
    assert words["time column"] == "'t (h)', hours"
    assert curves.profiles.meta["batch"].tolist() == ["d1", "d2"]
    assert run.facts()["named"]["batch"] == "day"


def test_an_impossible_dose_is_named_by_its_row_in_the_file(tmp_path: Path) -> None:
    """Rows are sorted and joined later: none of that moves the row that is named."""
    (tmp_path / "a.csv").write_text("Drug,Conc,t,x\nB,1,3,1\nB,1,0,1\nA,-2,0,5\n")
    (tmp_path / "b.csv").write_text("Drug,Conc,t,x\nB,1,3,1\n")
    with pytest.raises(InputError, match=r"a\.csv: row 4: the dose in 'Conc' is '-2', below"):
        CurveFiles(files="*.csv").read(tmp_path)


def test_each_file_may_have_its_own_unit(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("Elapsed,DOX 5,DOX 10,Control\n0,1,2,3\n")
    units = {"a.csv": "nM", "b": "uM"}
    read = CurveFiles(files="*.csv", unit=units).read(tmp_path)
    assert [run.drugs["DOX"] for run in read.runs] == [("0.005", "0.01"), ("5", "10")]
    with pytest.raises(InputError, match=r"unit: 'c\.csv' is neither a file nor a run"):
        CurveFiles(files="*.csv", unit={"c.csv": "nM"}).read(tmp_path)


def test_doses_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    """In the file they are sorted as text; also those that have no common unit."""
    rows = "".join(f"A,{dose},{unit},0,1\n" for unit in ("nM", "mg/ml") for dose in (0, 10, 100, 9))
    (tmp_path / "a.csv").write_text(f"Drug,Conc,dose_unit,t,x\n{rows}")
    curves = CurveFiles(files="a.csv").read(tmp_path)
    doses = ("0.009", "0.01", "0.1", "A 9 mg/ml", "A 10 mg/ml", "A 100 mg/ml")
    assert curves.runs[0].drugs["A"] == doses
    written = curves.profiles.meta["treatment"].tolist()
    assert [t for t in written if "mg" in t] == ["A 9 mg/ml", "A 10 mg/ml", "A 100 mg/ml"]
    assert [t for t in written if "@" in t] == ["A@0.009", "A@0.01", "A@0.1"]


def test_a_table_may_say_which_rows_are_controls(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Drug,control,t,x\nPBS,1,0,1\nA,0,0,2\n")
    curves = CurveFiles(files="a.csv").read(tmp_path)
    assert curves.runs[0].controls == ("PBS",)
    assert curves.profiles.meta["control"].tolist() == [True, False]
    kept = CurveFiles(files="a.csv", where="control").read(tmp_path)
    assert kept.profiles.meta["control"].tolist() == [True]


def test_times_of_frames_become_hours(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Drug,frame,x\nA,0,1\nA,1,2\nA,2,3\nA,3,4\n")
    named = {"time": "frame"}
    (plain,) = CurveFiles(files="a.csv", columns=named).read(tmp_path).runs
    assert "taken as hours" in plain.notes[0]
    files = CurveFiles(files="a.csv", columns=named, time_unit="15 min", added_at=0.25)
    curves = files.read(tmp_path)
    assert curves.profiles.meta["time"].tolist() == [-0.25, 0, 0.25, 0.5]
    assert not any("taken as hours" in note for note in curves.runs[0].notes)
    with pytest.raises(InputError, match="time_unit: 'frames' is not a unit of time"):
        CurveFiles(files="a.csv", time_unit="frames")


@pytest.fixture(scope="module")
def five(singles: Path) -> Curves:
    """Return the five runs that the data's own page has figures for."""
    names = ("020720*", "050719_PC9_LCL*", "050719_PC9_PIM*", "071318*", "072718*")
    return CurveFiles(files=tuple(f"{name}.csv" for name in names)).read(singles)


def test_the_five_real_runs(five: Curves) -> None:
    assert [(r.conditions, r.curves, r.replicates) for r in five.runs] == [(11, 33, (3, 3))] * 5
    assert {(r.times.count, r.times.first, r.times.last) for r in five.runs} == {(25, 0.0, 72.0)}
    assert five.profiles.names == ("green", "phase", "red")
    assert len(five.profiles) == 5 * 33 * 25
    assert np.isfinite(five.profiles.features).all()
    assert five.runs[0].drugs == {
        "Erlotinib": ("0.00137", "0.00412", "0.0123", "0.037", "0.111", "0.333"),
        "THZ1": ("0.0111", "0.0333", "0.1", "0.3"),
    }
    assert {run.controls for run in five.runs} == {("Control",)}


def test_the_real_plate_of_384_wells_and_its_map(grids: Path) -> None:
    curves = CurveFiles(files="sample_data_384*").read(grids)
    (run,) = curves.runs
    assert (run.wells, len(run.drugs), run.controls, run.unit) == (268, 22, ("DMSO",), "ng/ul")
    assert (run.times.count, run.curves, run.cell_lines) == (20, 268, ("line_1", "line_2"))
    assert set(run.drugs.values()) == {("200", "1000", "5000")}
    first = curves.profiles.meta.iloc[0]
    assert first[["well", "compound", "time"]].tolist() == ["B02", "DMSO", 0.0]
    assert curves.profiles.features[0, 0] == np.float32(11.08304)
    assert set(curves.profiles.meta["concentration_unit"].dropna()) == {"ng/ul"}
    assert np.isfinite(curves.profiles.features).all()


def test_a_real_export_and_a_real_plate_are_joined_with_their_maps(
    grids: Path, data_dir: Path
) -> None:
    files = [grids / f"sample_data_96{end}" for end in (".xlsx", "_platemap.txt")]
    export = data_dir / "incucyte-timecourses" / "drugResistance"
    files += [export / "data.txt", export / "annotation.csv"]
    curves = CurveFiles(files=tuple(map(str, files))).read(Path())
    assert [(r.run, r.wells) for r in curves.runs] == [
        ("20160209 OE33 ATRi", 80),
        ("N206_MK_AZD", 24),
    ]
    assert "decimal commas were read as points" in curves.runs[1].notes
    meta = curves.profiles.meta
    doses = meta.groupby("compound", observed=True)["concentration"].unique().map(set)
    assert doses["drug_1"] == {0.0625, 0.125, 0.25, 0.5, 1.0, 2.0}
    assert doses["MK2206"] == {0.03, 1, 10, 100}
    assert set(meta.loc[meta["control"], "compound"]) == {
        *("Vehicle", "DMSO_1_100", "DMSO_1_1k", "DMSO_1_10k", "DMSO_1_333k")
    }
    own = (meta["well"] == "A01") & (meta["cell_line"] == "N206") & (meta["site"] == 1)
    phase = curves.profiles.features[own.to_numpy(), curves.profiles.names.index("phase")]
    np.testing.assert_array_equal(phase[:2], np.array([3.070361, 3.737082], dtype=np.float32))
    assert len(phase) == 75


def test_real_combinations(singles: Path) -> None:
    folder = singles.parent / "combinations"
    curves = CurveFiles(files="050719_PC9_LCL_OSI*.xlsx").read(folder)
    first = curves.runs[0]
    assert first.plates == ("050719_PC9_LCL_OSI high", "050719_PC9_LCL_OSI low")
    assert first.drugs["LCL161 + OSI-906 2.5 uM"] == ("5", "10", "20", "40")
    assert sum("has the values of" in note for note in curves.notes) == 2
    meta = curves.profiles.meta
    pairs = meta[meta["compound_2"].notna()]
    assert set(pairs["compound_2"]) == {"OSI-906"}
    assert set(pairs["concentration_2"]) == {2.5, 5, 7.5, 10, 15, 20}


def test_wells_without_a_map_are_curves_without_treatments(tmp_path: Path) -> None:
    (tmp_path / "plate.csv").write_text(
        "".join(f"Elapsed:,{t},hours\n,1,2\nA,{t + 5},6\n" for t in (0, 2))
    )
    curves = CurveFiles(files="plate.csv").read(tmp_path)
    assert curves.profiles.meta["well"].tolist() == ["A01", "A01", "A02", "A02"]
    assert "compound" not in curves.profiles.meta
    (run,) = curves.runs
    assert (run.curves, run.drugs, run.controls) == (2, {}, ())
    assert "no map says what the wells of plate.csv get" in run.notes
    assert words_of(run)[0] == ("read as", "plate grids; 1 table")

"""Files are recognised, or refused with what they have instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.curves.read_file import read_file


def test_formats_by_content(tmp_path: Path) -> None:
    texts = {
        "wide.csv": "Elapsed,Control\n0,1\n",
        "long.csv": "Elapsed,Drug,x\n0,a,1\n",
        "export.txt": "Elapsed\tA1, Image 1\n0\t1\n",
        "grid.csv": "Elapsed:,0,hours\n,1,2\nA,1,2\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = [read_file(tmp_path / name, {}).pieces[0].format for name in texts]
    assert found == [
        "one column per condition",
        "long table",
        "one column per well",
        "plate grids",
    ]


def test_a_table_of_wells_whose_time_is_named_is_no_map(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("when,compound,well,plate,confluence\n0,DMSO,A01,P1,5\n3,DMSO,A01,P1,6\n")
    assert len(read_file(table, {}).maps) == 1
    found = read_file(table, {"time": "when"})
    assert not found.maps
    assert found.pieces[0].format == "long table"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "Drug,Viability\na,1\n", r"has no column of times: its columns are \['Drug'"),
        ("a.csv", "", "is empty"),
        ("a.xls", "x", "not read from '.xls'; save it as .xlsx or CSV"),
        ("a.xml", "<other/>", "is not a PlateMap"),
        ("a.parquet", "x", r"a\.parquet: cannot be read"),
    ],
)
def test_what_has_no_curves_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        read_file(tmp_path / name, {})
    with pytest.raises(InputError, match="no such file"):
        read_file(tmp_path / "absent.csv", {})


def test_real_tables_without_times_are_refused(grids: Path, data_dir: Path) -> None:
    folder = data_dir / "incucyte-timecourses" / "ps-growth-model" / "initial-data"
    others = [folder / "2017.07.10-H1299-celltiter.csv"]
    names = ("sample_data_1.txt", "sample_data_synergy_grid.txt", "sample_synergy_ray.txt")
    for path in (
        *others,
        *(grids / name for name in names),
        grids / "sample_data_96_platemap.xlsx",
    ):
        with pytest.raises(InputError, match="has no column of times"):
            read_file(path, {})
    with pytest.raises(InputError, match=r"malformed\.txt: has no column of times.*'xxx_2'"):
        read_file(grids / "sample_data_syn_malformed.txt", {})

"""A run over tables goes on with the number of threads that it was begun with."""

from __future__ import annotations

from pathlib import Path

from tests.safety.runs_kit import recipe, save_wells
from threadpoolctl import threadpool_limits

from phenolens.core.progress import silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.record import Record, read_record, write_record
from phenolens.runs.run import run
from phenolens.runs.same_kernels import blas_threads, same_kernels


def test_the_number_is_noted_and_used_again(tmp_path: Path) -> None:
    here, folder, said = blas_threads(), RunFolder(tmp_path), list[str]()
    write_record(folder, Record(early="e"))
    with same_kernels(folder, said.append):
        assert blas_threads() == here
    assert read_record(folder) == Record(early="e", blas=here)
    assert said == []
    write_record(folder, Record(early="e", blas=2))
    with threadpool_limits(limits=1, user_api="blas"):
        with same_kernels(folder, said.append):
            used = blas_threads()
        assert blas_threads() == 1
    (line,) = said
    assert used in (1, 2)  # a library may not take more than it was started with
    assert line.startswith("tables: ")
    assert ("goes on with 2 threads, as it was begun, not with 1" in line) == (used == 2)
    assert ("may differ in its last bits" in line) == (used == 1)


def test_the_number_of_a_stranger_is_not_used(tmp_path: Path) -> None:
    here, folder = blas_threads(), RunFolder(tmp_path)
    write_record(folder, Record(early="e", blas=10**9))
    with same_kernels(folder, silent):
        assert blas_threads() == here
    assert read_record(folder).blas == here


def test_a_run_over_a_table_keeps_it(tmp_path: Path) -> None:
    root = save_wells(tmp_path / "wells.parquet").parent
    run(recipe(), root, tmp_path / "out")
    assert read_record(RunFolder(tmp_path / "out")).blas == blas_threads()

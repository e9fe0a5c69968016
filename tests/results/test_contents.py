from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.results.contents import RunContents, number


def test_a_whole_folder_is_read(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    assert run.profiles is not None
    assert len(run.profiles) == 60
    assert list(run.rows) == ["nsc", "nscb"]
    assert run.logs["joint"].dim == 384
    assert run.examples is not None
    assert run.examples.channels == ("DAPI", "Tubulin", "Actin")
    assert run.recipe.startswith("# how it was made")


def test_the_neighbours_treatment_is_named_neighbour(run_folder: Path) -> None:
    assert "neighbour" in RunContents.read(run_folder).rows["nsc"].columns


def test_only_the_results_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("{}")
    run = RunContents.read(tmp_path)
    assert run.profiles is None
    assert run.examples is None
    assert (dict(run.rows), dict(run.logs), run.recipe) == ({}, {}, "")


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no results\.json"):
        RunContents.read(tmp_path)


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_broken_results_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(InputError, match=r"results\.json"):
        RunContents.read(tmp_path)


def test_not_a_number_is_read_as_absent(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"seed": NaN}')
    assert RunContents.read(tmp_path).results == {"seed": None}


def test_a_broken_table_is_named(run_folder: Path) -> None:
    (run_folder / "scores" / "nsc.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match=r"nsc\.parquet: cannot be read as a table"):
        RunContents.read(run_folder)


def test_images_of_another_kind_are_refused(run_folder: Path) -> None:
    np.savez(run_folder / "examples.npz", images=np.zeros((3, 2, 4, 4)), channels=np.array(["a"]))
    with pytest.raises(InputError, match="float64"):
        RunContents.read(run_folder)


def test_images_without_their_rows_are_refused(run_folder: Path) -> None:
    images = np.zeros((2, 1, 4, 4), dtype=np.uint8)
    np.savez(run_folder / "examples.npz", images=images, channels=np.array(["a"]))
    with pytest.raises(InputError, match="2 images but 61 rows"):
        RunContents.read(run_folder)


def test_a_number_of_json_is_nan_where_it_is_null() -> None:
    assert number(2) == 2.0
    assert np.isnan([number(None), number("2")]).all()

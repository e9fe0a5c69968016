"""One screen in every format: the same rows and pixels, read again by its own layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.intake.output import ENDINGS, Output
from phenolens.intake.prepare import plan, write
from phenolens.screens.image_folder import ImageFolder

pytest.importorskip("zarr")


@pytest.mark.parametrize("form", ENDINGS)
def test_every_format_is_recognised_and_read_again(tmp_path: Path, form: str) -> None:
    root, out = tmp_path / "plates", tmp_path / "out"
    ImageFolder.fake(root)
    (root / "P1" / "B02_s1_DNA.tif").write_bytes(b"II*\0nonsense")
    planned = plan(root, platemap=str(root / "platemap.csv"))
    store, left_out = write(planned, Output(out, form), 2)
    assert (len(store), len(left_out)) == (7, 1)
    again = plan(out)
    assert again.recognition.name == {"ome_zarr": "ome_zarr"}.get(form, "prepared")
    kept = np.array([0, 1, 3, 4, 5, 6, 7])
    expected = planned.screen.meta.iloc[kept].reset_index(drop=True)
    pd.testing.assert_frame_equal(again.screen.meta, expected, check_dtype=False)
    pixels = planned.screen.read(kept)
    np.testing.assert_array_equal(again.screen.read(np.arange(7)), pixels)
    assert again.screen.identify is not None
    assert len(np.unique(again.screen.identify(np.arange(7)), axis=0)) == 7
    assert not [problem for problem in again.problems if problem.serious]
    # What is there is a folder for the command too: any format becomes any other.
    other = {"store": "zarr", "zarr": "ome_zarr", "ome_zarr": "store"}[form]
    turned, _ = write(again, Output(tmp_path / "turned", other), 1)
    np.testing.assert_array_equal(turned.read(np.arange(7)), pixels)
    pd.testing.assert_frame_equal(turned.meta, expected, check_dtype=False)
    with pytest.raises(InputError, match=r"holds .*, and is not"):
        write(again, Output(out, other), 1)


def test_a_url_and_what_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "plates"
    ImageFolder.fake(root)
    url = f"memory://{tmp_path.name}/out.zarr"
    store, _ = write(plan(root), Output(url, "zarr"), 1)
    assert store.read(np.arange(8)).shape == (8, 2, 32, 40)
    with pytest.raises(InputError, match="the format ome_zarr is written to a local folder"):
        Output(url, "ome_zarr")
    with pytest.raises(InputError, match="unknown format 'zar'; did you mean 'zarr'"):
        Output(tmp_path, "zar")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file, and a folder is needed"):
        Output(tmp_path / "file").refuse_other()

"""Adapters of Cellpose and StarDist, with stand-ins of these packages: they need weights."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.masks.nuclei import nuclei
from phenolens.masks.segmenters import segmenter, weights_of

IMAGE = np.arange(48, dtype=np.uint16).reshape(6, 8)
LABELS = (IMAGE > 20).astype(np.uint16)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Put stand-ins in the place of the packages; return what they are asked."""
    calls: list[Any] = []

    class CellposeModel:
        def __init__(self, *, gpu: bool, pretrained_model: str) -> None:
            calls.append((gpu, pretrained_model))

        def eval(self, x: np.ndarray, *, channel_axis: int, diameter: float | None) -> Any:
            calls.append((x, channel_axis, diameter))
            return LABELS, ["flows"], np.zeros(256)

    class StarDist2D:
        def __init__(self, config: None, *, name: str, basedir: str) -> None:
            calls.append((config, name, basedir))

        def predict_instances(self, image: np.ndarray) -> Any:
            calls.append(image)
            return LABELS.astype(np.int64), {"prob": []}

    monkeypatch.setitem(sys.modules, "cellpose", SimpleNamespace())
    monkeypatch.setitem(
        sys.modules, "cellpose.models", SimpleNamespace(CellposeModel=CellposeModel)
    )
    monkeypatch.setitem(sys.modules, "stardist", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "stardist.models", SimpleNamespace(StarDist2D=StarDist2D))
    return calls


def test_without_a_name_it_is_thresholds() -> None:
    rng = np.random.default_rng(0)
    image = rng.poisson(200, (64, 64)).astype(np.uint16)
    image[20:36, 20:36] += 4000
    assert np.array_equal(segmenter("", 16)(image), nuclei(image, 16))


def test_cellpose_gets_three_channels_and_the_file(tmp_path: Path, asked: list[Any]) -> None:
    file = tmp_path / "cpsam"
    file.write_bytes(b"weights")
    segment = segmenter(f"cellpose:{file}", 0)
    labels = segment(IMAGE)
    assert labels.dtype == np.int32
    assert np.array_equal(labels, LABELS)
    assert asked[0] == (True, str(file))
    x, axis, diameter = asked[1]
    assert (x.shape, axis, diameter) == ((6, 8, 3), -1, None)
    assert np.array_equal(x[..., 0], IMAGE)
    assert not x[..., 1:].any()
    segmenter(f"cellpose:{file}", 17.0)(IMAGE)
    assert asked[-1][2] == 17.0


def test_stardist_gets_the_folder_and_normalized_counts(tmp_path: Path, asked: list[Any]) -> None:
    folder = tmp_path / "2D_versatile_fluo"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    labels = segmenter(f"stardist:{folder}", 0)(IMAGE)
    assert np.array_equal(labels, LABELS)
    assert asked[0] == (None, "2D_versatile_fluo", str(tmp_path))
    low, high = np.percentile(IMAGE, [1, 99.8])
    np.testing.assert_allclose(asked[1], (IMAGE - low) / (high - low), rtol=1e-6)


@pytest.mark.parametrize("name", ["otsu", "cellpose:", "cellpose:cyto3", "stardist:none"])
def test_other_names_and_files_that_are_not_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"is neither|no such file|no folder"):
        weights_of(name)


def test_a_package_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cellpose.models", None)
    (tmp_path / "w").write_bytes(b"")
    with pytest.raises(InputError, match=r"needs cellpose\.models") as caught:
        segmenter(f"cellpose:{tmp_path / 'w'}", 0)
    assert caught.value.fix == "pip install cellpose"

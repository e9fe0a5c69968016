"""Nuclei by networks of others: Cellpose and StarDist, with weights that are on this disk.

Thin adapters of the documented calls of cellpose 4 and stardist 0.9. They were tested with
stand-ins of these packages, and never run with real weights.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int32, Real

from phenolens.core.errors import InputError
from phenolens.masks.nuclei import nuclei

Segment = Callable[[np.ndarray], Int32[np.ndarray, "h w"]]
_LOW, _HIGH = 1.0, 99.8  # percentiles that StarDist's examples normalize by
_KINDS = ("cellpose", "stardist")


def weights_of(name: str) -> Path | None:
    """Return the file or folder of a segmenter's weights; None where it has none.

    Args:
        name: `cellpose:FILE`, `stardist:FOLDER`, or empty: thresholds.

    Raises:
        InputError: It is neither, or the file or folder is not there.
    """
    if not name:
        return None
    kind, _, rest = name.partition(":")
    path = Path(rest).expanduser()
    if kind not in _KINDS or not rest:
        raise InputError(
            f"'{name}' is neither cellpose:FILE nor stardist:FOLDER", where="segmenter"
        )
    there = path.is_file() if kind == "cellpose" else (path / "config.json").is_file()
    if not there:
        what = "no such file" if kind == "cellpose" else "no folder with a config.json"
        fix = "download the weights, and name where they are; nothing is downloaded here"
        raise InputError(what, where=path, fix=fix)
    return path


def segmenter(name: str, diameter: float) -> Segment:
    """Return what labels the nuclei of one channel's counts: 1.. at each nucleus, 0 elsewhere.

    Args:
        name: See `weights_of`.
        diameter: Of a nucleus in pixels; 0: estimated (thresholds), the network's own (Cellpose).
            StarDist does not use it.

    Raises:
        InputError: The weights are not there, or the package is not installed.
    """
    path = weights_of(name)
    if path is None:
        return lambda image: nuclei(image, diameter)
    return _cellpose(path, diameter) if name.startswith("cellpose") else _stardist(path)


def _cellpose(path: Path, diameter: float) -> Segment:
    models: Any = _package("cellpose.models", "cellpose")
    model = models.CellposeModel(gpu=True, pretrained_model=str(path))  # where there is one

    def segment(image: Real[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
        three = np.zeros((*image.shape, 3), dtype=np.float32)  # it takes three channels
        three[..., 0] = image
        labels, *_ = model.eval(three, channel_axis=-1, diameter=diameter or None)
        return _checked(labels, image.shape)

    return segment


def _stardist(path: Path) -> Segment:
    models: Any = _package("stardist.models", "stardist tensorflow")
    model = models.StarDist2D(None, name=path.name, basedir=str(path.parent))

    def segment(image: Real[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
        labels, _ = model.predict_instances(_normalized(image))
        return _checked(labels, image.shape)

    return segment


def _normalized(image: Real[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    low, high = np.percentile(image, [_LOW, _HIGH])
    return ((image - low) / max(high - low, 1e-6)).astype(np.float32)


def _checked(labels: np.ndarray, size: tuple[int, ...]) -> Int32[np.ndarray, "h w"]:
    if labels.shape != size:
        raise InputError(
            f"the segmenter returns labels of shape {labels.shape} for an image of {size}"
        )
    return labels.astype(np.int32)


def _package(module: str, packages: str) -> Any:
    try:
        return import_module(module)
    except (ImportError, RuntimeError, AttributeError) as error:  # of torchvision, TensorFlow too
        raise InputError(
            f"needs {module}, which cannot be imported ({error})",
            where="segmenter",
            fix=f"pip install {packages}",
        ) from error

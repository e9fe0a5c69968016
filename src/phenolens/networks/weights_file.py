"""A file of weights, read as the file of a stranger: no code runs, and no size is believed."""

from __future__ import annotations

import argparse
import pickle
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from phenolens.core.errors import InputError

_TENSORS_ALONE = "save only its tensors, as .safetensors"
_GET_AGAIN = "copy it again"


def read_tensors(path: Path) -> dict[str, Any]:
    """Return the content of a weights file, on the CPU, without running code from it.

    Args:
        path: `.safetensors`, or torch's `.pth` / `.pt`, of which tensors, numbers, text, lists and
            tables of them are accepted, and nothing else.

    Raises:
        InputError: No such file, it is damaged or contains more than that, or a tensor is not what
            it says: larger than the file, or without values.
    """
    _require(path)
    if path.suffix == ".safetensors":
        try:
            return dict(load_file(path))
        except SafetensorError as error:
            raise _damaged(path, error) from error
        except OSError as error:
            raise _unreadable(path, error) from error
    content = _load_plain(path)
    for name, value in _tensors_in(content):
        _check_stored(name, value, path)
    return content


def shapes_of(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of a `.safetensors` file; only its header is read.

    Raises:
        InputError: No such file, or its header does not fit its bytes.
    """
    _require(path)
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            return {name: tuple(file.get_slice(name).get_shape()) for name in names}
    except SafetensorError as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _load_plain(path: Path) -> dict[str, Any]:
    """Return the content of torch's own kind of file, of which no code is run."""
    _refuse_compressed(path)
    scalar = np._core.multiarray.scalar  # type: ignore[attr-defined]  # numpy's own, untyped
    # DINO keeps its arguments and, in the optimiser's state, numpy numbers.
    allowed = [
        argparse.Namespace,
        scalar,
        (scalar, "numpy.core.multiarray.scalar"),
        np.dtype,
        *(type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64)),
    ]
    try:
        with torch.serialization.safe_globals(allowed), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch's own parts that the file may name
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise _unreadable(path, error) from error
    except pickle.UnpicklingError as error:  # torch's own text advises to run the code
        raise InputError(
            "cannot read weights without running code from the file: it contains more than tensors "
            "and plain settings",
            where=path,
            fix=_TENSORS_ALONE,
        ) from error
    except Exception as error:  # torch raises many kinds, all of them the file's fault
        raise InputError(
            f"cannot read weights: damaged, or a file of another kind ({type(error).__name__})",
            where=path,
            fix=f"get it again, or {_TENSORS_ALONE}",
        ) from error
    if not isinstance(content, Mapping):
        kind = type(content).__name__
        raise InputError(
            f"contains a {kind}, expected a table of tensors", where=path, fix=_TENSORS_ALONE
        )
    return dict(content)


def _refuse_compressed(path: Path) -> None:
    """Raise InputError where a few bytes would become many: torch never compresses its files."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            large = sum(part.file_size for part in archive.infolist()) > path.stat().st_size
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError("is a damaged archive", where=path, fix="copy it again") from error
    if large:
        raise InputError(
            "says that it is larger than its bytes: it is compressed, or damaged",
            where=path,
            fix=_TENSORS_ALONE,
        )


def _tensors_in(content: object, name: str = "", depth: int = 0) -> Iterable[tuple[str, Tensor]]:
    """Yield every tensor of nested tables, with its name."""
    if isinstance(content, Tensor):
        yield name, content
    elif isinstance(content, Mapping) and depth < 4:  # no deeper one is ever used
        for key, value in content.items():
            yield from _tensors_in(value, f"{name}.{key}" if name else str(key), depth + 1)


def _check_stored(name: str, value: Tensor, path: Path) -> None:
    """Raise InputError where a tensor is more than the bytes that the file has for it."""
    plain = value.device.type == "cpu" and value.layout == torch.strided
    if not plain or value.is_quantized or value.is_nested:
        what = f"{name} is not a plain tensor of values"
    elif value.numel() * value.element_size() > value.untyped_storage().nbytes():
        what = f"{name} says {tuple(value.shape)}, more values than the file has"
    else:
        return
    raise InputError(what, where=path, fix=_TENSORS_ALONE)


def _require(path: Path) -> None:
    if not path.is_file():
        raise InputError("no such file", where=path)


def _damaged(path: Path, error: Exception) -> InputError:
    reason = " ".join(str(error).split())[:120]
    return InputError(
        f"is not a safetensors file, or is damaged: {reason}", where=path, fix=_GET_AGAIN
    )


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot be read: {error.strerror or error}", where=path)

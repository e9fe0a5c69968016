"""The extras: what a plain install leaves out, and how to add it."""

from __future__ import annotations

import importlib
from types import ModuleType

from phenolens.core.errors import InputError

# Extra -> the modules that it installs, as `pyproject.toml` says (a test compares the two).
EXTRAS = {
    "train": ("torch", "lightning_fabric", "safetensors", "tifffile", "imagecodecs"),
    "report": ("umap",),
    "anndata": ("anndata", "zarr"),
    "harmony": ("harmonypy",),
    "combat": ("scanpy",),
    "time": ("dtaidistance",),
    "pretrained": ("timm", "transformers"),
    "onnx": ("onnxruntime",),
    "explain": ("captum",),
    "curves": ("openpyxl",),
    "zarr": ("zarr", "fsspec"),
    "classical": ("cp_measure",),
    "dask": ("distributed",),
    "remote": ("fsspec", "aiohttp", "s3fs"),
    "basic": ("basicpy",),
    "bioio": ("bioio",),
}


def extra_of(module: str) -> str | None:
    """Return the extra that installs a module, or None where none does.

    Example:
        >>> extra_of("torch.nn"), extra_of("numpy")
        ('train', None)
    """
    package = module.partition(".")[0]
    return next((extra for extra, modules in EXTRAS.items() if package in modules), None)


def install(extra: str) -> str:
    """Return the command that installs an extra.

    Example:
        >>> install("train")
        "pip install 'phenolens[train]'"
    """
    return f"pip install 'phenolens[{extra}]'"


def import_extra(module: str, *, needed_by: str, extra: str) -> ModuleType:
    """Return a library that one entry needs and a plain install does not include.

    Raises:
        InputError: It is not installed, or cannot be imported: says what to install.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, RuntimeError) as error:
        raise InputError(
            f"{needed_by} needs {module}, which cannot be imported ({error})",
            fix=install(extra),
        ) from error

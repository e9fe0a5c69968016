"""The extras: what a plain install leaves out, and how to add it."""

from __future__ import annotations

# Extra -> the modules that it installs, as `pyproject.toml` says (a test compares the two).
EXTRAS = {
    "train": ("torch", "lightning_fabric", "safetensors", "tifffile", "imagecodecs"),
    "report": ("umap",),
    "anndata": ("anndata", "zarr"),
    "harmony": ("harmonypy",),
    "combat": ("scanpy",),
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

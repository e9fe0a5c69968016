"""Which versions run here: of phenolens, Python, the platform and the packages that matter."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

# Distributions that results or faults may depend on; those of the extras come after them.
PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "jaxtyping", "typer", "filelock")


def version_of(distribution: str) -> str | None:
    """Return the version of an installed distribution, or None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def own_version() -> str:
    """Return phenolens' version with that of Python and the platform, in one line.

    Example:
        >>> own_version().startswith("phenolens ")
        True
    """
    own = version_of("phenolens") or "not installed"
    return f"phenolens {own}, Python {platform.python_version()}, {platform.platform()}"

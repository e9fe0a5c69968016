"""What `phenolens doctor` looks at: facts by section, and what is wrong. It never raises."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from phenolens.core.extras import EXTRAS, install
from phenolens.core.versions import PACKAGES, own_version, version_of

_VARIABLES = ("PHENOLENS_", "OMP_", "OPENBLAS_", "MKL_", "CUDA_VISIBLE", "PYTHONPATH", "RANK")
_LITTLE = 2e9  # bytes: less is soon full
_OTHER_NAMES = {"umap": "umap-learn"}  # module -> what pip calls it


@dataclass(slots=True)
class Diagnosis:
    """What was found.

    Attributes:
        facts: Section -> name -> value.
        problems: What is wrong, each with its fix.
    """

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)

    def look(self, section: str, at: Callable[[], Mapping[str, Any]]) -> None:
        """Add a section; where looking fails, that is a problem."""
        try:
            self.facts[section] = dict(at())
        except Exception as error:  # a doctor who falls ill helps nobody
            self.facts[section] = {}
            self.blame(f"{section}: {type(error).__name__}: {error}", "report it")

    def blame(self, what: str, fix: str) -> None:
        """Add a problem."""
        self.problems.append({"what": what, "fix": fix})


def examine(cache: Path) -> Diagnosis:
    """Return what this computer has, and what is wrong with it.

    Args:
        cache: Folder of the stages that runs share; runs are next to it.
    """
    found = Diagnosis()
    found.look("phenolens", _own)
    found.look("packages", lambda: {name: version_of(name) or "missing" for name in PACKAGES})
    found.look("extras", _extras)
    found.look("processor", _processor)
    found.look("linear algebra", _kernels)
    found.look("devices", _devices)
    found.look("folders", lambda: _folders(cache, found))
    found.look("environment", _variables)
    found.look("plugins", _plugins)
    for name, number in found.facts["packages"].items():
        if number == "missing":
            found.blame(f"{name} is not installed", "pip install --force-reinstall phenolens")
    return found


def has_extra(extra: str) -> bool:
    """Return whether all modules of an extra are installed; nothing is imported."""
    return not _missing(extra)


def _missing(extra: str) -> list[str]:
    return [name for name in EXTRAS[extra] if not _is_installed(name)]


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a finder of somebody else's, or a module half loaded
        return False


def _own() -> dict[str, Any]:
    return {"version": own_version(), "python": sys.executable, "folder": str(Path.cwd())}


def _extras() -> dict[str, Any]:
    """Return each extra: its versions, or what installs it."""
    listed = {}
    for extra, modules in EXTRAS.items():
        missing = _missing(extra)
        named = [f"{m} {version_of(_OTHER_NAMES.get(m, m)) or '?'}" for m in modules]
        listed[extra] = f"not installed: {install(extra)}" if missing else ", ".join(named)
    return listed


def _processor() -> dict[str, Any]:
    cores = os.cpu_count()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    return {"name": _processor_name(), "cores": cores, "cores that may be used": usable}


def _processor_name() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _kernels() -> dict[str, Any]:
    """Return the libraries of NumPy and scikit-learn, their kernel and threads."""
    import numpy as np
    import sklearn  # noqa: F401 -- loads its OpenMP
    from threadpoolctl import threadpool_info

    np.ones((2, 2)) @ np.ones((2, 2))
    return {
        Path(one["filepath"]).name: " ".join(
            str(one[key])
            for key in ("internal_api", "version", "architecture")
            if one.get(key) is not None
        )
        + f", {one['num_threads']} threads"
        for one in threadpool_info()
    }


def _devices() -> dict[str, Any]:
    """Return what torch can compute on, where it is installed."""
    if not _is_installed("torch"):
        return {"torch": "not installed"}
    import torch

    found: dict[str, Any] = {"CPU": f"{torch.get_num_threads()} threads"}
    for i in range(torch.cuda.device_count()):
        memory = torch.cuda.get_device_properties(i).total_memory
        found[f"CUDA {i}"] = f"{torch.cuda.get_device_name(i)}, {memory / 1e9:.0f} GB"
    if torch.backends.mps.is_available():
        found["MPS"] = "Apple's GPU"
    return found


def _folders(cache: Path, found: Diagnosis) -> dict[str, Any]:
    """Return cache, runs and temporary folder: what they hold, and how much is free."""
    from phenolens.runs.entries import entries

    facts: dict[str, Any] = {"cache": str(cache.absolute())}
    if cache.is_dir():
        listed = entries(cache)
        facts["stages in the cache"] = len(listed)
        facts["size of the cache (MB)"] = round(sum(entry.size for entry in listed) / 1e6, 1)
    for name, folder in (("runs", cache.parent), ("temporary files", Path(tempfile.gettempdir()))):
        there = _nearest(folder.absolute())
        free = shutil.disk_usage(there).free
        facts[name] = str(folder.absolute())
        facts[f"free for {name} (GB)"] = round(free / 1e9, 1)
        if free < _LITTLE:
            found.blame(f"{there}: only {free / 1e9:.1f} GB are free", "make room")
        if not _writable(there):
            found.blame(f"{there}: cannot be written", "change its rights, or name another --out")
    return facts


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above that exists."""
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"phenolens")
    except OSError:
        return False
    return True


def _variables() -> dict[str, Any]:
    return {key: text for key, text in sorted(os.environ.items()) if key.startswith(_VARIABLES)}


def _plugins() -> dict[str, Any]:
    """Return what installed packages add to the catalogue, by their entry points."""
    from phenolens.core.registry import ROOMS

    groups = ("phenolens.plugins", *(f"phenolens.{room}" for room in ROOMS))
    found = (entry for group in groups for entry in entry_points(group=group))
    return {f"{entry.group}: {entry.name}": entry.value for entry in found}

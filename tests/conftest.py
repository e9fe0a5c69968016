"""What every test may ask for."""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from jaxtyping import config, install_import_hook

if TYPE_CHECKING:  # at run time only after the hook below
    import numpy as np

    from phenolens.core.screen import Screen

# Before torch is loaded: tests run side by side, and threads that wait for each other spin.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell starts what runs in the background with Ctrl-C ignored; tests of signals need it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anything of ours is imported: in these rooms annotations are checked, shapes included.
_CHECKED = (
    "core",
    "pixels",
    "shading",
    "quality",
    "masks",
    "classical",
    "store",
    "images",
    "views",
    "encoders",
    "networks",
    "losses",
    "methods",
    "embedding",
)
_TABLES = (
    "grouping",
    "corrections",
    "profiling",
    "statistics",
    "neighbours",
    "trajectories",
    "effects",
    "metrics",
    "audit",
    "tune",
)
install_import_hook(
    [f"phenolens.{room}" for room in (*_CHECKED, *_TABLES)],
    "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))",  # an int is a float
)

# They make the golden files with packages that are not here; or stand in for a package.
collect_ignore_glob = ["**/golden/*.py", "quick/*.py"]

_QUICK = Path(__file__).parent / "quick"  # see `quick_maps`

# The same examples on every run: a failure here is one everywhere.
settings.register_profile("phenolens", derandomize=True, max_examples=25, deadline=None)
settings.load_profile("phenolens")


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Leave annotations unchecked, as a user has them: for what is said of a wrong type."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session", autouse=True)
def quick_maps() -> Iterator[None]:
    """Lay maps out by PCA, in processes started here too: UMAP takes seconds to compile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "umap", None)
        patch.setenv("PYTHONPATH", str(_QUICK), prepend=os.pathsep)
        yield


@pytest.fixture(autouse=True)
def same_threads() -> Iterator[None]:
    """Let a test fail that leaves torch with another number of threads.

    What is trained after it in this process would end in other last bits than what was before.
    """
    yield
    torch, number = sys.modules.get("torch"), int(os.environ["OMP_NUM_THREADS"])
    if torch is not None and (left := torch.get_num_threads()) != number:
        torch.set_num_threads(number)
        pytest.fail(f"leaves torch with {left} threads, not {number}")


@pytest.fixture
def threaded_umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a stand-in in the place of UMAP that changes torch's threads, as numba does."""
    torch = importlib.import_module("torch")

    class Umap:
        def __init__(self, **_: object) -> None: ...

        def fit_transform(self, x: np.ndarray) -> np.ndarray:
            torch.set_num_threads(torch.get_num_threads() + 1)
            return x[:, :2]

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Umap))


@pytest.fixture
def umap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test use umap-learn, or skip it where that is not installed."""
    monkeypatch.delitem(sys.modules, "umap")
    path = os.environ["PYTHONPATH"].split(os.pathsep)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(p for p in path if p != str(_QUICK)))
    if importlib.util.find_spec("umap") is None:
        pytest.skip("umap-learn is not installed")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real images and tables, or skip where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("PHENOLENS_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real data not found in {folder} (set PHENOLENS_DATA)")
    return folder


@pytest.fixture(scope="session")
def tiny() -> Iterator[Path]:
    """Return the tiny recipe; its layout is an installed one, for processes started here too."""
    folder = Path(__file__).parent / "tiny"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        registry = importlib.import_module("phenolens.core.registry")
        registry._add_installed.cache_clear()
        registry.catalogue.cache_clear()
        yield folder / "tiny.toml"


@pytest.fixture(scope="session")
def finished(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run of the tiny recipe; not to be written into."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    machine = importlib.import_module("phenolens.core.machine").Machine(log_every=1)
    importlib.import_module("phenolens.runs.run").run(tiny, out=folder, machine=machine)
    return folder


@pytest.fixture
def tiny_screen(tiny: Path) -> Screen:
    """Return the screen of the tiny recipe."""
    layout = importlib.import_module("tiny_layout").Tiny()
    screen: Screen = layout(tiny.parent)
    return screen

"""The self-test of `phenolens doctor`: small work whose answer is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

# What the two metrics give of the table below after the two steps; on every processor.
EXPECTED = {"nsc": 0.40625, "replicate_retrieval": 0.280595}
_CLOSE = 1e-4
_REINSTALL = "install phenolens again in a fresh environment, and report it if that does not help"


@dataclass(frozen=True, slots=True)
class Check:
    """One piece of work.

    Attributes:
        name: What was done.
        seconds: How long it took.
        problem: What is wrong; empty: all is well.
        fix: What to do about it.
    """

    name: str
    seconds: float
    problem: str = ""
    fix: str = ""

    def facts(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def self_test(*, pixels: bool) -> Iterator[Check]:
    """Do each piece of work and yield what came of it; nothing is raised.

    Args:
        pixels: Whether to train and embed as well, which needs torch.
    """
    yield _checked("a table through two steps and two metrics", _judge_table)
    if pixels:
        yield _checked("two training steps and an embedding", _learn)


def _checked(name: str, work: Callable[[], str]) -> Check:
    began = time.perf_counter()
    try:
        problem = work()
    except Exception as error:  # whatever it is, the doctor names it
        problem = f"{type(error).__name__}: {error}"
    return Check(
        name, round(time.perf_counter() - began, 2), problem, _REINSTALL if problem else ""
    )


def _judge_table() -> str:
    """Return what is wrong with the scores of a simulated table, if anything."""
    from phenolens.core.registry import build

    profiles = _table()
    for step in ({"step": "standardize"}, {"step": "sphere", "regularization": 1.0}):
        profiles = build("profiling", step, "self-test")(profiles)
    for name, expected in EXPECTED.items():
        found = float(build("metrics", {"metric": name}, "self-test")(profiles).value)
        if not abs(found - expected) < _CLOSE:
            return f"{name} is {found:.6f}, and should be {expected}"
    return ""


def _table() -> Any:
    """Return 8 compounds of 4 mechanisms and controls, on four plates with a shift each."""
    import numpy as np
    import pandas as pd

    from phenolens.core.profiles import Profiles
    from phenolens.core.roles import with_roles

    rng = np.random.default_rng(0)
    rows = [
        {
            "plate": f"p{plate}",
            "well": f"{'AB'[k // 6]}{k % 6 + 1:02d}",
            "compound": f"c{k}" if k < 8 else "DMSO",
            "moa": f"m{k // 2}" if k < 8 else None,
        }
        for plate in range(4)
        for k in range(12)
    ]
    centres = np.repeat(rng.normal(size=(4, 6)), 2, axis=0)
    place = np.concatenate([centres, np.zeros((4, 6))])
    features = [
        place + 0.8 * rng.normal(size=place.shape) + 2 * rng.normal(size=6) for _ in range(4)
    ]
    return Profiles(meta=with_roles(pd.DataFrame(rows)), features=np.concatenate(features))


def _learn() -> str:
    """Return what is wrong with the pixel half, on the CPU and on the accelerator, if anything."""
    from phenolens.runs.self_test import accelerator, embed_images, train_two_steps

    for device in filter(None, ("cpu", accelerator())):
        if problem := train_two_steps(device):
            return f"on {device}: {problem}"
    return embed_images()

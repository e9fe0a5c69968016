from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.two_runs.moved import moved


def profiles(count: int, seed: int) -> Profiles:
    rng = np.random.default_rng(seed)
    meta = pd.DataFrame({"treatment": [f"t{i}" for i in range(count)]})
    return Profiles(meta=meta, features=rng.normal(size=(count, 20)).astype(np.float32))


def test_a_rotation_moves_nobody_and_order_does_not_matter() -> None:
    one = profiles(60, 0)
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(20, 20)))[0].astype(np.float32)
    turned = replace(one, features=one.features @ turn).take(np.arange(60)[::-1])
    made = moved(one, turned)
    assert made is not None
    assert made.kept == pytest.approx(1, abs=0.02)  # ties in float32 apart


def test_unrelated_runs_share_what_chance_gives() -> None:
    shares = []
    for seed in range(20):
        made = moved(profiles(60, seed), profiles(60, seed + 100))
        assert made is not None
        shares.append(made.kept)
        assert made.chance == pytest.approx(5 / 59)
    assert np.mean(shares) == pytest.approx(5 / 59, abs=0.01)


def test_too_few_or_none_are_not_compared(two: tuple[Path, Path]) -> None:
    assert moved(None, profiles(60, 0)) is None
    assert moved(profiles(5, 0), profiles(5, 1)) is None
    given = [Profiles.load(RunFolder(folder).profiles) for folder in two]
    made = moved(*given)
    assert made is not None
    assert list(made.table) == ["treatment", "kept", "moa"]
    assert made.table["kept"].is_monotonic_increasing

"""Cell counts and profiles of simulated drugs of the four classes, with their truth.

Births and deaths by rates, dead cells that stay or detach, wells that differ, counting noise: the
seeds on which the rules were fixed are 0 to 4, those on which they are judged 5 to 9.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles

TIMES = np.arange(0.0, 73.0, 3.0)
DIVISION = 0.035  # per hour: a doubling time of 20 h


@dataclass(frozen=True, kw_only=True)
class Drug:
    """What one drug does at full effect: division and death relative to the division rate."""

    effect: str
    stops: float
    kills: float
    onset: float


def drug(effect: str, rng: np.random.Generator) -> Drug:
    """Return a drug of a class: half to all of the division stopped, as much killed, or both."""
    size = rng.uniform(0.5, 1.0)
    share = {"none": 0.0, "cytostatic": 0.0, "cytotoxic": rng.uniform(0.8, 1.0), "mixed": 0.5}
    size = {"none": 0.0, "cytotoxic": 1.6 * size, "mixed": 1.2 * size}.get(effect, size)
    return Drug(
        effect=effect,
        stops=size * (1 - share[effect]),
        kills=size * share[effect],
        onset=rng.uniform(3, 20),
    )


def curves(drugs: list[Drug], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return live and dead cells, cell area and texture of each well at `TIMES`, as counted."""
    stops, kills, onset = np.array([[one.stops, one.kills, one.onset] for one in drugs]).T
    n = len(drugs)
    base = DIVISION * rng.normal(1, 0.05, n)
    live, dead, area = rng.normal(300, 30, n), np.full(n, 5.0), np.ones(n)
    states = []
    for hour in np.arange(0.0, TIMES[-1] + 0.25, 0.25):
        if hour in TIMES:
            states.append((live, dead, area))
        on = 1 / (1 + np.exp(-(hour - onset - 3) / 1.5))
        born = base * (1 - stops * on) * np.maximum(1 - live / 20_000, 0.0) * live
        died = base * (0.03 + kills * on) * live
        live, dead = live + 0.25 * (born - died), dead + 0.25 * (died - 0.005 * dead)
        area = area + 0.25 * (0.01 * stops * on - 0.02 * (area - 1))
    live, dead, area = np.array(states).transpose(1, 2, 0)
    seen = rng.poisson(live) * rng.normal(1, 0.03, live.shape)
    return {
        "live": seen,
        "dead": rng.poisson(dead).astype(np.float64),
        "area": area + 0.02 * rng.normal(size=area.shape),
        "texture": dead / (live + dead) + 0.01 * rng.normal(size=dead.shape),
    }


def screen(seed: int, *, drugs: int = 5, replicates: int = 3, controls: int = 8) -> Profiles:
    """Return the long form of a screen: drugs of each class, and controls, on one plate."""
    rng = np.random.default_rng(seed)
    wanted = [Drug(effect="DMSO", stops=0, kills=0, onset=0)] * controls
    names = ["DMSO"] * controls
    for effect in ("none", "cytostatic", "mixed", "cytotoxic"):
        for k in range(drugs):
            wanted += [drug(effect, rng)] * replicates
            names += [f"{effect}{k}"] * replicates
    seen = curves(wanted, rng)
    well = np.repeat(np.arange(len(names)), len(TIMES))
    compound = np.array(names, dtype=object)[well]
    meta = pd.DataFrame(
        {
            "plate": "p1",
            "well": [f"W{i:03d}" for i in well],
            "compound": compound,
            "concentration": np.where(compound == "DMSO", np.nan, 1.0),
            "cell_line": "L1",
            "control": compound == "DMSO",
            "effect": np.array([one.effect for one in wanted], dtype=object)[well],
            "time": np.tile(TIMES, len(names)),
            "count": seen["live"].ravel(),
            "dead": seen["dead"].ravel(),
        }
    )
    features = [np.log(seen["live"]), seen["area"], seen["texture"]]
    noise = rng.normal(size=(len(meta), 6))
    x = np.concatenate([np.stack([f.ravel() for f in features], axis=1), noise], axis=1)
    return Profiles(meta=meta, features=x)


def trajectories(long: Profiles) -> Profiles:
    """Return one row per curve: the distance to the controls' mean at each time, as the step does.

    A stand-in of a few lines: equal times, one group; features are scaled by the controls first.
    """
    control = long.meta["control"].to_numpy()
    x = long.features.astype(np.float64)
    x = (x - x[control].mean(axis=0)) / x[control].std(axis=0)
    curves = len(x) // len(TIMES)
    x = x.reshape(curves, len(TIMES), -1)
    first = long.meta.iloc[:: len(TIMES)].reset_index(drop=True)
    own = first["control"].to_numpy()
    mean, n = x[own].mean(axis=0), int(own.sum())
    centre = np.where(own[:, None, None], (n * mean - x) / (n - 1), mean)
    far = np.sqrt(((x - centre) ** 2).sum(axis=2))
    meta = first.drop(columns=["time", "count", "dead"])
    names = tuple(f"hours_{time:g}" for time in TIMES)
    return Profiles(meta=meta, features=far, names=names)

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


def curve(one: Drug, rng: np.random.Generator) -> np.ndarray:
    """Return live and dead cells, cell area and texture at `TIMES`, as counted."""
    hours = np.arange(0.0, TIMES[-1] + 0.25, 0.25)
    base = DIVISION * rng.normal(1, 0.05)
    live, dead, area = rng.normal(300, 30), 5.0, 1.0
    states = []
    for hour in hours:
        states.append((live, dead, area))
        on = 1 / (1 + np.exp(-(hour - one.onset - 3) / 1.5))
        room = max(1 - live / 20_000, 0.0)
        born = base * (1 - one.stops * on) * room * live
        died = base * (0.03 + one.kills * on) * live
        live, dead = live + 0.25 * (born - died), dead + 0.25 * (died - 0.005 * dead)
        area += 0.25 * (0.01 * one.stops * on - 0.02 * (area - 1))
    at = np.searchsorted(hours, TIMES)
    true = np.array(states)[at]
    live, dead = true[:, 0], true[:, 1]
    seen = [rng.poisson(live) * rng.normal(1, 0.03, len(at)), rng.poisson(dead)]
    texture = dead / (live + dead) + 0.01 * rng.normal(size=len(at))
    return np.stack([*seen, true[:, 2] + 0.02 * rng.normal(size=len(at)), texture], axis=1)


def screen(seed: int, *, drugs: int = 5, replicates: int = 3, controls: int = 8) -> Profiles:
    """Return the long form of a screen: drugs of each class, and controls, on one plate."""
    rng = np.random.default_rng(seed)
    wanted = [Drug(effect="DMSO", stops=0, kills=0, onset=0)] * controls
    names = ["DMSO"] * controls
    for effect in ("none", "cytostatic", "mixed", "cytotoxic"):
        for k in range(drugs):
            wanted += [drug(effect, rng)] * replicates
            names += [f"{effect}{k}"] * replicates
    parts = []
    for i, (one, name) in enumerate(zip(wanted, names, strict=True)):
        live, dead, area, texture = curve(one, rng).T
        noise = rng.normal(size=(6, len(TIMES)))
        features = {"confluence": np.log(live), "area": area, "texture": texture}
        features |= {f"noise{k}": row for k, row in enumerate(noise)}
        parts.append(
            pd.DataFrame(
                {
                    "plate": "p1",
                    "well": f"W{i:03d}",
                    "compound": name,
                    "concentration": np.nan if name == "DMSO" else 1.0,
                    "cell_line": "L1",
                    "control": name == "DMSO",
                    "effect": one.effect,
                    "time": TIMES,
                    "count": live,
                    "dead": dead,
                    **{f"f_{key}": value for key, value in features.items()},
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    features = [name for name in table.columns if name.startswith("f_")]
    return Profiles(
        meta=table.drop(columns=features), features=table[features].to_numpy(), names=features
    )


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

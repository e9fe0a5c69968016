"""Whether calls of effect classes are right as often as their confidence says.

Growth rates of drugs with a known effect, few curves and controls, wells that differ by 5, 15 or
30 %; no death marker. The truth is the class of the true rate.

OMP_NUM_THREADS=1 python benchmarks/confidence.py
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from phenolens.effects.calling import answers_by_growth
from phenolens.effects.classes import ANSWERS
from phenolens.effects.matched import Matched
from phenolens.effects.rules import Growth, by_growth

RATES = (1.0, 0.9, 0.75, 0.7, 0.5, 0.2, 0.0, -0.05, -0.2, -0.5)
SPREADS = (0.05, 0.15, 0.3)
SCREENS = 100  # of each rate and spread


def calls(curves: int, controls: int) -> pd.DataFrame:
    """Return the class, its confidence and the truth of each simulated drug."""
    matched = Matched(
        np.repeat([-1, 0], [controls, curves]), np.zeros(controls + curves, np.int64), 1, 1
    )
    rng = np.random.default_rng(0)
    unknown = np.full(controls + curves, np.nan)
    found = []
    for spread in SPREADS:
        for true in RATES:
            truth = ANSWERS[int(by_growth(Growth(np.array([true]), np.array([np.nan])))[0])]
            for _ in range(SCREENS):
                rates = np.repeat([1.0, true], [controls, curves])
                rates += spread * rng.normal(size=len(rates))
                (answer,) = answers_by_growth(matched, rates, unknown, 200, 0)
                found.append((truth, answer.call.effect, answer.call.confidence))
    return pd.DataFrame(found, columns=["truth", "effect", "confidence"])


def main() -> None:
    """Print one line per number of curves and controls."""
    for curves, controls in ((2, 2), (1, 3), (3, 3), (3, 8)):
        table = calls(curves, controls)
        made = table[table["effect"] != "cannot tell"]
        right = made["truth"] == made["effect"]
        bands = pd.cut(made["confidence"], [0.8, 0.9, 0.95, 1.0])
        shares = right.groupby(bands, observed=True).mean()
        none = table[table["truth"] == "none"]
        false = ~none["effect"].isin(["none", "cannot tell"]) & (none["confidence"] > 0.9)
        print(
            f"{curves} curves, {controls} controls: called {len(made) / len(table):.1%}; right "
            + ", ".join(f"{share:.2f} in {band}" for band, share in shares.items())
            + f"; an effect with more than 0.9 where there is none: {false.mean():.1%}"
        )


if __name__ == "__main__":
    main()

"""Compounds: each has a mechanism, a potency, a strength and side effects of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from phenolens.screens.simulator.doses import half_log, hill, letters
from phenolens.screens.simulator.mechanisms import MECHANISMS
from phenolens.screens.simulator.phenotype import SHARES, Phenotype
from phenolens.screens.simulator.streams import Stream, stream

# Standard deviations of log factors.
EMPHASIS = 0.22  # how strongly a compound does each part of its mechanism
SIDE_EFFECT = 0.08  # own change of a structural parameter
SIDE_INTENSITY = 0.14  # own change of stains and cell count: toxicity, autofluorescence
LOUD = frozenset({"dna", "tubulin", "actin", "density", "diffuse_actin", "soluble_tubulin"})


@dataclass(frozen=True, slots=True, eq=False)
class Compound:
    """One compound: what it does at full effect, and at which concentration.

    Attributes:
        name: Code that does not reveal the mechanism.
        moa: Mechanism.
        changes: Parameter -> change at full effect (`Phenotype.changed`), side effects included.
        ec50: Concentration of half effect, micromolar.
        hill: Steepness of the dose-response curve.
    """

    name: str
    moa: str
    changes: Mapping[str, float]
    ec50: float
    hill: float

    def effect(self, concentration: float) -> float:
        """Return the share of the full effect at a concentration (Hill equation)."""
        return hill(concentration, self.ec50, self.hill)

    def phenotype(self, concentration: float, effect_factor: float = 1.0) -> Phenotype:
        """Return how untreated cells look after this compound at this concentration."""
        return Phenotype().changed(self.changes, self.effect(concentration) * effect_factor)

    def concentrations(self, doses: int) -> tuple[float, ...]:
        """Return a half-log dilution series, weakest first; the top one is ten times the EC50."""
        return half_log(10.0 * self.ec50, doses)


def compounds(seed: int, mechanisms: int, each: int) -> tuple[Compound, ...]:
    """Return `each` compounds of the first mechanisms of the catalogue.

    A compound depends on the seed and on its own place only, not on how many others there are.
    """
    return tuple(
        _draw(stream(seed, Stream.COMPOUND, m, c), f"C{m + 1:02d}{letters(c)}", moa)
        for m, moa in enumerate(list(MECHANISMS)[:mechanisms])
        for c in range(each)
    )


def _draw(rng: np.random.Generator, name: str, moa: str) -> Compound:
    """Draw one compound of a mechanism."""
    strength = rng.uniform(0.75, 1.1)
    base = Phenotype()
    changes: dict[str, float] = {}
    for parameter in (f.name for f in fields(Phenotype)):
        emphasis, side = rng.standard_normal(2)
        amount = MECHANISMS[moa].get(parameter)
        part = strength * np.exp(EMPHASIS * emphasis)
        if parameter in SHARES:
            now = float(getattr(base, parameter))
            moved = 0.0 if amount is None else part * (amount - now)
            changes[parameter] = float(np.clip(now + moved + 0.015 * side, 0.0, 1.0))
        else:
            spread = SIDE_INTENSITY if parameter in LOUD else SIDE_EFFECT
            factor = 1.0 if amount is None else amount**part
            changes[parameter] = float(factor * np.exp(spread * side))
    return Compound(
        name=name,
        moa=moa,
        changes=changes,
        ec50=float(f"{10 ** rng.uniform(-1.5, 0.8):.2g}"),
        hill=float(rng.uniform(1.0, 2.0)),
    )

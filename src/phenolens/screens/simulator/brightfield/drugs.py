"""Drugs: each has a mechanism, a potency, side effects, and lines that resist it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from phenolens.screens.simulator.brightfield.appearance import SHARES, Appearance
from phenolens.screens.simulator.brightfield.mechanisms import MECHANISMS, Effect
from phenolens.screens.simulator.doses import half_log, hill, letters
from phenolens.screens.simulator.streams import Stream, stream

MOST_MECHANISMS = len(MECHANISMS)
# Standard deviations of log factors.
EMPHASIS = 0.20  # how strongly a drug does each part of its mechanism
SIDE_EFFECT = 0.05  # own change of any parameter
LINE_TARGET = 0.45  # EC50 of a mechanism in a line: how much the line depends on the target
LINE_DRUG = 0.20  # EC50 of a drug in a line: uptake
RESISTANT = 0.08  # share of mechanism and line that hardly meet
RESISTANCE = 60.0  # factor of the EC50 there
LEAST_EFFECT = 0.2  # below this share of its full effect a drug is called inert


@dataclass(frozen=True, slots=True, eq=False)
class Drug:
    """One drug: what it does at full effect, and at which concentration.

    Attributes:
        name: Code that does not reveal the mechanism.
        moa: Mechanism.
        kind: Class of its effect at full strength.
        changes: Parameter -> change at full effect (`Appearance.changed`), side effects included.
        ec50: Concentration of half effect in a usual line, micromolar.
        slope: Steepness of the dose-response curve.
        sensitivity: Factor of the EC50 in each line; above 1 the line resists.
    """

    name: str
    moa: str
    kind: Effect
    changes: Mapping[str, float]
    ec50: float
    slope: float
    sensitivity: tuple[float, ...]

    def strength(self, concentration: float, line: int) -> float:
        """Return the share of the full effect at a concentration in a line."""
        return hill(concentration, self.ec50 * self.sensitivity[line], self.slope)

    def effect(self, concentration: float, line: int) -> Effect:
        """Return the class of the effect at a concentration in a line."""
        return self.kind if self.strength(concentration, line) >= LEAST_EFFECT else "inert"

    def applied(self, cells: Appearance, strength: float) -> Appearance:
        """Return how cells look after a share of the full effect.

        A share moves by as much as it does from the default `Appearance`: a drug that makes more
        cells round does so in a line of round cells too.
        """
        now, base = cells.as_dict(), Appearance().as_dict()
        changes = {
            name: now[name] + amount - base[name] if name in SHARES else amount
            for name, amount in self.changes.items()
        }
        return cells.changed(changes, strength)

    def concentrations(self, doses: int) -> tuple[float, ...]:
        """Return a half-log dilution series, weakest first; the top one is ten times the EC50."""
        return half_log(10.0 * self.ec50, doses)


def drugs(seed: int, mechanisms: int, each: int, lines: int) -> tuple[Drug, ...]:
    """Return `each` drugs of the first mechanisms of the catalogue, for so many lines.

    A drug depends on the seed and its own place only, and a line's sensitivity on drug and line.
    """
    return tuple(
        _draw(seed, m, c, moa, lines)
        for m, moa in enumerate(list(MECHANISMS)[:mechanisms])
        for c in range(each)
    )


def _draw(seed: int, mechanism: int, number: int, moa: str, lines: int) -> Drug:
    """Draw one drug of a mechanism."""
    rng = stream(seed, Stream.COMPOUND, mechanism, number)
    kind, wanted = MECHANISMS[moa].effect, MECHANISMS[moa].changes
    base = Appearance().as_dict()
    strength = rng.uniform(0.8, 1.1)
    changes: dict[str, float] = {}
    for parameter, now in base.items():
        emphasis, side = rng.standard_normal(2)
        amount = wanted.get(parameter)
        if kind == "inert" or (parameter in SHARES and amount is None):
            continue
        part = float(strength * np.exp(EMPHASIS * emphasis))
        if parameter in SHARES and amount is not None:
            changes[parameter] = float(np.clip(now + part * (amount - now), 0.0, 1.0))
        else:
            factor = 1.0 if amount is None else amount**part
            changes[parameter] = float(factor * np.exp(SIDE_EFFECT * side))
    return Drug(
        name=f"D{mechanism + 1:02d}{letters(number)}",
        moa=moa,
        kind=kind,
        changes=changes,
        ec50=float(f"{10 ** rng.uniform(-1.5, 0.8):.2g}"),
        slope=float(rng.uniform(1.0, 2.0)),
        sensitivity=tuple(_sensitivity(seed, mechanism, number, line) for line in range(lines)),
    )


def _sensitivity(seed: int, mechanism: int, number: int, line: int) -> float:
    """Return the factor of the EC50 of one drug in one line."""
    target = stream(seed, Stream.SENSITIVITY, mechanism, line)
    own = stream(seed, Stream.SENSITIVITY, mechanism, line, number)
    log = target.normal(0, LINE_TARGET) + own.normal(0, LINE_DRUG)
    resists = target.random() < RESISTANT
    return float(np.exp(log) * (RESISTANCE if resists else 1.0))

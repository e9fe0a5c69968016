"""Treatment: the drugs and doses that a condition's name writes, as `Erlotinib 1.37 nM`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from phenolens.core.reading.blanks import bare
from phenolens.core.reading.molar import (
    MICROMOLAR,
    NOT_GIVEN,
    UNIT,
    exact,
    micromolar,
    unit_name,
)
from phenolens.core.roles import CONTROL_NAMES

_NUMBER = r"[0-9]{1,12}(?:[.,][0-9]{1,15})?(?:[eE][-+]?[0-9]{1,2})?"
_AFTER = re.compile(rf"(?P<drug>.*?[^\s_@:,])[\s_@:,]*(?P<amount>{_NUMBER})\s*(?P<unit>{UNIT})")
_BEFORE = re.compile(rf"(?P<amount>{_NUMBER})\s*(?P<unit>{UNIT})[\s_]+(?:of\s+)?(?P<drug>\S.*)")
_BARE = re.compile(rf"(?P<drug>.*?[^\s_-])(?P<sign>[\s_-]+)(?P<amount>{_NUMBER})")
_AGAIN = re.compile(r"(.+)\.([1-9][0-9]{0,2})")  # as pandas renames a repeated column
_WORD = re.compile("[^a-z]+")
_LONGEST = 200  # characters of a name that is looked into
_LEAST = {"-": 3}  # different numbers after one name that make them doses; 2 after a blank


@dataclass(frozen=True, slots=True)
class Dose:
    """One drug at one dose.

    Attributes:
        drug: Its name.
        amount: The dose as it was written; None if there is none.
        unit: Of the dose, in one spelling; empty if it is not given.
    """

    drug: str
    amount: Decimal | None = None
    unit: str = ""

    @property
    def number(self) -> float | None:
        """The dose in uM if its unit is molar, else in its own unit."""
        if self.amount is None:
            return None
        molar = micromolar(self.amount, self.unit)
        return float(self.amount) if molar is None else molar

    @property
    def kind(self) -> str:
        """The unit of `number`: uM, another unit, or that it is not given."""
        if micromolar(1, self.unit) is not None:
            return MICROMOLAR
        return self.unit or NOT_GIVEN

    @property
    def is_vehicle(self) -> bool:
        """Whether the drug is a known name of a negative control: `DMSO`, `DMSO_1_100`."""
        return next(iter(filter(None, _WORD.split(self.drug.lower()))), "") in CONTROL_NAMES

    def __str__(self) -> str:
        number = self.number
        known = "" if self.kind == NOT_GIVEN else f" {self.kind}"
        return self.drug if number is None else f"{self.drug} {number:g}{known}"


@dataclass(frozen=True, slots=True)
class Treatment:
    """The drugs that a well gets.

    Attributes:
        doses: One per drug, in the order in which they are written.
    """

    doses: tuple[Dose, ...]

    def renamed(self, same: Mapping[str, str]) -> Treatment:
        """Return the treatment with the drugs by their other names."""
        return Treatment(tuple(replace(d, drug=same.get(d.drug, d.drug)) for d in self.doses))

    def in_unit(self, unit: str) -> Treatment:
        """Return the treatment with this unit for each dose that has none."""
        return Treatment(
            tuple(d if d.unit or d.amount is None else replace(d, unit=unit) for d in self.doses)
        )

    @property
    def active(self) -> tuple[Dose, ...]:
        """The drugs other than vehicles and doses of 0."""
        return tuple(d for d in self.doses if not d.is_vehicle and d.amount != 0)


def by_dose(treatments: Iterable[Treatment]) -> list[Treatment]:
    """Return treatments with those of the same drugs together, from the lowest dose to the highest.

    Drugs are in the order in which they come; doses are numbers, not text.

    Example:
        >>> names = ["B 10 nM", "A 100 nM", "A 20 nM", "A 1 uM", "B 9 nM"]
        >>> [str(t.doses[0]) for t in by_dose(read_conditions(names).values())]
        ['B 0.009 uM', 'B 0.01 uM', 'A 0.02 uM', 'A 0.1 uM', 'A 1 uM']
    """
    every = list(treatments)
    drugs = {drugs: k for k, drugs in enumerate(dict.fromkeys(_drugs(t) for t in every))}

    def key(treatment: Treatment) -> tuple[object, ...]:
        amounts = ((d.kind, -1.0 if d.number is None else d.number) for d in treatment.doses)
        return drugs[_drugs(treatment)], *amounts

    return sorted(every, key=key)


def _drugs(treatment: Treatment) -> tuple[str, ...]:
    return tuple(dose.drug for dose in treatment.doses)


def without_repeats(names: Sequence[str]) -> list[str]:
    """Return the names of columns without the number that pandas adds to repeated ones.

    Example:
        >>> without_repeats(["DOX 12", "DOX 12.5", "Cis 5 uM", "Cis 5 uM.1"])
        ['DOX 12', 'DOX 12.5', 'Cis 5 uM', 'Cis 5 uM']
    """
    there = set(names)

    def plain(name: str) -> str:
        found = _AGAIN.fullmatch(name)
        if found is None:
            return name
        earlier = {found[1], *(f"{found[1]}.{i}" for i in range(1, int(found[2])))}
        return found[1] if earlier <= there else name

    return [plain(name) for name in names]


def read_conditions(names: Iterable[str]) -> dict[str, Treatment]:
    """Return the treatment that each name writes; a number without a unit is a dose if several are.

    Args:
        names: All names of one file: `DOX 6.25` is a dose because `DOX 12.5` is there too, while
            `OSI-906` is the name of a drug.

    Example:
        >>> names = ["Erl 1,37 nM + THZ1 100 nM", "MK2206_30nM", "DOX 5", "DOX 10", "OSI-906"]
        >>> [", ".join(map(str, t.doses)) for t in read_conditions(names).values()]
        ['Erl 0.00137 uM, THZ1 0.1 uM', 'MK2206 0.03 uM', 'DOX 5', 'DOX 10', 'OSI-906']
    """
    parts = {name: _parts(bare(name)) for name in dict.fromkeys(names)}
    numbered: dict[str, set[Decimal]] = defaultdict(set)
    for part in (part for several in parts.values() for part in several):
        if not _with_unit(part) and (found := _without_unit(part)):
            numbered[_stem(found)].add(exact(found["amount"]))
    return {
        name: Treatment(tuple(_dose(part, numbered) for part in several))
        for name, several in parts.items()
    }


def _parts(name: str) -> list[str]:
    """Return the drugs of a combination; a name with a plus sign in it is one drug."""
    if len(name) > _LONGEST:
        return [name]
    parts = [part.strip() for part in name.split("+")]
    several = len(parts) > 1 and all(parts) and any(map(_with_unit, parts))
    return parts if several else [name]


def _with_unit(part: str) -> re.Match[str] | None:
    if len(part) > _LONGEST:
        return None
    return _AFTER.fullmatch(part) or _BEFORE.fullmatch(part)


def _without_unit(part: str) -> re.Match[str] | None:
    return _BARE.fullmatch(part) if len(part) <= _LONGEST else None


def _stem(found: re.Match[str]) -> str:
    return f"{found['drug'].lower()}{found['sign'].strip()[:1]}"


def _dose(part: str, numbered: Mapping[str, set[Decimal]]) -> Dose:
    found = _with_unit(part)
    if found:
        return Dose(found["drug"].strip(), exact(found["amount"]), unit_name(found["unit"]))
    found = _without_unit(part)
    if found and len(numbered[_stem(found)]) >= _LEAST.get(found["sign"].strip()[:1], 2):
        return Dose(found["drug"], exact(found["amount"]))
    return Dose(part)

"""What a reader of a table would want to know and no rule refuses: doses, spellings, codes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from shlex import quote

import numpy as np
import pandas as pd
from jaxtyping import Float

from phenolens.core.counts import count_of
from phenolens.core.profiles import Profiles
from phenolens.core.reading.doses import unused_dose

_LOG = logging.getLogger("phenolens")


_CODES = (-999.0, -9999.0, -99999.0, -999999.0, -32768.0)  # for a missing value, in other programs
_APART = 10.0  # spans of a column's other values that a code is away from them


def warn_of_overlooked(meta: pd.DataFrame, profiles: Profiles | None = None) -> None:
    """Log what `overlooked` and `codes_of_missing` find."""
    for warning in overlooked(meta):
        _LOG.warning("%s", warning)
    if profiles is not None:
        for warning in codes_of_missing(profiles.features, profiles.names):
            _LOG.warning("%s", warning)


def codes_of_missing(features: Float[np.ndarray, "n d"], names: Sequence[str]) -> Iterator[str]:
    """Yield a warning for features in which a number such as -9999 seems to say `missing`.

    One that is further from all other values of its column than ten times their span.

    Args:
        features: One column per feature.
        names: Of the features.
    """
    found: list[tuple[str, float, int, float, float]] = []
    coded = np.isin(features, np.array(_CODES, dtype=features.dtype))
    for column in np.flatnonzero(coded.any(axis=0)):
        values = features[:, column].astype(np.float64)
        other = values[np.isfinite(values) & ~coded[:, column]]
        code = values[coded[:, column]].max()
        if len(other) and other.min() - code > _APART * max(np.ptp(other), 1e-12):
            count = int(coded[:, column].sum())
            found.append((names[column], code, count, other.min(), other.max()))
    if found:
        name, code, count, low, high = found[0]
        more = f", and so in {len(found) - 1} other features" if len(found) > 1 else ""
        yield (
            f"feature '{name}' is {code:g} in {count} rows and {low:g} to {high:g} elsewhere"
            f"{more}: if that is a code for a missing value, make it blank"
        )


def overlooked(meta: pd.DataFrame) -> Iterator[str]:
    """Yield a warning for a dose that is not used, and one for compounds in two spellings.

    Args:
        meta: Metadata by our names, after everything is joined.
    """
    dose = unused_dose(meta)
    if dose:
        yield (
            f"'{dose}' looks like a dose and is not used; name it with --column "
            f"{quote(f'concentration={dose}')} (Metadata_{dose} if the table has it so)"
        )
    if "compound" in meta.columns:
        yield from _two_spellings(meta["compound"])


def _two_spellings(compounds: pd.Series) -> Iterator[str]:
    """Yield a warning if two compounds differ only in upper and lower case."""
    names = pd.Series(pd.unique(compounds.dropna().astype(str)), dtype=object)
    spelt = names.groupby(names.str.casefold(), sort=False, observed=True).agg(list)
    several = [found for found in spelt if len(found) > 1]
    if several:
        one, other = several[0][:2]
        yield (
            f"{one} and {other} differ only in upper and lower case, and are two compounds "
            f"({count_of(len(several), 'such name')})"
        )

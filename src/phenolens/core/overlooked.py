"""What a reader of a table would want to know and no rule refuses: unused doses, two spellings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from shlex import quote

import pandas as pd

from phenolens.core.reading.doses import unused_dose

_LOG = logging.getLogger("phenolens")


def warn_of_overlooked(meta: pd.DataFrame) -> None:
    """Log what `overlooked` finds."""
    for warning in overlooked(meta):
        _LOG.warning("%s", warning)


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
            f"({len(several)} such names)"
        )

"""Wells as codes: wells of one name on two plates are two wells."""

from __future__ import annotations

import pandas as pd
from jaxtyping import Int64
from numpy import ndarray

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


def codes_of_wells(meta: pd.DataFrame) -> Int64[ndarray, " n"]:
    """Return the well of each row, as a code in the order in which wells appear.

    Args:
        meta: With plate and well.
    """
    text = [meta[name].astype(str) for name in ("plate", "well")]
    return pd.factorize(pd.MultiIndex.from_arrays(text))[0].astype("int64")


def well_codes(embeddings: Profiles, needed_by: str) -> Int64[ndarray, " n"]:
    """Return the codes of the wells, none of which may be unknown.

    Args:
        embeddings: With plate and well.
        needed_by: What asks, for the message.

    Raises:
        InputError: A column is missing, or a row has no value in it.
    """
    places = [embeddings.column(name, needed_by) for name in ("plate", "well")]
    for place in places:
        if count := int(place.isna().sum()):
            raise InputError(
                f"{count} of {len(place)} rows have none, so it is not known which of them are of "
                "one well",
                where=str(place.name),
                fix=f"complete the metadata, or leave these images out: {place.name}.notna()",
            )
    return codes_of_wells(embeddings.meta)

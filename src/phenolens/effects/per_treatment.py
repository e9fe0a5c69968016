"""One row per treatment, whatever a table has: a row per curve, well, or time."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.effects.infinite import refuse_infinite


@dataclass(frozen=True, slots=True, eq=False)
class Treatments:
    """The treated rows of a table, one per treatment, sorted by what makes it one.

    Attributes:
        table: The columns that make a treatment, and the classes asked for, as text.
        unit: The column whose rows are drawn together: the compound.
    """

    table: pd.DataFrame
    unit: str

    @classmethod
    def of(
        cls, profiles: Profiles, same: tuple[str, ...], classes: tuple[str, ...], needed_by: str
    ) -> Treatments:
        """Return the treatments of these profiles.

        Args:
            profiles: Any table with the columns.
            same: Columns that make a treatment, as far as the table has them.
            classes: Columns with one value per treatment.
            needed_by: Who needs them, for messages.

        Raises:
            InputError: No column `compound` or `control`, none of the classes, no treated row, a
                feature that is infinite, or a treatment with two values of one class.
        """
        profiles.column("compound", needed_by)
        treated = ~profiles.controls(needed_by)
        if not treated.any():
            raise InputError(f"{needed_by} needs treated rows, and all are controls")
        for name in classes:
            profiles.column(name, needed_by)
        refuse_infinite(profiles, needed_by)
        keys = [name for name in same if name in profiles.meta.columns] or ["compound"]
        columns = list(dict.fromkeys([*keys, *classes]))
        used = profiles.meta.loc[treated, columns].drop_duplicates()
        text = used.astype("string").fillna("")
        order = text.sort_values(columns, kind="stable").index
        used, text = used.loc[order], text.loc[order]
        twice = text.duplicated(keys)
        if twice.any():
            row = text.loc[twice].iloc[0]
            named = ", ".join(f"{name}={row[name]}" for name in keys)
            raise InputError(
                f"{needed_by}: {named} has several values in {' or '.join(classes)} "
                f"({count_of(int(twice.sum()), 'such treatment')})",
                fix="name the columns that tell them apart in `same`",
            )
        missing = {name: used[name].isna().to_numpy() for name in classes}
        table = used.reset_index(drop=True)
        for name in classes:
            words = text[name].astype(object).reset_index(drop=True)
            table[name] = words.mask(missing[name], None)
        return cls(table, "compound" if "compound" in table.columns else keys[0])

    def known(self, name: str) -> pd.DataFrame:
        """Return the treatments that have a value of this class."""
        return self.table[self.table[name].notna()].reset_index(drop=True)

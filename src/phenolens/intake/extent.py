"""How many fields a table of images has, apart from their z planes and times."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from phenolens.core.counts import count_of

_FIELD = ("plate", "well", "site", "scene", "cell")
_TIMES = ("time", "timepoint")


@dataclass(frozen=True, slots=True)
class Extent:
    """What the images of a screen are.

    Attributes:
        fields: Places that were imaged.
        planes: z planes that occur; 1 where the table counts none.
        times: Points in time that occur; 1 where the table counts none.
        times_in: The column that counts them; empty where there is none.
    """

    fields: int
    planes: int = 1
    times: int = 1
    times_in: str = ""

    @classmethod
    def of(cls, meta: pd.DataFrame) -> Extent:
        """Return the extent of a table with one row per image.

        Example:
            >>> rows = pd.DataFrame({"plate": "P", "well": ["A01"] * 4, "z": [1, 2, 1, 2]})
            >>> Extent.of(rows.assign(site=[1, 1, 2, 2]))
            Extent(fields=2, planes=2, times=1, times_in='')
        """
        counts = {name: int(meta[name].nunique()) for name in ("z", *_TIMES) if name in meta}
        several = [name for name in _TIMES if counts.get(name, 0) > 1]
        planes, times_in = max(1, counts.get("z", 1)), several[0] if several else ""
        if planes == 1 and not times_in:
            return cls(len(meta))
        place = [name for name in _FIELD if name in meta]
        fields = len(meta[place].drop_duplicates())
        return cls(fields, planes, counts.get(times_in, 1), times_in)

    @property
    def stacked(self) -> bool:
        """Whether a field has several images."""
        return self.planes > 1 or self.times > 1

    @property
    def words(self) -> str:
        """The same in words, as `24 fields, 4 z planes`."""
        more = [count_of(self.planes, "z plane")] if self.planes > 1 else []
        more += [count_of(self.times, "time")] if self.times > 1 else []
        return ", ".join([count_of(self.fields, "field"), *more])

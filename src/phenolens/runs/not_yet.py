"""NotYet: profiles before there are features, as steps and metrics see them in a rehearsal."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import pandas as pd
from jaxtyping import Bool, Integer

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles


class NotYetError(Exception):
    """Features are asked for that were not computed yet."""


class AbsentColumnError(InputError):
    """A column is needed that is not there, whatever rows there are."""

    def __init__(self, error: InputError, name: str) -> None:
        super().__init__(error.what, where=error.where, fix=error.fix)
        self.name = name


class NotYet(Profiles):
    """Profiles of which the metadata are known, and perhaps the names of the features."""

    __slots__ = ("_known",)
    _known: tuple[str, ...] | None

    @classmethod
    def of(cls, meta: pd.DataFrame, names: tuple[str, ...] | None = None) -> NotYet:
        """Return profiles whose features were not computed yet.

        Args:
            meta: Their metadata.
            names: Of the features; None: not known either.
        """
        planned = object.__new__(cls)
        values = {"meta": meta, "_known": names, "provenance": (), "source": None}
        for name, value in values.items():
            object.__setattr__(planned, name, value)
        return planned

    @property
    def features(self) -> Any:
        """What raises where it is used, unless the question is how many rows it has."""
        return _Unknown(len(self))

    @property
    def names(self) -> Any:
        """The names of the features.

        Raises:
            NotYetError: They are not known.
        """
        if self._known is None:
            raise NotYetError
        return self._known

    def take(self, rows: Integer[np.ndarray, " k"] | Bool[np.ndarray, " n"]) -> NotYet:
        """Return some of the rows."""
        return NotYet.of(self.meta.iloc[rows].reset_index(drop=True), self._known)

    def column(self, name: str, needed_by: str) -> pd.Series:
        """Return a metadata column.

        Raises:
            AbsentColumnError: There is no such column.
        """
        try:
            return super().column(name, needed_by)
        except InputError as error:
            raise AbsentColumnError(error, name) from error

    def not_empty(self, needed_by: str) -> Profiles:
        """Return the profiles themselves; there will be a feature."""
        return self if len(self) else super().not_empty(needed_by)

    def finite(self, needed_by: str, fix: str = "") -> Any:
        """Return the features, which will be finite."""
        del needed_by, fix
        return _Unknown(len(self))


class _Unknown:
    """Features that were not computed yet: so many rows, all finite. Any other use raises."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *_: object, **__: object) -> np.bool_:
        if ufunc is np.isfinite and method == "__call__":
            return np.bool_(True)  # noqa: FBT003
        raise NotYetError

    def _ask(self, *_: object, **__: object) -> NoReturn:
        raise NotYetError

    __array__ = __array_function__ = __getattr__ = __getitem__ = __iter__ = _ask
    __lt__ = __le__ = __gt__ = __ge__ = _ask

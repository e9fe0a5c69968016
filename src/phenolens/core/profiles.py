"""Profiles: metadata and features, aligned by row; formats/ reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Integer

from phenolens.core.columns import refuse_metadata, table_of_names
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError, nearest
from phenolens.core.formats.dispatch import read, write
from phenolens.core.formats.parts import Parts
from phenolens.core.inside import path_of
from phenolens.core.reading.flags import true_or_false
from phenolens.core.reading.place import named_place
from phenolens.core.reading.plain_types import plain_types
from phenolens.core.roles import with_roles
from phenolens.core.source import Source
from phenolens.core.step_record import plain, step_record

_FIX = "drop or fill them in an earlier step"
_IDENTITY = ("plate", "well", "site", "cell", "compound", "treatment")  # columns that tell rows


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Metadata and features, aligned by row.

    Attributes:
        meta: One row per profile, by our column names (plate, well, compound, ...), in NumPy's
            types and categories (`plain_types`).
        features: (n, d) float32. No metadata ever enters it: the two never share a table in memory.
        names: One per feature.
        provenance: One entry per step that made the profiles, oldest first.
        source: The row of the file that each profile was read from, for messages; it enters no
            result and no file. None: the rows are as they were made.
    """

    meta: pd.DataFrame
    features: Float[np.ndarray, "n d"]
    names: tuple[str, ...] = ()
    provenance: tuple[Mapping[str, Any], ...] = ()
    source: Source | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.meta, pd.DataFrame):
            what = f"expected a pandas table, got {type(self.meta).__name__}"
            raise InputError(what, where="meta")
        features = np.ascontiguousarray(self.features, dtype=np.float32)
        if features.ndim != 2 or len(features) != len(self.meta):
            what = f"{len(self.meta)} rows of metadata but features of shape {features.shape}"
            raise InputError(what)
        names = tuple(self.names) or tuple(f"f{i:04d}" for i in range(features.shape[1]))
        if len(names) != features.shape[1]:
            raise InputError(f"{len(names)} feature names for {features.shape[1]} features")
        if len(set(names)) != len(names):
            raise InputError("feature names must be unique")
        if not self.meta.columns.is_unique:
            raise InputError(f"metadata columns must be unique, got {list(self.meta.columns)}")
        refuse_metadata(names, self.meta.columns)
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "names", names)
        meta = plain_types(self.meta).reset_index(drop=True)
        meta.columns = pd.Index([str(name) for name in meta.columns], dtype=object)
        object.__setattr__(self, "meta", meta)
        if self.source is not None and len(self.source) != len(meta):
            object.__setattr__(self, "source", Source.unknown())

    def __len__(self) -> int:
        return len(self.meta)

    def take(self, rows: Integer[np.ndarray, " k"] | Bool[np.ndarray, " n"]) -> Profiles:
        """Return the profiles of these rows (indices or a mask), in this order."""
        source = self._rows_read().take(rows)
        return replace(self, meta=self.meta.iloc[rows], features=self.features[rows], source=source)

    def place(self, row: int) -> str:
        """Return where a row is: `plate P1, well A01 (wells.csv row 7)`.

        The row is the one in the file that was read, as a spreadsheet numbers it (the header is
        row 1), whatever was filtered and sorted since.

        Args:
            row: The place in this table, from 0.
        """
        named, _ = named_place(self.meta, row)
        number = self._rows_read().name(row)
        return f"{named} ({number})" if named and number else named or number or "a row"

    def column(self, name: str, needed_by: str) -> pd.Series:
        """Return a metadata column.

        Raises:
            InputError: There is no such column: says who needs it and which columns exist.
        """
        if name not in self.meta.columns:
            raise InputError(
                f"{needed_by} needs a column '{name}'",
                fix=nearest(name, self.meta.columns, "the table has"),
            )
        return self.meta[name]

    def controls(self, needed_by: str) -> Bool[np.ndarray, " n"]:
        """Return the mask of the negative controls, a copy; at least one is true.

        Raises:
            InputError: No column `control`, or no control in it.
        """
        mask = true_or_false(self.column("control", needed_by))
        if not mask.any():
            raise InputError(
                f"{needed_by} needs negative controls, but no row is one",
                fix="a control is a row whose compound is DMSO, whose control_type or pert_type is "
                "negcon, or whose column Metadata_Control is true",
            )
        return mask

    def not_empty(self, needed_by: str) -> Profiles:
        """Return the profiles themselves, which have a row and a feature.

        Raises:
            InputError: There is no row, or no feature: says who needs one.
        """
        # The rows first: of profiles that are only planned the features are not known.
        what = "row" if not len(self) else "" if len(self.names) else "feature"
        if what:
            raise InputError(
                f"{needed_by} needs at least one {what}, and the table has none",
                fix=f"see which earlier step or query left no {what}",
            )
        return self

    def finite(self, needed_by: str, fix: str = _FIX) -> Float[np.ndarray, "n d"]:
        """Return the features in float64.

        Raises:
            InputError: There is none, or one is not finite: names the feature and the row.
        """
        if not self.names:  # no row is refused by who learns from rows; new rows may be none
            self.not_empty(needed_by)
        bad = np.argwhere(~np.isfinite(self.features))
        if len(bad):
            row, column = bad[0]
            raise InputError(
                f"{needed_by} needs finite features; '{self.names[column]}' is "
                f"{self.features[row, column]} in {self.place(int(row))} "
                f"({count_of(len(bad), 'such value')})",
                fix=fix,
            )
        return self.features.astype(np.float64)

    def after(
        self,
        step: object,
        *,
        meta: pd.DataFrame | None = None,
        features: Float[np.ndarray, "m e"] | None = None,
        names: Sequence[str] | None = None,
        **facts: object,
    ) -> Profiles:
        """Return the profiles that a step made of these, with the step written to the provenance.

        Args:
            step: The step (a dataclass): its name and parameters are recorded.
            meta: New metadata, unless unchanged.
            features: New features, unless unchanged.
            names: New feature names, unless unchanged.
            facts: Figures of this run of the step, such as the invariant it checked.
        """
        changed = features is not None and features.shape[1] != len(self.names)
        entry = {
            **step_record(step),
            "rows_in": len(self),
            "facts": plain(facts),
        }
        made = Profiles(
            meta=self.meta if meta is None else meta,
            features=self.features if features is None else features,
            names=tuple(names) if names is not None else (() if changed else self.names),
            provenance=(*self.provenance, entry),
            source=self.source if meta is None else self._source_of(meta),
        )
        entry["rows_out"] = len(made)
        return made

    def _rows_read(self) -> Source:
        return Source.of(self.meta.index) if self.source is None else self.source

    def _source_of(self, meta: pd.DataFrame) -> Source:
        """Return the source of a step's new metadata: ours, if its rows are ours."""
        shared = [name for name in _IDENTITY if name in meta and name in self.meta]
        same = len(meta) == len(self) and bool(shared)
        same = same and all(meta[name].equals(self.meta[name]) for name in shared)
        return self._rows_read() if same else Source.unknown()

    def save(self, path: Path | str) -> Path:
        """Write a file by its ending: parquet, CSV or TSV (`.gz` too), AnnData (`.h5ad`, `.zarr`).

        Parquet and CSV are in pycytominer's convention (`Metadata_` columns, then features). Each
        carries feature names and provenance: in its own metadata, a CSV in `<name>.json` next to
        it. A write that fails leaves the old file.

        Raises:
            InputError: No format has that ending, or the package that writes it is not installed.
        """
        target = path_of(path, "save")
        write(self._parts(), target)
        return target

    @classmethod
    def load(
        cls, path: Path | str, columns: Mapping[str, str] | None = None, table: Path | str = ""
    ) -> Profiles:
        """Read profiles: ours, pycytominer's, CytoTable's, DeepProfiler's, AnnData, or an array.

        A file of ours keeps its chain of steps; others begin with an entry `load` (the file's
        name, its SHA-256, rows and features).

        Args:
            path: `.parquet`, `.csv` or `.tsv` (`.gz` too), `.h5ad`, `.zarr`, `.npz` or
                DeepProfiler's folder of them, `.npy`.
            columns: Our name -> the table's own name, if the convention is not enough.
            table: The metadata of an `.npy`, one row per row; by default the table of its name.

        Raises:
            InputError: No such file, not a table, or metadata is among the features.
        """
        file = path_of(path, "load")
        parts = read(file, columns or {}, table)
        source = Source.of(parts.meta.index, file.name)
        try:
            meta = with_roles(parts.meta)
            return cls(meta, parts.features, parts.names, parts.provenance, source)
        except InputError as error:
            raise error.at(path) from error

    def to_anndata(self) -> Any:
        """Return an `anndata.AnnData`: obs (`Metadata_` names), X, and the chain in `uns`.

        Raises:
            InputError: The package anndata is not installed.
        """
        return import_module("phenolens.core.formats.ann_data").to_anndata(self._parts())

    @classmethod
    def from_anndata(cls, adata: Any, columns: Mapping[str, str] | None = None) -> Profiles:
        """Return the profiles in an `anndata.AnnData`: obs as metadata, X as features.

        Args:
            adata: obs with or without the `Metadata_` prefix, X dense or sparse.
            columns: Our name -> the name in obs, if the convention is not enough.

        Raises:
            InputError: No features, or metadata is among them.
        """
        renamed = table_of_names(columns or {})
        parts = import_module("phenolens.core.formats.ann_data").from_anndata(adata, renamed)
        return cls(with_roles(parts.meta), parts.features, parts.names, parts.provenance)

    def _parts(self) -> Parts:
        return Parts(self.meta, self.features, self.names, self.provenance)

    @classmethod
    def concatenate(cls, parts: Mapping[str, Profiles]) -> Profiles:
        """Return one table with the parts' features side by side, names prefixed by the part's.

        Raises:
            InputError: The parts do not describe the same rows in the same order.
        """
        first = next(iter(parts.values()))
        for name, part in parts.items():
            if not part.meta.equals(first.meta):
                raise InputError(f"'{name}' does not describe the same rows as the other parts")
        return cls(
            meta=first.meta,
            features=np.concatenate([part.features for part in parts.values()], axis=1),
            names=tuple(f"{key}_{name}" for key, part in parts.items() for name in part.names),
            provenance=(
                {
                    "step": "concatenate",
                    "parts": {key: list(part.provenance) for key, part in parts.items()},
                },
            ),
        )


@runtime_checkable
class Step(Protocol):
    """Profiles in, Profiles out; the input is not changed."""

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles that this step makes of the given ones."""
        ...

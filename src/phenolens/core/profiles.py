"""Profiles: metadata and features, aligned by row; a parquet file on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool, Float, Integer

from phenolens.core.columns import (
    COMPARTMENTS,
    NEVER_FEATURES,
    refuse_metadata,
    to_ours,
    to_outside,
    with_roles,
)
from phenolens.core.errors import InputError, nearest

_KEY = b"phenolens"


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Metadata and features, aligned by row.

    Attributes:
        meta: One row per profile, by our column names (plate, well, compound, ...).
        features: (n, d) float32. No metadata ever enters it: the two never share a table in memory.
        names: One per feature.
        provenance: One entry per step that made the profiles, oldest first.
    """

    meta: pd.DataFrame
    features: Float[np.ndarray, "n d"]
    names: tuple[str, ...] = ()
    provenance: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        features = np.ascontiguousarray(self.features, dtype=np.float32)
        if features.ndim != 2 or len(features) != len(self.meta):
            raise InputError(
                f"{len(self.meta)} rows of metadata but features of shape {features.shape}"
            )
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
        object.__setattr__(self, "meta", self.meta.reset_index(drop=True))

    def __len__(self) -> int:
        return len(self.meta)

    def take(self, rows: Integer[np.ndarray, " k"] | Bool[np.ndarray, " n"]) -> Profiles:
        """Return the profiles of these rows (indices or a mask), in this order."""
        return replace(self, meta=self.meta.iloc[rows], features=self.features[rows])

    def column(self, name: str, needed_by: str) -> pd.Series:
        """Return a metadata column.

        Raises:
            InputError: There is none by that name: says who needs it and what the table has.
        """
        if name not in self.meta.columns:
            raise InputError(
                f"{needed_by} needs a column '{name}'", mend=nearest(name, self.meta.columns)
            )
        return self.meta[name]

    def controls(self, needed_by: str) -> Bool[np.ndarray, " n"]:
        """Return the mask of the negative controls; at least one.

        Raises:
            InputError: No column `control`, or no control in it.
        """
        mask = self.column("control", needed_by).to_numpy(dtype=bool)
        if not mask.any():
            raise InputError(f"{needed_by} needs negative controls, and no row is one")
        return mask

    def finite(self, needed_by: str) -> Float[np.ndarray, "n d"]:
        """Return the features in float64.

        Raises:
            InputError: One of them is not finite: names the feature and the row.
        """
        bad = ~np.isfinite(self.features)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise InputError(
                f"{needed_by} needs finite features; '{self.names[column]}' is "
                f"{self.features[row, column]} in row {row} ({int(bad.sum())} such values)",
                mend="drop or fill them in a step before",
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
            "step": _name_in_recipes(step),
            "parameters": {k: _plain(v) for k, v in _parameters(step).items()},
            "rows_in": len(self),
            "facts": {k: _plain(v) for k, v in facts.items()},
        }
        made = Profiles(
            meta=self.meta if meta is None else meta,
            features=self.features if features is None else features,
            names=tuple(names) if names is not None else (() if changed else self.names),
            provenance=(*self.provenance, entry),
        )
        entry["rows_out"] = len(made)
        return made

    def save(self, path: Path | str) -> Path:
        """Write parquet in pycytominer's convention (`Metadata_` columns, then features).

        Feature names and provenance go to the file's own metadata. Written beside, then renamed.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = pd.concat(
            [to_outside(self.meta), pd.DataFrame(self.features, columns=list(self.names))], axis=1
        )
        table = pa.Table.from_pandas(frame, preserve_index=False)
        note = {"features": list(self.names), "provenance": list(self.provenance)}
        known = table.schema.metadata or {}
        table = table.replace_schema_metadata({**known, _KEY: json.dumps(note).encode()})
        beside = path.with_name(path.name + ".part")
        pq.write_table(table, beside)
        beside.replace(path)
        return path

    @classmethod
    def load(cls, path: Path | str, columns: Mapping[str, str] | None = None) -> Profiles:
        """Read a profile table: ours, pycytominer's, or CellProfiler's (parquet or CSV, gzip too).

        Args:
            path: A `.parquet`, `.csv` or `.csv.gz` file.
            columns: Our name -> the table's own name, where the convention is not enough.

        Raises:
            InputError: No such file, not a table, or a metadata column stands among the features.
        """
        path = Path(path)
        if not path.is_file():
            raise InputError("no such file", where=path)
        try:
            if path.suffix == ".parquet":
                table = pq.read_table(path)
                note = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
                frame = table.to_pandas()
            else:
                note, frame = {}, pd.read_csv(path, low_memory=False)
        except (OSError, EOFError, ValueError, pa.ArrowException) as error:
            raise InputError(f"cannot be read as a table: {error}", where=path) from error
        try:
            return _from_frame(frame, note, columns or {})
        except InputError as error:
            raise InputError(error.what, where=path, mend=error.mend) from error

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


class Step(Protocol):
    """Profiles in, Profiles out; the input is not changed."""

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the profiles that this step makes of the given ones."""
        ...


def _from_frame(
    frame: pd.DataFrame, note: Mapping[str, Any], columns: Mapping[str, str]
) -> Profiles:
    """Split a table into metadata and features, and name the metadata our way."""
    if "features" in note:
        names = [str(name) for name in note["features"]]
    else:
        names = _guess_features(frame, columns)
    meta = with_roles(to_ours(frame.drop(columns=names), columns))
    if not names:
        raise InputError("no numeric feature column", mend=f"columns: {list(frame.columns)[:12]}")
    return Profiles(
        meta=meta,
        features=frame[names].to_numpy(dtype=np.float32),
        names=tuple(names),
        provenance=tuple(note.get("provenance", ())),
    )


def _guess_features(frame: pd.DataFrame, columns: Mapping[str, str]) -> list[str]:
    """Return CellProfiler's feature columns, or else every numeric column that is not metadata."""
    marked = ("Metadata_", "Image_Metadata_", "Image_FileName_", "Image_PathName_")
    open_to = [
        str(c)
        for c in frame.columns
        if not str(c).startswith(marked)
        and c not in columns.values()
        and c not in NEVER_FEATURES
        and pd.api.types.is_numeric_dtype(frame[c])
        and not pd.api.types.is_bool_dtype(frame[c])
    ]
    compartment = [
        c
        for c in open_to
        if c.startswith(COMPARTMENTS)
        # A single cell's number is an id; its mean over a well is what CellProfiler measured.
        and not (c.endswith(("Number", "Index")) and pd.api.types.is_integer_dtype(frame[c]))
    ]
    names = compartment or open_to
    refuse_metadata(names, ())
    whole = [c for c in names if pd.api.types.is_integer_dtype(frame[c])]
    if not compartment and 0 < len(whole) < len(names):  # as codes appended to an embedding
        raise InputError(
            f"'{whole[0]}' holds whole numbers among real ones: a code, not a measurement?",
            mend=f"rename it 'Metadata_{whole[0]}', or write it with a decimal point",
        )
    return names


def _name_in_recipes(step: object) -> str:
    """Return `feature_select` for FeatureSelect of feature_select.py (see the catalogue)."""
    name = type(step).__name__.lower()
    stem = type(step).__module__.rpartition(".")[2]
    return stem if stem.replace("_", "") == name else name


def _parameters(step: object) -> dict[str, object]:
    fields = getattr(step, "__dataclass_fields__", {})
    return {name: getattr(step, name) for name in fields}


def _plain(value: object) -> object:
    """Return a value as JSON knows it."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list | frozenset | set):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)

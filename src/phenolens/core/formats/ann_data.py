"""AnnData: obs is the metadata, X the features; the chain of steps is JSON in `uns`."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.columns import to_ours, to_outside
from phenolens.core.errors import InputError, shown
from phenolens.core.float32 import measured_in_float32
from phenolens.core.formats.memory import refuse_larger
from phenolens.core.formats.note import Note, note_text, read_note
from phenolens.core.formats.parts import Parts, refuse_duplicates, unreadable
from phenolens.core.formats.stores import check_hdf5, check_zarr
from phenolens.core.formats.zarr_store import whole_store
from phenolens.core.inside import literal
from phenolens.core.reading.blanks import bare_names
from phenolens.core.reading.metadata import described
from phenolens.core.space import reserve

_LOG = logging.getLogger("phenolens")
_KEY = "phenolens"
_PART = 4096  # bytes of HDF5 around a column
_WITHOUT_NOTE = f"write it again; or delete uns[{_KEY!r}] to read it as a table without steps"
_METADATA = ("Metadata_", "Image_Metadata_")


def read(path: Path, columns: Mapping[str, str]) -> Parts:
    """Read an `.h5ad` file or a `.zarr` folder.

    Raises:
        InputError: The package is absent, the file cannot be read, or it holds no features.
    """
    anndata = _anndata()
    zarr = path.suffix.lower() == ".zarr"
    opener, check = (anndata.read_zarr, check_zarr) if zarr else (anndata.read_h5ad, check_hdf5)
    try:
        lost = check(path)
        found = opener(literal(path))
    except InputError:
        raise
    except Exception as error:  # h5py, zarr and anndata raise a dozen kinds for a damaged file
        raise unreadable(error) from error
    if lost:
        _refuse_lost(path, lost, ours=_note(found.uns.get(_KEY)).whole)
    return from_anndata(found, columns, () if path.is_dir() else (path,))


def write(parts: Parts, path: Path) -> None:
    """Write a file that scanpy reads: a folder for `.zarr`, else one HDF5 file."""
    made = to_anndata(parts)
    if path.suffix.lower() == ".zarr":
        with warnings.catch_warnings():
            # From anndata and zarr, about what their next versions will write by default.
            warnings.simplefilter("ignore", UserWarning)
            with whole_store(path) as store:
                made.write_zarr(store)
    else:
        reserve(path, _most_bytes(made))  # on a full disk HDF5 ends the process
        path.unlink()
        made.write_h5ad(path)


def _most_bytes(made: Any) -> int:
    """Return about how many bytes an HDF5 file takes, rather more than less."""
    values = made.X.nbytes + int(made.obs.memory_usage(deep=True).sum()) + len(made.uns[_KEY])
    names = sum(len(name) for name in made.var_names) + 64 * made.n_vars
    return int(values + names + _PART * (made.obs.shape[1] + 8))


def to_anndata(parts: Parts) -> Any:
    """Return an `anndata.AnnData`: obs under pycytominer's `Metadata_` names, X float32.

    Raises:
        InputError: The package is absent, or a name has a `/`, which AnnData cannot store.
    """
    anndata = _anndata()
    obs = to_outside(parts.meta)
    for name in map(str, obs.columns):
        if "/" in name:
            raise InputError(
                f"AnnData cannot store the column '{name}'", fix="rename it without '/'"
            )
    obs = obs.assign(**{name: _storable(obs[name]) for name in obs.columns})
    obs.index = pd.Index([str(row) for row in range(len(obs))], dtype=object)
    # Text that AnnData would turn into a category by itself, with a warning for each column.
    note = {"provenance": list(parts.provenance), "text": _text_columns(parts.meta), "whole": True}
    return anndata.AnnData(
        X=np.array(parts.features, dtype=np.float32),
        obs=obs,
        var=pd.DataFrame(index=pd.Index(list(parts.names), dtype=object)),
        uns={_KEY: note_text(note)},
    )


def from_anndata(adata: Any, columns: Mapping[str, str], files: tuple[Path, ...] = ()) -> Parts:
    """Return the profiles in an `anndata.AnnData`; `layers`, `obsm` and `raw` are ignored.

    Args:
        adata: obs with or without the `Metadata_` prefix; X dense or sparse. Columns
            of X named `Metadata_` are metadata.
        columns: Our name -> the name in obs, where the convention is not enough.
        files: What was read.

    Raises:
        InputError: No X, values that are not real numbers, or a name appears twice.
    """
    if adata.X is None or adata.n_vars == 0:
        raise InputError("has no features: X is empty", fix="put the features into X")
    x = _dense(adata.X) if hasattr(adata.X, "toarray") else np.asarray(adata.X)
    if x.dtype.kind not in "fiub":
        raise InputError(f"X has values of type {x.dtype}, expected real numbers")
    _warn_of_layers(adata, x)
    note = _note(adata.uns.get(_KEY))
    names = tuple(
        map(str, adata.var_names) if note.text is not None else bare_names(adata.var_names)
    )
    refuse_duplicates(names)
    obs = pd.DataFrame(adata.obs).reset_index(drop=True)
    obs.columns = pd.Index([str(name) for name in obs.columns], dtype=object)
    if not len(obs):
        raise InputError("the table has no rows")
    marked = np.array([name.startswith(_METADATA) for name in names])
    if marked.any():  # pycytominer moves every number to X, those of the metadata too
        outside = [name for name, is_marked in zip(names, marked, strict=True) if is_marked]
        refuse_duplicates([*map(str, obs.columns), *outside])
        obs = obs.join(pd.DataFrame(x[:, marked], columns=outside))
        names = tuple(name for name in names if name not in obs.columns)
        x = x[:, ~marked]
    if not names:
        raise InputError("has no features: X contains only metadata")
    refuse_duplicates(map(str, obs.columns))
    plain = {
        name: obs[name].astype(object)
        for name in obs.columns
        if isinstance(obs[name].dtype, pd.CategoricalDtype) or str(name) in (note.text or ())
    }
    obs = obs.assign(**plain)
    meta, facts = (to_ours(obs, columns), {}) if note.text is not None else described(obs, columns)
    return Parts(
        meta=meta,
        features=measured_in_float32(x, names),
        names=names,
        provenance=note.provenance,
        files=files,
        facts=facts,
    )


def _warn_of_layers(adata: Any, x: np.ndarray) -> None:
    """Say that layers are not read if X has one value only, so the features may be in a layer."""
    layers = sorted(map(str, adata.layers))
    if layers and x.size and (x == x.flat[0]).all():
        _LOG.warning(
            "X is %s everywhere; only X is read, not the layers %s: put the features into X",
            *(shown(x.flat[0]), ", ".join(layers)),
        )


def _dense(x: Any) -> np.ndarray:
    """Return a sparse matrix in full, once its places are known to be inside of it.

    SciPy writes to the places that a file names without a look: one outside is another's memory.
    """
    refuse_larger(x.shape[0] * x.shape[1] * x.dtype.itemsize)  # zeros take no room in the file
    try:
        x.check_format(full_check=True)
    except ValueError as error:
        raise InputError(
            f"X is a damaged sparse matrix: {error}", fix="copy or export it again"
        ) from error
    dense: np.ndarray = x.toarray()
    return dense


def _refuse_lost(path: Path, lost: Mapping[str, int], *, ours: bool) -> None:
    """Say which parts of a store are missing; refuse one of ours, in which all are written.

    Raises:
        InputError: It is one of ours.
    """
    name, count = next(iter(lost.items()))
    more = f", and parts of {len(lost) - 1} more arrays" if len(lost) > 1 else ""
    what = f"{count} part{'s' * (count > 1)} of {name} missing{more}"
    if ours:
        raise InputError(what, fix="copy the store again, or write it again")
    _LOG.warning(
        "%s: %s: what is missing is read as one value, mostly 0; if the store was copied, copy it "
        "again",
        *(path.name, what),
    )


def _storable(values: pd.Series) -> pd.Series:
    """Return a column as AnnData stores it: text as a category, times as text."""
    if not pd.api.types.is_object_dtype(values) and not _is_time(values):
        return values
    text = values.astype("string").astype(object).where(values.notna(), np.nan)
    return text.astype("category") if text.notna().any() else text.astype(float)


def _is_time(values: pd.Series) -> bool:
    return values.dtype.kind in "mM"


def _text_columns(meta: pd.DataFrame) -> list[str]:
    outside = to_outside(meta)
    return [str(name) for name in outside if pd.api.types.is_object_dtype(outside[name])]


def _note(found: Any) -> Note:
    """Return the note of a file of ours; what is not a JSON object is another program's.

    Raises:
        InputError: It is damaged.
    """
    ours = isinstance(found, str) and found.lstrip().startswith("{")
    return read_note(str(found), _WITHOUT_NOTE) if ours else Note()


def _anndata() -> ModuleType:
    try:
        import anndata
    except ImportError as error:
        raise InputError(
            "AnnData needs the package anndata", fix="pip install 'phenolens[anndata]'"
        ) from error
    module: ModuleType = anndata
    return module

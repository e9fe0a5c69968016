"""The field's column names, and the border where they become ours and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError, nearest

# Ours -> the name written to disk (pycytominer's convention), then the other names it is known by.
KNOWN: dict[str, tuple[str, ...]] = {
    "plate": (
        "Metadata_Plate",
        "Image_Metadata_Plate",
        "Image_Metadata_Plate_DAPI",
        "Metadata_Assay_Plate_Barcode",
        "Plate",
    ),
    "well": (
        "Metadata_Well",
        "Image_Metadata_Well",
        "Image_Metadata_Well_DAPI",
        "Metadata_well_position",
        "Well",
    ),
    "site": ("Metadata_Site", "Image_Metadata_Site", "Site"),
    "cell": ("Metadata_Cell", "cell_id", "Metadata_ObjectNumber"),
    "batch": ("Metadata_Batch", "Batch"),
    "replicate": ("Metadata_Replicate", "Replicate"),
    "compound": (
        "Metadata_Compound",
        "Image_Metadata_Compound",
        "Metadata_broad_sample",
        "Compound",
    ),
    "concentration": (
        "Metadata_Concentration",
        "Image_Metadata_Concentration",
        "Metadata_mmoles_per_liter",
        "Concentration",
    ),
    "treatment": ("Metadata_Treatment", "Treatment"),
    "control": ("Metadata_Control",),
    "moa": ("Metadata_moa", "Metadata_MoA", "MoA"),
    "cell_line": ("Metadata_Cell_Line", "Metadata_cell_line"),
    "time": ("Metadata_Time", "Metadata_Timepoint"),
}
_TO_OURS = {outside: ours for ours, names in KNOWN.items() for outside in names}
CONTROL_NAMES = frozenset({"dmso", "negcon", "control", "vehicle"})
# Names that are never measurements, even where a table forgot the `Metadata_` prefix.
NEVER_FEATURES = frozenset(
    {*KNOWN, *_TO_OURS, "TableNumber", "ImageNumber", "ObjectNumber", "Row", "Column", "label"}
)


def to_ours(table: pd.DataFrame, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the table with the field's column names turned into ours.

    Args:
        table: Metadata in any of the known conventions.
        columns: Our name -> the table's own name, where the convention is not enough.

    Raises:
        InputError: A named column is not in the table, or two columns would share one name.
    """
    rename: dict[str, str] = {}
    for ours, outside in (columns or {}).items():
        if outside not in table.columns:
            raise InputError(
                f"no column '{outside}' (named as {ours})", mend=nearest(outside, table.columns)
            )
        rename[outside] = ours
    taken = set(rename.values())
    for ours, names in KNOWN.items():
        found = [name for name in (ours, *names) if name in table.columns and name not in rename]
        if ours not in taken and found:
            rename[found[0]] = ours
    for name in map(str, table.columns):
        if name not in rename and name.startswith("Metadata_"):
            rename[name] = name.removeprefix("Metadata_")
    renamed = table.rename(columns=rename)
    twice = renamed.columns[renamed.columns.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"columns {list(twice)} would each stand twice",
            mend="name the right one with `columns`, or drop the other",
        )
    return renamed


def to_outside(meta: pd.DataFrame) -> pd.DataFrame:
    """Return metadata under pycytominer's `Metadata_` names, as it is written to disk."""
    return meta.rename(columns={name: outside_name(str(name)) for name in meta.columns})


def outside_name(ours: str) -> str:
    """Return the `Metadata_` name of one of our columns.

    Example:
        >>> outside_name("plate"), outside_name("donor")
        ('Metadata_Plate', 'Metadata_donor')
    """
    return KNOWN[ours][0] if ours in KNOWN else f"Metadata_{ours}"


def with_roles(meta: pd.DataFrame) -> pd.DataFrame:
    """Return metadata with `control` and `treatment` derived where the table does not give them.

    `control` is true where the compound is a known name of a negative control (DMSO, ...);
    `treatment` is the compound at its concentration.
    """
    meta = meta.copy()
    if "compound" in meta.columns:
        meta["compound"] = meta["compound"].astype("string").astype(object)
        if "control" not in meta.columns:
            lowered = meta["compound"].str.lower()
            meta["control"] = lowered.isin(CONTROL_NAMES).to_numpy(dtype=bool)
        if "treatment" not in meta.columns:
            meta["treatment"] = _treatment(meta)
    if "control" in meta.columns:
        meta["control"] = meta["control"].astype(bool)
    return meta.reset_index(drop=True)


def _treatment(meta: pd.DataFrame) -> pd.Series:
    """Return `compound@concentration`, or the compound alone where there is no concentration."""
    compound = meta["compound"]
    if "concentration" not in meta.columns:
        return compound
    dose = pd.to_numeric(meta["concentration"]).map(lambda value: f"@{value:g}")
    dose = dose.where(meta["concentration"].notna() & ~meta["control"], "")
    joined = compound + dose
    return joined.where(compound.notna(), np.nan)

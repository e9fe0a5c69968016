"""The field's column names, and how they are turned into ours and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from phenolens.core.errors import InputError, nearest

# Ours -> the name written to disk (pycytominer's convention), then other names for it, the
# preferred first: if a table has several, the others keep their names.
KNOWN: dict[str, tuple[str, ...]] = {
    "plate": (
        "Metadata_Plate",
        "Image_Metadata_Plate",
        "Image_Metadata_Plate_DAPI",
        "Image_Metadata_Plate_x",  # as CytoTable's joins leave it
        "Metadata_Assay_Plate_Barcode",
        "Plate",
    ),
    "well": (
        "Metadata_Well",
        "Image_Metadata_Well",
        "Image_Metadata_Well_DAPI",
        "Image_Metadata_Well_x",
        "Metadata_well_position",
        "Well",
    ),
    "site": ("Metadata_Site", "Image_Metadata_Site", "Image_Metadata_Site_x", "Site"),
    "cell": ("Metadata_Cell", "cell_id", "Metadata_cell_id", "Metadata_ObjectNumber"),
    "batch": ("Metadata_Batch", "Batch"),
    "source": ("Metadata_Source", "Source"),
    "replicate": ("Metadata_Replicate", "Replicate"),
    "compound": (
        "Metadata_Compound",
        "Image_Metadata_Compound",
        "Metadata_broad_sample",
        "Compound",
        "Metadata_JCP2022",
        "Metadata_InChIKey",
    ),
    "concentration": (
        "Metadata_Concentration",
        "Image_Metadata_Concentration",
        "Metadata_mmoles_per_liter",
        "Concentration",
        "Metadata_Dose",
        "Metadata_dose",
    ),
    "treatment": ("Metadata_Treatment", "Treatment"),
    "control": ("Metadata_Control",),
    "moa": ("Metadata_moa", "Metadata_MoA", "Metadata_MOA", "MoA"),
    "target": ("Metadata_target", "Metadata_Target", "Metadata_gene", "Metadata_Gene"),
    "cell_line": (
        "Metadata_Cell_Line",
        "Metadata_cell_line",
        "Metadata_CellLine",
        "Metadata_cell_id",  # LINCS
    ),
    "time": ("Metadata_Time", "Metadata_Timepoint", "Metadata_timepoint"),
    "count": ("Metadata_Object_Count", "Metadata_Count_Cells", "Metadata_Cell_Count"),
}
# Roles found under these names without the prefix too, and under our name in any case.
_KEYS = ("plate", "well", "site", "batch", "compound", "concentration", "time", "treatment")
_BARE = {
    ours: tuple(name.removeprefix("Metadata_") for name in KNOWN[ours] if name[0] == "M")
    for ours in _KEYS
}
_TO_OURS = {outside: ours for ours, names in KNOWN.items() for outside in names}
COMPARTMENTS = ("Cells_", "Cytoplasm_", "Nuclei_", "Image_")
# Names with two meanings: their values decide (`_fits`).
_AMBIGUOUS = ("Metadata_cell_id", "Metadata_Dose", "Metadata_dose", "Dose", "dose")
# Names that are never measurements, even without the `Metadata_` prefix.
NEVER_FEATURES = frozenset(
    {
        *KNOWN,
        *_TO_OURS,
        *(n for names in _BARE.values() for n in names),
        "ImageNumber",
        "ObjectNumber",
        "TableNumber",
        "Row",
        "Column",
        "Col",
        "pubchem_cid",
        "label",
    }
)
# Words in names of identifiers, not of measurements; CellProfiler's own names are exempt.
_ID_WORDS = frozenset(
    {
        *("id", "plate", "well", "batch", "compound", "treatment", "moa", "barcode", "unnamed"),
        *("drug", "dose", "conc", "concentration", "replicate", "donor", "patient", "sirna"),
        *("sgrna", "smiles", "metadata"),
    }
)
# In the name of a measurement, as Harmony names all of its own (`Area - Mean per Well`).
_PER_WELL = re.compile(r"(?i)(?<![a-z])per[ _-]?wells?(?![a-z])")
# CellProfiler's running numbers, in any compartment.
_NUMBERING = re.compile("(ImageNumber|ObjectNumber|TableNumber|Group_Index|Group_Number)$")
# The same, and numbers whose mean over a well CellProfiler exports as if it were a measurement.
_RUNNING = re.compile(
    "(Image|Table)Number$|Object_?Number(_|$)|Group_(Index|Number)$|(^|_)Parent_|TrackObjects_Label"
)


class Named(dict[str, str]):
    """How a caller names the columns of several tables: our name -> the tables' own.

    Attributes:
        elsewhere: Names that another table has: a table may lack them.
        coordinates: Coordinates of single cells are features.
    """

    def __init__(
        self,
        columns: Mapping[str, str],
        elsewhere: Iterable[str] = (),
        *,
        coordinates: bool = False,
    ) -> None:
        super().__init__(columns)
        self.elsewhere = frozenset(elsewhere)
        self.coordinates = coordinates


def to_ours(table: pd.DataFrame, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the table with the field's column names turned into ours.

    Args:
        table: Metadata in any of the known conventions.
        columns: Our name -> the table's own name, if the convention is not enough.

    Raises:
        InputError: A named column is not in the table, or two columns would share one name.
    """
    rename = _named(table, columns or {})
    taken = set(rename.values())
    for ours, names in KNOWN.items():
        looked = (ours, *names, *_BARE.get(ours, ()))
        found = [name for name in looked if name in table.columns and name not in rename]
        if not found:
            found = [n for n in map(str, table.columns) if n.lower() == ours and n not in rename]
        found = [name for name in found if name not in _AMBIGUOUS or _fits(ours, table[name])]
        if ours not in taken and found:
            rename[found[0]] = ours
            taken.add(ours)
    for name in map(str, table.columns):
        if name not in rename and name.startswith("Metadata_"):
            short = name.removeprefix("Metadata_")
            if short not in taken and not _keeps_prefix(table, name, short):
                rename[name] = short
    renamed = table.rename(columns=rename)
    twice = renamed.columns[renamed.columns.duplicated()].unique()
    if len(twice):
        raise InputError(
            f"more than one column would be named {list(twice)}",
            fix="name the right one with `columns`, or drop the others",
        )
    return renamed


def _fits(ours: str, values: pd.Series) -> bool:
    """Return whether a column with an ambiguous name has values of our meaning.

    LINCS writes the cell line to `Metadata_cell_id`, others a cell's number; a dose may be text.
    """
    number = _numeric(values)
    if ours == "concentration" or number:
        return number and ours != "cell_line"
    each_its_own = len(values) > 1 and values.is_unique
    return each_its_own == (ours == "cell")


def _numeric(values: pd.Series) -> bool:
    """Return whether a column holds numbers, also numbers that were read as text."""
    if pd.api.types.is_numeric_dtype(values):
        return True
    there = values.dropna().astype(object)
    return bool(len(there)) and bool(pd.to_numeric(there, errors="coerce").notna().all())


def _keeps_prefix(table: pd.DataFrame, name: str, short: str) -> bool:
    """Return whether a running number exists with and without prefix: both keep their names.

    CytoTable's joins write both `ImageNumber` and `Metadata_ImageNumber`.
    """
    prefixed_twice = short.startswith("Metadata_")  # as we write the second of the two
    return short in table.columns and is_running_number(name) and not prefixed_twice


def is_running_number(name: str) -> bool:
    """Return whether this is CellProfiler's name for the number of an object, parent or image.

    Example:
        >>> is_running_number("Cells_Parent_Nuclei"), is_running_number("Nuclei_AreaShape_Area")
        (True, False)
    """
    return bool(_RUNNING.search(name))


def _named(table: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the table's own name -> ours, as the caller named them."""
    rename: dict[str, str] = {}
    for ours, outside in columns.items():
        if outside not in table.columns and outside in getattr(columns, "elsewhere", ()):
            continue
        if outside not in table.columns:
            raise InputError(
                f"no column '{outside}' (named as {ours})",
                fix=nearest(outside, table.columns, "the table has"),
            )
        if outside in rename:
            raise InputError(f"column '{outside}' is named as {rename[outside]} and as {ours}")
        rename[outside] = ours
    return rename


def to_outside(meta: pd.DataFrame) -> pd.DataFrame:
    """Return metadata under pycytominer's `Metadata_` names, as it is written to disk.

    Raises:
        InputError: Two columns would be written under one name.
    """
    renamed = meta.rename(columns={name: outside_name(str(name)) for name in meta.columns})
    if not renamed.columns.is_unique:
        twice = renamed.columns[renamed.columns.duplicated()][0]
        both = [name for name in meta.columns if outside_name(str(name)) == twice]
        raise InputError(f"columns {both} would both be written as '{twice}'", fix="drop one")
    return renamed


def outside_name(ours: str) -> str:
    """Return the `Metadata_` name of one of our columns.

    Example:
        >>> outside_name("plate"), outside_name("donor")
        ('Metadata_Plate', 'Metadata_donor')
    """
    return KNOWN[ours][0] if ours in KNOWN else f"Metadata_{ours}"


def table_of_names(columns: object) -> Mapping[str, str]:
    """Return what a caller in Python gives as `columns`.

    Raises:
        InputError: It is not a table of text.
    """
    if isinstance(columns, Mapping) and all(
        isinstance(n, str) for n in [*columns, *columns.values()]
    ):
        return columns
    raise InputError(
        f"expected our names and the table's own, got {type(columns).__name__}",
        where="columns",
        fix="give a dictionary of text, as {'plate': 'Plate_ID'}",
    )


def refuse_metadata(names: Iterable[str], meta_columns: Iterable[str]) -> None:
    """Raise if a feature has the name of metadata: an id among the features is a leak.

    Raises:
        InputError: Names the column and the fix.
    """
    there = {str(column).lower() for column in meta_columns}
    known = there | {name.lower() for name in NEVER_FEATURES}
    for name in names:
        marked = name.startswith(("Metadata_", "Image_Metadata_")) or _NUMBERING.search(name)
        if marked or name.lower() in known or names_an_id(name):
            raise InputError(
                f"'{name}' is metadata, but is among the features",
                fix=f"the table has metadata of this name too: drop or rename '{name}'"
                if name.lower() in there
                else f"rename it 'Metadata_{name.removeprefix('Metadata_')}' or drop it",
            )


def names_an_id(name: str) -> bool:
    """Return whether a word of this name is one of identifiers (`track_id`, `Unique_MoA`).

    Example:
        >>> names_an_id("plate_name"), names_an_id("Nuclei - Area - Mean per Well")
        (True, False)
    """
    name = _PER_WELL.sub("", name)
    words = re.split("[^a-z]+", name.lower()) + re.findall("[A-Z]?[a-z]+|[A-Z]+", name)
    spelt = {word.lower().removesuffix("s") for word in words}
    return not name.startswith(COMPARTMENTS) and not spelt.isdisjoint(_ID_WORDS)

"""Which columns of a table say what its rows are: drug, dose, well, replicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from phenolens.core.columns import KNOWN
from phenolens.core.reading.doses import names_a_dose

# Further names of our columns in tables of curves, in small letters.
_MORE = {
    "compound": ("drug", "agent", "inhibitor"),
    "treatment": ("condition", "treatment"),
    "concentration": ("conc", "dose", "concentration"),
    "cell_line": ("cell line", "cell_line", "cellline", "cell type", "cell"),
}
_TELLING = ("compound", "treatment", "well", "concentration", "replicate")


def role_columns(names: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Return our name -> the table's own, for what the table says under a known name.

    Args:
        names: Of the columns.
        columns: Our name -> the table's own, as the user named them; these come first.

    Example:
        >>> role_columns(["Drug", "Conc", "Elapsed", "x"], {})
        {'compound': 'Drug', 'concentration': 'Conc'}
    """
    found = dict(columns)
    small = {name.lower(): name for name in reversed(names)}
    for ours, others in KNOWN.items():
        looked = (ours, *(name.lower() for name in others), *_MORE.get(ours, ()))
        theirs = next((small[n] for n in looked if n in small), None)
        if ours not in found and theirs is not None and theirs not in found.values():
            found[ours] = theirs
    doses = [name for name in names if names_a_dose(name) and name not in found.values()]
    if "concentration" not in found and len(doses) == 1:
        found["concentration"] = doses[0]
    return found


def has_roles(names: Sequence[str], columns: Mapping[str, str] | None = None) -> bool:
    """Return whether a table says in columns which drug or well its rows are of.

    Example:
        >>> has_roles(["Well", "Treatment"]), has_roles(["Elapsed", "Control", "Erl 1 nM"])
        (True, False)
    """
    return any(ours in role_columns(names, columns or {}) for ours in _TELLING)

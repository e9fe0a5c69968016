"""Small multiples: one panel per drug, its doses in shades, the controls in orange behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles
from phenolens.core.reading.molar import NOT_GIVEN
from phenolens.drawing.amounts import dose as dose_words
from phenolens.drawing.figures import Line, curves
from phenolens.drawing.scale import Scale
from phenolens.drawing.svg import Markup

SHADES = 6  # CSS variables --dose-0 (weakest) to --dose-5
_MOST_LINES = 8  # curves of one condition that are drawn singly; of more, their mean
_MOST_PANELS = 60
_CONTROL = "--miss"
_SINGLE = ("plate", "well", "replicate")


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One drug.

    Attributes:
        name: The drug, and the cell line where there are several.
        svg: Its curves.
        doses: (colour, dose), from the weakest.
    """

    name: str
    svg: Markup
    doses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The panels of one run and measurement, on one scale.

    Attributes:
        run: Its name.
        variable: The measurement.
        panels: One per drug and cell line.
        more: How many were left out.
        averaged: Whether a line is the mean of the curves of a condition.
    """

    run: str
    variable: str
    panels: tuple[Panel, ...]
    more: int
    averaged: bool


def blocks(profiles: Profiles, runs: pd.Series) -> Iterator[Block]:
    """Yield the panels of each run and measurement that has values.

    Args:
        profiles: Long form, as `CurveFiles` reads them.
        runs: (n,) the run of each row.
    """
    table = profiles.meta.assign(
        **{f"value {i}": profiles.features[:, i] for i in range(len(profiles.names))}
    )
    if "compound" not in table:
        table = table.assign(compound="all wells", control=False, treatment="all wells")
    for run, rows in table.groupby(runs.to_numpy(), sort=False, observed=True):
        for place, name in enumerate(profiles.names):
            known = rows.rename(columns={f"value {place}": "value"})
            if known["value"].notna().any():
                yield _block(str(run), name, known)


def _block(run: str, variable: str, rows: pd.DataFrame) -> Block:
    lines, averaged = _lines(rows)
    values = lines["value"]
    scale = Scale.around(values[np.isfinite(values)].tolist(), keep=[0.0])
    treated = lines[~lines["control"]]
    groups = list(
        treated.groupby(["compound", "cell_line"], sort=False, dropna=False, observed=True)
    )
    several = lines["cell_line"].nunique() > 1
    panels = []
    for (compound, line), own in groups[:_MOST_PANELS]:
        same = lines["cell_line"].eq(line) if isinstance(line, str) else True
        controls = lines[lines["control"] & same & lines["plate"].isin(own["plate"])]
        name = f"{compound}, {line}" if several else str(compound)
        panels.append(_panel(name, own, controls, scale))
    return Block(run, variable, tuple(panels), max(0, len(groups) - _MOST_PANELS), averaged)


def _lines(rows: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return one value per line and time: images of a well are averaged, and many replicates."""
    rows = rows.assign(
        compound=rows["compound"].fillna("no treatment"),
        treatment=rows["treatment"].fillna("no treatment"),
        cell_line=rows.get("cell_line"),
        concentration=rows.get("concentration", np.nan),
        unit=rows["concentration_unit"]
        .where(rows["concentration_unit"] != NOT_GIVEN, "")
        .fillna("")
        if "concentration_unit" in rows
        else "",
    )
    rows = rows.assign(cell_line=rows["cell_line"].fillna("").astype(str))
    keys = ["compound", "treatment", "concentration", "unit", "control", "cell_line", "plate"]
    single = [*keys, *(name for name in _SINGLE if name in rows and name not in keys)]
    number = rows.groupby(single, sort=False, dropna=False, observed=True).ngroup()
    most = (
        rows.assign(number=number)
        .groupby(keys, dropna=False, observed=True)["number"]
        .nunique()
        .max()
    )
    averaged = bool(most > _MOST_LINES)
    chosen = keys if averaged else single
    lines = (
        rows.groupby([*chosen, "time"], sort=False, dropna=False, observed=True)["value"]
        .mean()
        .reset_index()
    )
    return lines.assign(
        number=lines.groupby(chosen, sort=False, dropna=False, observed=True).ngroup()
    ).sort_values("time", kind="stable"), averaged


def _panel(name: str, own: pd.DataFrame, controls: pd.DataFrame, scale: Scale) -> Panel:
    treatments = own.sort_values("concentration", kind="stable")["treatment"].unique().tolist()
    colours = [f"--dose-{shade}" for shade in shades(len(treatments))]
    drawn = list(_drawn(controls, "control", _CONTROL))
    doses = []
    for treatment, colour in zip(treatments, colours, strict=True):
        mine = own[own["treatment"] == treatment]
        dose = float(mine["concentration"].iloc[0])
        label = dose_words(dose, str(mine["unit"].iloc[0])) or str(treatment)
        drawn += _drawn(mine, label, colour)
        doses.append((colour, label))
    figure = curves(drawn, scale, (), label=f"{name}: {len(drawn)} curves over time in hours")
    return Panel(name, figure, tuple(doses))


def _drawn(rows: pd.DataFrame, name: str, colour: str) -> Iterator[Line]:
    for _, line in rows.groupby("number", sort=False, observed=True):
        yield Line(name, line["time"].to_numpy(float), line["value"].to_numpy(float), colour)


def shades(count: int) -> Sequence[int]:
    """Return the shade of each dose, spread from the weakest to the strongest.

    Example:
        >>> shades(1), shades(3), shades(8)
        ([5], [0, 2, 5], [0, 1, 1, 2, 3, 4, 4, 5])
    """
    if count == 1:
        return [SHADES - 1]
    return [round((SHADES - 1) * place / (count - 1)) for place in range(count)]

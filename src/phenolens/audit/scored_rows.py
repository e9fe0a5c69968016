"""Scored rows: controls, copies and one substance under two names among what is scored."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.audit.finding import Finding, listed
from phenolens.core.profiles import Profiles
from phenolens.core.values import Values

_CONTROL = re.compile(
    r"(?<![a-z])(?:dmso|vehicle|neg_?con|neg_?ctrl|neg(?:ative)?[ _-]?controls?|untreated|mock"
    r"|solvent|no[ _-]?treatment|media[ _-]?only|control)(?![a-z])",
    re.IGNORECASE,
)
_SUBSTANCE = re.compile("inchi_?key|^inchi$|^smiles$", re.IGNORECASE)


def check_rows(profiles: Profiles, truth: str | None) -> tuple[dict[str, Any], list[Finding]]:
    """Return what stands among the rows that are scored and should not, and what it says."""
    meta = profiles.meta
    control = np.zeros(len(meta), dtype=bool)
    if "control" in meta.columns:
        control = meta["control"].to_numpy(dtype=bool)
    alike = _looks(meta) & ~control
    found = [*_controls(meta, control, alike, truth), *_copies(profiles), *_two_names(meta)]
    told = {
        "rows": len(meta),
        "controls": int(control.sum()),
        "controls_unflagged": int(alike.sum()),
    }
    return told, found


def _looks(meta: pd.DataFrame) -> Bool[np.ndarray, " n"]:
    """Return which rows have a compound named like a negative control."""
    like = np.zeros(len(meta), dtype=bool)
    for name in ("compound", "treatment"):
        if name in meta.columns:
            text = meta[name].astype("string").fillna("")
            like |= text.str.contains(_CONTROL).to_numpy(dtype=bool)
    return like


def _controls(
    meta: pd.DataFrame,
    control: Bool[np.ndarray, " n"],
    alike: Bool[np.ndarray, " n"],
    truth: str | None,
) -> list[Finding]:
    found = []
    known = Values.of(meta[truth]).known if truth is not None else np.zeros(len(meta), dtype=bool)
    if alike.any():
        names = sorted(set(meta["compound" if "compound" in meta.columns else "treatment"][alike]))
        queries = int((alike & known).sum())
        asked = f", {queries} of them as queries and neighbours of {truth}" if queries else ""
        found.append(
            Finding(
                key="controls_in_test",
                severity="leak",
                title="negative controls are among the rows scored",
                evidence=(
                    f"{int(alike.sum())} rows are named like negative controls ({listed(names)}) "
                    f"and not flagged as such: they are scored as compounds{asked}."
                ),
                fix="Set `control` to true for them, or leave them out.",
                columns=("control", "compound"),
            )
        )
    elif not control.any():
        found.append(
            Finding(
                key="controls_in_test",
                severity="warning",
                title="no row is flagged as a negative control",
                evidence="So no score against controls can be asked, nor batch effects on them.",
                fix="Keep the negative controls in the table, with `control` true.",
                columns=("control",),
            )
        )
    else:
        told = f"{int(control.sum())} rows are negative controls; no other row is named like one."
        if (control & known).any():
            told += (
                f" {int((control & known).sum())} of them carry a {truth}: left out here, but "
                "other tools count them."
            )
        found.append(
            Finding(
                key="controls_in_test", severity="fine", columns=("control",),
                title="negative controls are not scored", evidence=told,
            )
        )  # fmt: skip
    return found


def _copies(profiles: Profiles) -> list[Finding]:
    """Return whether two rows have the same features to the last bit."""
    raw = np.dtype((np.void, profiles.features.shape[1] * profiles.features.itemsize))
    bits = np.ascontiguousarray(profiles.features + np.float32(0)).view(raw).ravel()
    inverse, count = np.unique(bits, return_inverse=True, return_counts=True)[1:]
    again = count[inverse] > 1
    if not again.any() or profiles.features.shape[1] < 3:
        return []
    rows = np.flatnonzero(again)[:4]
    columns = [c for c in ("treatment", "plate", "well") if c in profiles.meta.columns]
    names = [" ".join(map(str, profiles.meta[columns].iloc[row])) for row in rows]
    return [
        Finding(
            key="copies",
            severity="leak",
            title="rows are copies of each other",
            evidence=(
                f"{int(again.sum())} rows share all their features with another: "
                f"{listed(names, 4)}."
            ),
            fix="Leave one of each: a copy is its own nearest neighbour.",
            columns=tuple(columns),
        )
    ]


def _two_names(meta: pd.DataFrame) -> list[Finding]:
    """Return whether one substance stands under two compounds: then NSC may match it to itself."""
    columns = [c for c in map(str, meta.columns) if _SUBSTANCE.search(c)]
    if "compound" not in meta.columns or not columns:
        return []
    known = meta[["compound", columns[0]]].dropna().drop_duplicates()
    twice = known[known[columns[0]].duplicated(keep=False)]
    if twice.empty:
        return []
    names = [", ".join(map(str, group)) for _, group in twice.groupby(columns[0])["compound"]]
    return [
        Finding(
            key="two_names",
            severity="warning",
            title="one substance stands under two compounds",
            evidence=(
                f"{len(names)} values of {columns[0]} have several compounds: {listed(names, 3)}."
            ),
            fix="Give them one name: else NSC may match a substance to itself.",
            columns=("compound", columns[0]),
        )
    ]

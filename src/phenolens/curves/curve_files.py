"""CurveFiles: tables of curves, and how they become long-form Profiles."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.errors import InputError, listed, nearest
from phenolens.core.formats.origin import sha256_of
from phenolens.core.inside import permitted
from phenolens.core.named_files import named_files
from phenolens.core.pattern import Pattern
from phenolens.core.profiles import Profiles
from phenolens.core.query import matching
from phenolens.core.ranges import finite
from phenolens.core.reading.blanks import on_distinct
from phenolens.core.roles import with_roles
from phenolens.core.step_record import step_record
from phenolens.curves.clock import check_unit
from phenolens.curves.condition import read_conditions
from phenolens.curves.dosing import AS_WRITTEN, dose_table
from phenolens.curves.drug_names import possibly_the_same
from phenolens.curves.joined import Joined, join, with_maps
from phenolens.curves.piece import KEYS, Piece
from phenolens.curves.read_file import read_file
from phenolens.curves.understood import Understood, understood
from phenolens.curves.units import units_of
from phenolens.curves.well_map import WellMap

_LOG = logging.getLogger("phenolens")
_FIRST = ("plate", "well", "site", "replicate")


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Long-form Profiles, and what was understood of their files.

    Attributes:
        profiles: One row per curve and time (and image): `time` in hours, 0 = drug addition.
        runs: What was read of each run.
        notes: What concerns all of them, as drugs that may be the same.
        run_of_row: The run of each row of the profiles.
    """

    profiles: Profiles
    runs: tuple[Understood, ...]
    notes: tuple[str, ...]
    run_of_row: pd.Series


@dataclass(frozen=True, kw_only=True)
class CurveFiles:
    """Tables of curves as instruments write them, and the maps of their plates.

    Attributes:
        files: Names or globs below the root: one column per condition, raw exports of an IncuCyte,
            plate grids with their maps, and long tables. Their formats are recognised.
        same: Drug -> its other name: `{Erl = "Erlotinib"}`. No two names are joined without it.
        control: Names of conditions or drugs that are negative controls, next to the known ones
            (DMSO, control, vehicle, negcon) and doses of 0.
        cell_line: Of all curves whose files do not say it.
        cell_line_of_run: Regular expression with one group that finds the line in a run's name.
        variables: The measurements to keep. Empty: all; one that a run lacks is missing there.
        unit: Of doses that are written without one, as `nM`; or the name of a file or run, or a
            pattern (`2020*.csv`) -> its unit.
        time_unit: Of times whose column names no unit, as `min`; or the time from one frame to the
            next, as `3 h`, where times are numbers of frames. Empty: as the name says, else hours.
        added_at: Hours from the first image to the addition of the drug, which becomes time 0.
        columns: Our column -> that of a long table, if it is not one of the usual names.
        where: Query on the metadata that selects rows. Empty: all rows.
    """

    files: str | tuple[str, ...]
    same: Mapping[str, str] = field(default_factory=dict)
    control: tuple[str, ...] = ()
    cell_line: str = ""
    cell_line_of_run: str = ""
    variables: tuple[str, ...] = ()
    unit: str | Mapping[str, str] = ""
    time_unit: str = ""
    added_at: float = 0.0
    columns: Mapping[str, str] = field(default_factory=dict)
    where: str = ""

    def __post_init__(self) -> None:
        finite(added_at=self.added_at)
        check_unit(self.time_unit)

    def paths(self, root: Path) -> list[Path]:
        """Return the files; those of a glob are sorted by name.

        Raises:
            InputError: A glob matches no file.
        """
        return named_files(
            self.files, root, lambda name, path: permitted(name, path, "curves.files")
        )

    def load(self, root: Path) -> Profiles:
        """Return the long-form Profiles; what should be known of the files is logged.

        Raises:
            InputError: As `read`.
        """
        curves = self.read(root)
        for note in (*(f"{run.run}: {n}" for run in curves.runs for n in run.notes), *curves.notes):
            _LOG.info("%s", note)
        return curves.profiles

    def read(self, root: Path) -> Curves:
        """Return the long-form Profiles, and what was understood.

        Raises:
            InputError: A file cannot be read or has no curves, two give the same measurement of a
                plate, or a setting names what is not there.
        """
        paths = self.paths(root)
        contents = [read_file(path, self.columns, self.time_unit) for path in paths]
        pieces = [piece for one in contents for piece in one.pieces]
        if not pieces:
            raise InputError(
                "are tables of wells without a column of times, as maps of plates are",
                where=", ".join(path.name for path in paths[:3]),
                fix="give the curves too; where a table has times, name their column with "
                "--column time=NAME (in a recipe: columns = { time = 'NAME' })",
            )
        maps = [given for one in contents for given in one.maps]
        pieces = with_maps(pieces, maps)
        self._check_same(pieces)
        units = units_of(pieces, self.unit)
        renamed = [self._renamed(*pair) for pair in zip(pieces, units, strict=True)]
        whole = self._chosen(self._with_line(join(renamed)))
        controls = self._controls(whole, maps)
        joined, left_out = self._kept(whole, controls)
        table, notes = dose_table(joined.treatments, controls, joined.marked)
        meta = self._meta(joined, table)
        features = joined.rows[list(joined.variables)].to_numpy(np.float64)
        facts = {"step": "curves", "parameters": step_record(self)["parameters"]}
        facts["files"] = {path.name: sha256_of(path) for path in paths}
        facts |= {"rows": len(meta), "features": len(joined.variables)}
        profiles = Profiles(meta, features, joined.variables, (facts,))
        runs = tuple(understood(joined, table, left_out))
        every = [note for one in contents for note in one.notes]
        every += [*notes, *_about_drugs(joined), *_lacking(runs), *_repeats(joined)]
        gone = [run for run in left_out if run not in {one.run for one in runs}]
        every += [f"no row of {listed(gone)} is left"] if gone else []
        return Curves(profiles, runs, tuple(every), joined.rows["run"])

    def _kept(self, joined: Joined, controls: Collection[str]) -> tuple[Joined, dict[str, int]]:
        """Return the rows that `where` keeps, and how many of each run it leaves out.

        Doses and what they are called are those of the kept rows: `where` sees those of all.
        """
        if not self.where:
            return joined, {}
        table, _ = dose_table(joined.treatments, controls, joined.marked)
        kept = matching(self._meta(joined, table), self.where)
        lost = joined.rows["run"][~kept].value_counts(sort=False)
        return joined.only(kept), {str(run): int(count) for run, count in lost.items()}

    def _check_same(self, pieces: Sequence[Piece]) -> None:
        drugs = {d.drug: None for p in pieces for t in p.treatments for d in t.doses}
        for name in self.same:
            if name not in drugs:
                what = f"no drug is named '{name}'"
                raise InputError(what, where="same", fix=nearest(name, drugs, "the files have"))

    def _renamed(self, piece: Piece, unit: str) -> Piece:
        """Return a piece with the other names of its drugs, and with units where none is given."""
        made = [t.renamed(self.same).in_unit(unit) for t in piece.treatments]
        if "well" not in piece.rows and len(set(made)) < len(made):
            twice = next(t for t in made if made.count(t) > 1)
            what = f"two conditions would be {' + '.join(map(str, twice.doses))}"
            raise InputError(what, where=piece.where, fix="change `same` or `unit`")
        return replace(piece, treatments=tuple(made))

    def _controls(self, joined: Joined, maps: Sequence[WellMap]) -> set[str]:
        """Return the drugs that are controls by the settings and the maps, all of them there."""
        drugs = list(dict.fromkeys(d.drug for t in joined.treatments for d in t.doses))
        small = {drug.lower() for drug in drugs}
        for name in self.control:
            if name.lower() not in small:
                what = f"no condition is named '{name}'"
                raise InputError(what, where="control", fix=nearest(name, drugs, "the files have"))
        named = read_conditions(name for given in maps for name in given.controls)
        return {*self.control, *(d.drug for t in named.values() for d in t.doses)}

    def _meta(self, joined: Joined, table: pd.DataFrame) -> pd.DataFrame:
        """Return the metadata of all rows: where, what, and when."""
        rows, codes = joined.rows, joined.rows["treatment"].to_numpy()
        meta = rows[[name for name in _FIRST if name in rows]].astype(object)
        if len(table):
            given = table.reindex(codes).reset_index(drop=True)  # missing where it is -1
            meta = pd.concat([meta, given], axis=1)
            meta["control"] = given["control"].eq(other=True)
            meta["concentration"] = meta["concentration"].astype(np.float64)
        if "cell_line" in rows:
            meta["cell_line"] = rows["cell_line"]
        meta["batch"] = rows["batch"] if "batch" in rows else rows["run"]
        known = {*meta, *joined.variables, *KEYS, "run"}
        for name in rows:
            if name not in known:
                meta[name] = rows[name]
        meta["time"] = rows["time"].to_numpy(np.float64) - self.added_at
        meta = with_roles(meta)
        if AS_WRITTEN in meta:
            written = meta[AS_WRITTEN].notna()
            meta["treatment"] = meta["treatment"].where(~written, meta[AS_WRITTEN])
        return meta

    def _chosen(self, joined: Joined) -> Joined:
        """Return the curves with the measurements to keep."""
        for name in self.variables:
            if name not in joined.variables:
                fix = nearest(name, joined.variables, "the files have")
                raise InputError(f"no measurement is named '{name}'", where="variables", fix=fix)
        unwanted = [n for n in joined.variables if self.variables and n not in self.variables]
        rows = joined.rows.drop(columns=unwanted)
        return replace(joined, rows=rows, variables=self.variables or joined.variables)

    def _with_line(self, joined: Joined) -> Joined:
        """Return the curves with the cell lines that the files do not say."""
        rows, said = joined.rows, []
        if self.cell_line_of_run:
            expression = Pattern.with_one_group(self.cell_line_of_run, "cell_line_of_run")
            found = on_distinct(rows["run"], lambda run: expression.search(str(run)))
            if found.isna().any():
                run = rows["run"][found.isna()].iloc[0]
                what = f"{self.cell_line_of_run!r} finds no cell line in the run '{run}'"
                raise InputError(what, where="cell_line_of_run")
            said.append(found)
        if self.cell_line:
            said.append(pd.Series(self.cell_line, index=rows.index, dtype=object))
        for line in said:
            known = rows["cell_line"].fillna(line) if "cell_line" in rows else line
            rows = rows.assign(cell_line=known)
        return replace(joined, rows=rows)


def _about_drugs(joined: Joined) -> list[str]:
    runs: dict[str, set[str]] = defaultdict(set)
    pairs = joined.rows[["run", "treatment"]].drop_duplicates()
    for run, code in pairs[pairs["treatment"] >= 0].itertuples(index=False):
        for dose in joined.treatments[code].active:
            runs[dose.drug].add(str(run))
    alike = possibly_the_same(runs)
    return [f"'{a}' and '{b}' may be one drug: --same '{a}={b}' joins them" for a, b in alike]


def _lacking(runs: Sequence[Understood]) -> list[str]:
    """Return which measurements some runs have, and others do not."""
    every = dict.fromkeys(name for run in runs for name in run.variables)
    without = {n: [run.run for run in runs if n not in run.variables] for n in every}
    return [
        f"'{name}' is not measured in {listed(lack)}, and missing there: --variable chooses others"
        for name, lack in without.items()
        if lack
    ]


def _repeats(joined: Joined) -> list[str]:
    """Return which plates have the very values of another."""
    values = joined.rows[list(joined.variables)]
    known: dict[bytes, object] = {}
    notes = []
    for plate, rows in values.groupby(joined.rows["plate"], sort=False, observed=True):
        content = rows.to_numpy().tobytes()
        other = known.setdefault(content, plate)
        if other != plate:
            notes.append(f"'{plate}' has the values of '{other}': leave one of them out")
    return notes

"""Source: where a run begins. A screen whose images are learned from, or tables made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from phenolens.chains.settings import plain
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.foreign import foreign_code
from phenolens.core.formats.origin import sha256_of
from phenolens.core.inside import permitted
from phenolens.core.own_code import own_code
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.curves.curve_files import CurveFiles
from phenolens.runs.learned import Embeddings, Learned
from phenolens.runs.rehearse_table import rehearse_on
from phenolens.runs.stages import EXPLAINED_BY, Stage

if TYPE_CHECKING:
    from phenolens.runs.job import Job


class Opened(Protocol):
    """A source whose data were found."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Hashes of the data and of the given weights."""
        ...

    @property
    def paths(self) -> Sequence[Path]:
        """The files and folders that are read, which the run must not write into."""
        ...

    @property
    def makers(self) -> Sequence[object]:
        """The classes and objects that make the embeddings."""
        ...

    def refuse(self, job: Job) -> None:
        """Raise InputError for what would stop the run later, before anything is written."""
        ...

    def embeddings(self, job: Job) -> Learned:
        """Return the embeddings, made or found."""
        ...

    def assist(self, job: Job) -> None:
        """Do what the further processes of a run do: train along with the first."""
        ...


class Source(Protocol):
    """The part of a recipe that says where the run begins."""

    def open(self, root: Path) -> Opened:
        """Return the source with its data found below a folder."""
        ...


def inputs_of(opened: Opened, makers: Sequence[object]) -> dict[str, Any]:
    """Return what a run is given: hashes of the data, the weights, and of code.

    Code is what is not ours, and of ours what makes its explanations (`own_code`, if any).

    Args:
        opened: The source.
        makers: The steps, metrics and explanations that follow it.
    """
    own = {type(one).__name__: own_code(one, EXPLAINED_BY) for one in makers}
    found = {name: code for name, code in sorted(own.items()) if code}
    made = {**opened.inputs, "code": foreign_code(*opened.makers, *makers)}
    return made | {"own_code": found} if found else made


@dataclass(frozen=True, slots=True)
class Table:
    """A table of profiles made elsewhere.

    Attributes:
        table: Its files and metadata.
    """

    table: ProfileTable

    def open(self, root: Path) -> OpenTable:
        """Return the table with its files fingerprinted.

        Raises:
            InputError: A file is absent.
        """
        paths = self.table.paths(root)
        named = {"profiles.join": self.table.join, "profiles.rows": (self.table.rows,)}
        paths += [
            permitted(name, root / name, key) for key in named for name in filter(None, named[key])
        ]
        return OpenTable(self.table, root, _hashes(paths, root), tuple(paths))


@dataclass(frozen=True, slots=True)
class CurveTables:
    """Tables of curves, as instruments write them.

    Attributes:
        curves: Their files, and what these do not say.
    """

    curves: CurveFiles

    def open(self, root: Path) -> OpenTable:
        """Return the tables with their files fingerprinted.

        Raises:
            InputError: A file is absent.
        """
        paths = self.curves.paths(root)
        return OpenTable(self.curves, root, _hashes(paths, root), tuple(paths))


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table of profiles, or tables of curves, found.

    Attributes:
        table: Their files and metadata.
        root: Folder that its paths start from.
        files: File -> SHA-256.
        paths: Of the same files.
    """

    table: ProfileTable | CurveFiles
    root: Path
    files: Mapping[str, str]
    paths: Sequence[Path] = ()

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The hashes of all files."""
        return {"data": dict(self.files), "weights": ""}

    @property
    def key(self) -> str:
        """A hash of what the profiles are: the files, and how they are read."""
        return Stage("embed", {"table": self.table, "files": self.files}).key

    @property
    def makers(self) -> Sequence[object]:
        """None: nothing is made."""
        return ()

    def refuse(self, job: Job) -> None:
        """Refuse nothing: the table is read when its steps are next."""

    def embeddings(self, job: Job) -> Learned:
        """Return the table's profiles as the embeddings of one model, `table`."""
        data = {**plain(self.table), "sha256": dict(self.files)}
        return Learned({"table": Embeddings(self.key, lambda: self._load(job))}, data=data)

    def _load(self, job: Job) -> Profiles:
        profiles = self.table.load(self.root)
        for path, before in zip(self.paths, self.files.values(), strict=True):
            if _hash(path) != before:
                raise InputError(
                    "was changed while the run read it", where=path, fix="run it again"
                )
        job.say(
            f"{count_of(len(profiles), 'profile')} of {count_of(len(profiles.names), 'feature')}"
        )
        rehearse_on(profiles.meta, job.recipe, profiles.names)  # before the first step
        return profiles

    def assist(self, job: Job) -> None:
        """Do nothing: there is nothing to train."""


def _hashes(paths: Sequence[Path], root: Path) -> dict[str, str]:
    """Return file -> SHA-256, by its path below the root."""
    files: dict[str, str] = {}
    for path in paths:
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        name = f"{name} ({len(files)})" if name in files else name  # outside of the root
        files[name] = _hash(path)
    return files


def _hash(path: Path) -> str:
    if not path.exists():
        raise InputError("no such file", where=path)
    if path.suffix == ".npy":  # its rows are in a table of the same name
        near = [p for p in sorted(path.parent.glob(f"{path.stem}.*")) if p.is_file()]
        return sha256_of(path, near)
    note = path.with_name(f"{path.name}.json")  # the features and steps of a CSV of ours
    return sha256_of(path, [path, note] if note.is_file() else ())

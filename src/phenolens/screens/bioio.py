"""Microscope files of other vendors, read by the package bioio: .czi, .nd2, .lif and more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import tifffile

from phenolens.core.errors import InputError, nearest
from phenolens.core.inside import permitted_below
from phenolens.core.pattern import Pattern
from phenolens.core.reading.wells import well_name
from phenolens.core.roles import with_roles
from phenolens.core.screen import Screen
from phenolens.images.bioio_files import BioioReader, Scene, scenes_of
from phenolens.images.contents import Contents
from phenolens.images.listing import without_fixed
from phenolens.images.plate_tables import lay_tables_over
from phenolens.images.problem import Problem
from phenolens.screens.base import ReadAtOnce, Recognised

_VENDORS = (".czi", ".nd2", ".lif")  # whose files nothing else reads here
_NAMES = r"(?i)(?:(?P<plate>[^/]+)/)?(?:[^/]*[_ -])?(?P<well>[A-P]\d{1,2})(?:[_ -][^/]*)?\.[^/]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bioio(ReadAtOnce):
    r"""Files of other vendors (.czi, .nd2, .lif, ...), a well in each, read by bioio.

    Needs the extra `bioio` and bioio's reader of the format, as bioio-czi. Plate and well are in
    the names of the files; channels and pixel size are in the files. Each scene is a site, each
    time and plane an image of its own, in columns `timepoint` and `z`, from 1.

    Attributes:
        pattern: Regex with named groups that matches a file's whole path below the root, written
            with `/`. `well` is needed; `plate` is the root folder's name if it is not given. A
            group `site` is then a column, and the scenes of a file are in the column `scene`.
        channels: Channels to read, in this order; empty: all.
        names: Name of a channel in the files -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where a file is damaged, or `leave_out` its images: they are counted and
            named. More than half is an error.
    """

    pattern: str = _NAMES
    channels: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    table: str | tuple[str, ...] = ""
    columns: dict[str, str] = field(default_factory=dict)
    allow_unmatched: bool = False
    unreadable: Literal["stop", "leave_out"] = "stop"

    def __post_init__(self) -> None:
        if "well" not in Pattern.of(self.pattern, "pattern").names:
            raise InputError("has no group (?P<well>...)", where="pattern")

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there are files of these vendors."""
        found = contents.ending(*_VENDORS)
        if not found:
            return None
        why = f"{len(found)} files of a format that bioio reads, as {found[0]}"
        return Recognised(certainty=0.8, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> Bioio:
        """Write OME-TIFF files of two wells, two planes and two channels; return the layout."""
        rng = np.random.default_rng(seed)
        (root / "P1").mkdir(parents=True, exist_ok=True)
        for well in ("A01", "B03"):
            about: dict[str, Any] = {"axes": "ZCYX", "Channel": {"Name": ["DNA", "ER"]}}
            about |= {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
            counts = rng.poisson(900, (2, 2, *size)).astype(np.uint16)
            tifffile.imwrite(root / "P1" / f"x_{well}.ome.tif", counts, metadata=about, ome=True)
        return cls()

    def _read(self, root: Path) -> tuple[Screen, list[Problem]]:
        """Return the screen, and what is wrong with it."""
        pattern = Pattern.of(self.pattern, "pattern")
        rows: list[dict[str, Any]] = []
        problems: list[Problem] = []
        gone: list[str] = []
        for name in Contents.of(root).files:
            groups = pattern.fullmatch(name)
            well = well_name(groups["well"] or "") if groups else None
            if groups is None or well is None:
                continue
            try:
                scenes = scenes_of(root / name)
            except InputError as error:
                problem = Problem.of("unreadable image", error)
                problems.append(replace(problem, serious=self.unreadable == "stop"))
                gone.append(str(error))
                continue
            plate = groups.get("plate") or root.resolve().name
            about = {key: value for key, value in groups.items() if value is not None}
            about |= {"plate": plate, "well": well, "path": name}
            rows += [row for scene in scenes for row in _rows(about, scene, "site" in groups)]
        if not rows:
            first = problems[0] if problems else None
            raise InputError(
                first.what if first else "no file has a well in its name",
                where=first.where if first else root,
                fix=first.fix if first else "write a pattern with a group well",
            )
        return self._screen(root, pd.DataFrame(rows), problems, gone)

    def _screen(
        self, root: Path, table: pd.DataFrame, problems: list[Problem], gone: list[str]
    ) -> tuple[Screen, list[Problem]]:
        permitted_below(root, table["path"])
        labels, size = table["kind"][0]
        for path in table.loc[table["kind"] != table["kind"][0], "path"].unique():
            what = "has other channels or another size than the first file"
            problems.append(Problem("odd image", str(root / path), None, what))
        names = [self.names.get(label, label) for label in labels]
        wanted = self.channels or tuple(names)
        unknown = [name for name in wanted if name not in names]
        if unknown:
            what = f"no channel '{unknown[0]}'"
            raise InputError(what, where=root, fix=nearest(unknown[0], names))
        reader = BioioReader(
            root=root,
            paths=tuple(table["path"]),
            places=table[["_scene", "_time", "_plane"]].to_numpy(np.int64),
            channels=tuple(names.index(name) for name in wanted),
            size=size,
        )
        sizes = set(table["_pixel"])
        meta = without_fixed(table.drop(columns=["path", "kind", *_OURS]))
        if self.table:
            meta, more = lay_tables_over(
                meta, root, self.table, self.columns, allow_unmatched=self.allow_unmatched
            )
            problems += more
        screen = Screen(
            meta=with_roles(meta),
            channels=wanted,
            read=reader,
            size=size,
            pixel_size=sizes.pop() if len(sizes) == 1 else None,
            identify=reader.identify,
            left_out=tuple(gone) if self.unreadable == "leave_out" else None,
        )
        return screen, problems


_OURS = ("_scene", "_time", "_plane", "_pixel")


def _rows(about: dict[str, Any], scene: Scene, has_site: bool) -> Iterator[dict[str, Any]]:  # noqa: FBT001  # of one caller
    for t, z in np.ndindex(scene.times, scene.planes):
        yield {
            **about,
            "scene" if has_site else "site": scene.number + 1,
            "timepoint": t + 1,
            "z": z + 1,
            "kind": (scene.channels, scene.size),
            **dict(zip(_OURS, (scene.number, t, z, scene.pixel_size), strict=True)),
        }

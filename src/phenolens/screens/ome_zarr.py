"""OME-Zarr plates (HCS), versions 0.4 and 0.5."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np
import pandas as pd

from phenolens.core.construct import construct
from phenolens.core.errors import InputError, nearest
from phenolens.core.extras import import_extra
from phenolens.core.inside import permitted_below
from phenolens.core.roles import with_roles
from phenolens.core.screen import IntensityRule, Screen
from phenolens.images.contents import Contents
from phenolens.images.listing import without_fixed
from phenolens.images.plate_tables import lay_tables_over
from phenolens.images.problem import Problem
from phenolens.images.table import note
from phenolens.images.zarrs import ZarrReader, open_array
from phenolens.instruments.ngff import (
    NgffImage,
    absent_wells,
    images_of,
    is_plate,
    own_attributes,
)
from phenolens.screens.base import ReadAtOnce, Recognised
from phenolens.store.ome_plates import unfinished

_IMAGE, _TIME, _PLANE = "number of image", "index of time", "index of plane"


@dataclass(frozen=True, slots=True, kw_only=True)
class OmeZarr(ReadAtOnce):
    """OME-Zarr plates of versions 0.4 and 0.5, read at full size.

    Every plate below the root is one, called as its folder is without `.zarr`. `site` is the place
    of an image in its well. With several planes or times each is an image of its own, in columns
    `z` and `timepoint`, from 1. Of plates that `phenolens prepare --format ome_zarr` wrote all
    columns, the order of the rows and the history of the pixels come back. A plate may be sparse;
    wells that it lists and does not have are named. Wells are named by their indexes of row and
    column, and their path has to agree.

    Attributes:
        channels: Channels to read, in this order; empty: all. Without labels they are c0, c1, ....
        names: Label of a channel -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where a chunk is damaged, or `leave_out` its image: it is counted and
            named. More than half is an error.
    """

    channels: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    table: str | tuple[str, ...] = ""
    columns: dict[str, str] = field(default_factory=dict)
    allow_unmatched: bool = False
    unreadable: Literal["stop", "leave_out"] = "stop"

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there are Zarr groups that are plates."""
        plates = [name for name in contents.zarrs if is_plate(contents.root / name)]
        if not plates:
            return None
        more = f" and {len(plates) - 1} more" if len(plates) > 1 else ""
        name = contents.root.name if plates[0] == "." else plates[0]
        why = f"{name}{more} is an OME-Zarr plate"
        return Recognised(certainty=0.98, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> OmeZarr:
        """Write a sparse plate of each version: wells A01 and B03, 2 fields, 2 channels."""
        zarr = import_extra("zarr", needed_by="OME-Zarr", extra="zarr")
        rng = np.random.default_rng(seed)
        for version, form, name in (("0.4", 2, "P1"), ("0.5", 3, "P2")):
            plate = root / f"{name}.zarr"
            wells = [("A/1", 0, 0), ("B/3", 1, 2)]
            _write(
                zarr,
                plate,
                form,
                plate={
                    "version": version,
                    "rows": [{"name": "A"}, {"name": "B"}],
                    "columns": [{"name": "1"}, {"name": "2"}, {"name": "3"}],
                    "wells": [
                        {"path": path, "rowIndex": row, "columnIndex": column}
                        for path, row, column in wells
                    ],
                },
            )
            for path, _, _ in wells:
                images = [{"path": "0"}, {"path": "1"}]
                _write(zarr, plate / path, form, well={"version": version, "images": images})
                for image in ("0", "1"):
                    _write(zarr, plate / path / image, form, **_about(version))
                    counts = rng.poisson(900, (2, 1, *size)).astype(np.uint16)
                    array = zarr.create_array(
                        plate / path / image / "0",
                        shape=counts.shape,
                        dtype="uint16",
                        chunks=(1, 1, *size),
                        zarr_format=form,
                    )
                    array[:] = counts
        return cls()

    def _read(self, root: Path) -> tuple[Screen, list[Problem]]:
        """Return the screen, and what is wrong with it."""
        if unfinished(root) or unfinished(root.parent):
            fix = "run the command that writes them again, to the end"
            raise InputError("its plates are not finished", where=root, fix=fix)
        contents = Contents.of(root)
        plates = [name for name in contents.zarrs if is_plate(root / name)]
        if not plates:
            raise InputError("no OME-Zarr plate in it", where=root, fix="name its .zarr folder")
        rows: list[dict[str, Any]] = []
        images: list[NgffImage] = []
        problems: list[Problem] = []
        for name in plates:
            plate = PurePosixPath(name).name or root.resolve().name
            if absent := absent_wells(root / name):
                what = "wells that the plate lists have no folder"
                problems.append(note("empty well", str(root / name), absent, what))
            for image in images_of(root / name):
                rows += self._rows(root, name, plate.removesuffix(".zarr"), image)
                images.append(image)
        if not rows:
            raise InputError("its plates have no image", where=root)
        table = pd.DataFrame(rows)
        if _IMAGE in table and table[_IMAGE].notna().all():
            table = table.sort_values(_IMAGE, kind="stable", ignore_index=True)
        screen, problems = self._screen(root, table.drop(columns=_IMAGE), images, problems)
        return _as_it_was(screen, [own_attributes(root / name) for name in plates]), problems

    def _rows(
        self, root: Path, name: str, plate: str, image: NgffImage
    ) -> Iterator[dict[str, Any]]:
        path = str(PurePosixPath(name) / image.array)
        shape = dict(zip(image.axes, open_array(root / path).shape, strict=True))
        own = image.own.get("row")
        own = own if isinstance(own, dict) else {"plate": "", "well": "", "site": image.site}
        for t, z in np.ndindex(shape.get("t", 1), shape.get("z", 1)):
            yield {
                **own,
                "plate": plate,
                "well": image.well,
                "timepoint": own.get("timepoint", t + 1),
                "z": own.get("z", z + 1),
                _IMAGE: image.own.get("image"),
                _TIME: t,
                _PLANE: z,
                "path": path,
                "kind": (image.axes, shape["y"], shape["x"], shape.get("c", 1), image.channels),
            }

    def _screen(
        self, root: Path, table: pd.DataFrame, images: list[NgffImage], problems: list[Problem]
    ) -> tuple[Screen, list[Problem]]:
        axes, height, width, count, labels = table["kind"][0]
        permitted_below(root, table["path"])
        odd = table[table["kind"] != table["kind"][0]]
        for path in odd["path"].unique():
            what = "has other axes, sizes or channels than the first image"
            problems.append(Problem("odd image", str(root / path), None, what))
        names = [self.names.get(label, label) for label in labels] or [
            f"c{i}" for i in range(count)
        ]
        wanted = self.channels or tuple(names)
        unknown = [name for name in wanted if name not in names]
        if unknown:
            raise InputError(
                f"no channel '{unknown[0]}'", where=root, fix=nearest(unknown[0], names)
            )
        reader = ZarrReader(
            root=root,
            paths=tuple(table["path"]),
            axes=axes,
            times=table[_TIME].to_numpy(),
            planes=table[_PLANE].to_numpy(),
            channels=tuple(names.index(name) for name in wanted),
            size=(height, width),
        )
        meta = table.drop(columns=["path", "kind", _TIME, _PLANE])
        given = {name for image in images for name in image.own.get("row") or ()}
        meta = without_fixed(meta, [name for name in ("z", "timepoint") if name not in given])
        if self.table:
            meta, more = lay_tables_over(
                meta, root, self.table, self.columns, allow_unmatched=self.allow_unmatched
            )
            problems += more
        sizes = {image.pixel_size for image in images}
        screen = Screen(
            meta=meta if given else with_roles(meta),
            channels=wanted,
            read=reader,
            size=(height, width),
            pixel_size=sizes.pop() if len(sizes) == 1 else None,
            identify=reader.identify,
            left_out=() if self.unreadable == "leave_out" else None,
        )
        return screen, problems


def _as_it_was(screen: Screen, plates: list[Mapping[str, Any]]) -> Screen:
    """Return the screen with what phenolens noted of all its plates alike."""
    if not plates or not plates[0] or any(plate != plates[0] for plate in plates):
        return screen
    about, where = plates[0], "phenolens, in the metadata of a plate"
    rule = about.get("rescale")
    return replace(
        screen,
        level="cell" if about.get("level") == "cell" else "field",
        history=tuple(about.get("history") or ()),
        rescale=construct(IntensityRule, rule, where) if isinstance(rule, Mapping) else None,
    )


def _write(zarr: Any, path: Path, form: int, **about: Any) -> None:
    attributes = {"ome": about} if form == 3 else about
    zarr.create_group(path, zarr_format=form, attributes=json.loads(json.dumps(attributes)))


def _about(version: str) -> dict[str, Any]:
    axes = [{"name": "c", "type": "channel"}]
    axes += [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
    scale = {"type": "scale", "scale": [1.0, 1.0, 0.5, 0.5]}
    level = {"path": "0", "coordinateTransformations": [scale]}
    return {
        "multiscales": [{"version": version, "axes": axes, "datasets": [level]}],
        "omero": {"channels": [{"label": "DNA"}, {"label": "ER"}]},
    }

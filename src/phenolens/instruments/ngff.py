"""OME-Zarr plates (HCS) of versions 0.4 and 0.5: their metadata, without their pixels.

https://ngff.openmicroscopy.org/0.5/#hcs-layout. Version 0.4 has them in `.zattrs` of Zarr 2, 0.5
under `ome` in `zarr.json` of Zarr 3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.reading.wells import well_name
from phenolens.core.small_files import read_small

AXES = "tczyx"
_INDEXES = ("rowIndex", "columnIndex")
_OWN = "phenolens"
_MICROMETRES = {"micrometer": 1.0, "nanometer": 1e-3, "millimeter": 1e3, "meter": 1e6}


@dataclass(frozen=True, slots=True)
class NgffImage:
    """An image of a plate.

    Attributes:
        well: In its one spelling.
        site: Its place in the well, from 1.
        acquisition: The number of its acquisition, if it has one.
        array: Folder of its pixels at full size, below the root of the plate.
        axes: Letters of the array's axes, of `tczyx`.
        channels: Names; empty where the image gives none.
        pixel_size: Micrometres per pixel, where stated.
        own: What phenolens wrote of it: `image`, its number in the screen, and `row`, its metadata.
    """

    well: str
    site: int
    acquisition: int | None
    array: str
    axes: str
    channels: tuple[str, ...]
    pixel_size: float | None
    own: Mapping[str, Any]


def attributes(folder: Path) -> Mapping[str, Any]:
    """Return what OME-Zarr says about a group; empty where it says nothing.

    Raises:
        InputError: Its JSON cannot be read.
    """
    return _both(folder)[0]


def own_attributes(folder: Path) -> Mapping[str, Any]:
    """Return what phenolens wrote of a group, next to what OME-Zarr says; empty: nothing.

    Raises:
        InputError: Its JSON cannot be read.
    """
    return _both(folder)[1]


def _both(folder: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    for name in ("zarr.json", ".zattrs"):
        path = folder / name
        if not path.is_file():
            continue
        try:
            found = json.loads(read_small(path))
        except (ValueError, RecursionError) as error:
            raise InputError(f"is not JSON: {error}", where=path) from error
        own: Any = {}
        if name == "zarr.json":
            every = _part(found, "attributes", path, {})
            found, own = _part(every, "ome", path, {}), _part(every, _OWN, path, {})
        if not isinstance(found, dict):
            raise InputError("is not a table of attributes", where=path)
        return found, own if isinstance(own, dict) else {}
    return {}, {}


def is_plate(folder: Path) -> bool:
    """Return whether a Zarr group is a plate."""
    try:
        return "plate" in attributes(folder)
    except InputError:
        return False


def images_of(plate: Path) -> Iterator[NgffImage]:
    """Yield the images of a plate, well by well. Wells may be absent: plates are often sparse.

    A well is named by its row and column indexes; where its path says otherwise it is refused, so
    that rows and columns cannot be switched.

    Raises:
        InputError: Metadata are missing or contradict each other.
    """
    rows, columns, wells = _plate(plate)
    for entry in wells:
        path = _inside(str(entry.get("path", "")), plate)
        well = _well(path, entry, rows, columns, plate)
        folder = plate / path
        if not folder.is_dir():
            continue  # named by `absent_wells`
        listed = _part(_part(attributes(folder), "well", folder, None), "images", folder, None)
        try:
            for site, image in enumerate(listed, start=1):
                place = f"{path}/{_inside(str(image['path']), folder)}"
                yield _image(plate, place, well, site, image.get("acquisition"))
        except InputError:
            raise
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            what = f"has metadata that are not those of OME-Zarr: {error!r}"
            raise InputError(what, where=folder) from error


def absent_wells(plate: Path) -> list[str]:
    """Return the paths of the wells that a plate lists and does not have."""
    paths = [str(entry.get("path", "")) for entry in _plate(plate)[2]]
    return [path for path in paths if not (plate / path).is_dir()]


def _plate(plate: Path) -> tuple[list[str], list[str], list[dict[str, Any]]]:
    """Return names of rows and of columns, and the wells that a plate lists.

    Raises:
        InputError: Its metadata are missing, or not those of a plate.
    """
    about = _part(attributes(plate), "plate", plate, None)
    try:
        rows, columns = (
            [str(one["name"]) for one in about.get(key, [])] for key in ("rows", "columns")
        )
        wells = [dict(one) for one in about.get("wells", [])]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        what = f"has metadata that are not those of a plate in OME-Zarr: {error!r}"
        raise InputError(what, where=plate) from error
    return rows, columns, wells


def _well(
    path: str, entry: Mapping[str, Any], rows: list[str], columns: list[str], plate: Path
) -> str:
    named = "".join(path.split("/")[-2:])
    by_path = well_name(named)
    if all(key in entry for key in _INDEXES):
        if not all(isinstance(entry[k], int) and entry[k] >= 0 for k in _INDEXES):
            what = f"well '{path}' has indexes that are not whole numbers from 0"
            raise InputError(what, where=plate)
        try:
            by_index = well_name(rows[entry["rowIndex"]] + columns[entry["columnIndex"]])
        except (IndexError, TypeError) as error:
            what = f"well '{path}' has row {entry['rowIndex']} and column {entry['columnIndex']}, "
            raise InputError(f"{what}which the plate does not list", where=plate) from error
        if by_index != by_path:
            what = f"well '{path}' has the indexes of {by_index}: rows and columns may be switched"
            raise InputError(what, where=plate, fix="correct the indexes, or write the plate again")
    if by_path is None:
        raise InputError(f"well '{path}' is on no plate", where=plate)
    return by_path


def _image(plate: Path, path: str, well: str, site: int, acquisition: Any) -> NgffImage:
    folder = plate / path
    about, own = _both(folder)
    scales = _part(about, "multiscales", folder, None)
    first = scales[0]
    axes = "".join(a["name"] if isinstance(a, dict) else str(a) for a in first.get("axes", "tczyx"))
    if not set("yx") <= set(axes) <= set(AXES):
        raise InputError(f"has axes '{axes}', expected some of '{AXES}'", where=folder)
    level = first["datasets"][0]
    labels = [str(c.get("label", "")) for c in about.get("omero", {}).get("channels", [])]
    return NgffImage(
        well=well,
        site=site,
        acquisition=acquisition if isinstance(acquisition, int) else None,
        array=f"{path}/{_inside(str(level['path']), folder)}",
        axes=axes,
        channels=tuple(labels) if all(labels) and len(set(labels)) == len(labels) else (),
        pixel_size=_pixel_size(first, level, axes),
        own=own,
    )


def _pixel_size(multiscale: Mapping[str, Any], level: Mapping[str, Any], axes: str) -> float | None:
    given = multiscale.get("axes", [])
    unit = next(
        (a.get("unit", "") for a in given if isinstance(a, dict) and a.get("name") == "x"), ""
    )
    for change in level.get("coordinateTransformations", []):
        if change.get("type") == "scale" and unit in _MICROMETRES:
            return float(change["scale"][axes.index("x")]) * _MICROMETRES[unit]
    return None


def _inside(path: str, where: Path) -> str:
    """Return a path that metadata name; one that leads out of its group is refused."""
    parts = path.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in parts[0]:
        raise InputError(f"names the path {path!r}, which leads out of it", where=where)
    return path


def _part(table: Any, key: str, where: Path, default: Any) -> Any:
    found = table.get(key, default) if isinstance(table, dict) else None
    if found is None:
        what = f"has no '{key}' in its metadata"
        raise InputError(what, where=where, fix="write the plate as OME-Zarr 0.4 or 0.5")
    return found

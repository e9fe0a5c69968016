"""Exports of MetaXpress (ImageXpress): the `.HTD` file of a plate, and names of its images."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.reading.wells import named
from phenolens.core.small_files import small_bytes
from phenolens.images.problem import Problem
from phenolens.images.table import note

_GUID = "[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}"
_NAME = re.compile(
    rf"(?:.*_)?(?P<well>[A-P]\d\d)(?:_s(?P<site>\d+?))?(?:_w(?P<wave>\d))?(?P<guid>{_GUID})?\.tiff?",
    re.IGNORECASE,
)
_THUMB = re.compile(rf"_thumb(?:{_GUID})?\.", re.IGNORECASE)
_INNER = re.compile(r"(TimePoint|ZStep)_(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Htd:
    """What the `.HTD` file of a plate says.

    Attributes:
        waves: Names of the wavelengths, in order; one if the file names none.
        times: How many time points were planned.
        wells: Those that were chosen.
        sites: How many sites per well were chosen.
    """

    waves: tuple[str, ...]
    times: int
    wells: tuple[str, ...]
    sites: int


def read_htd(path: Path) -> Htd:
    """Return what an `.HTD` file says. It is Latin-1, a key and its values in each line.

    Raises:
        InputError: It cannot be read, or is not such a file.
    """
    try:
        text = small_bytes(path).decode("latin-1")
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror}", where=path) from error
    lines = (re.sub(r"[\x00-\x1f]", " ", line) for line in text.splitlines())
    parsed = csv.reader(lines, skipinitialspace=True)
    values = {row[0].strip(): [value.strip() for value in row[1:]] for row in parsed if row}
    if "HTSInfoFile" not in values:
        raise InputError("is not an .HTD file of MetaXpress", where=path)
    rows = _number(values, "YWells", path, 0)
    chosen = [_chosen(values, f"WellsSelection{row}") for row in range(1, rows + 1)]
    wells = (
        named(row, column)
        for row, flags in enumerate(chosen, start=1)
        for column, flag in enumerate(flags, start=1)
        if flag
    )
    sites = sum(
        sum(_chosen(values, f"SiteSelection{y}"))
        for y in range(1, _number(values, "YSites", path, 1) + 1)
    )
    waves = _number(values, "NWavelengths", path, 1) if _chosen(values, "Waves") != [False] else 1
    names = [" ".join(values.get(f"WaveName{w}", [""])) or f"w{w}" for w in range(1, waves + 1)]
    several = _chosen(values, "Sites") == [True]
    return Htd(
        waves=tuple(f"{n} ({w})" if names.count(n) > 1 else n for w, n in enumerate(names, 1)),
        times=_number(values, "TimePoints", path, 1),
        wells=tuple(filter(None, wells)),
        sites=sites if several else 1,
    )


def _chosen(values: Mapping[str, Sequence[str]], key: str) -> list[bool]:
    return [value.upper() == "TRUE" for value in values.get(key, ())]


def _number(values: Mapping[str, Sequence[str]], key: str, path: Path, default: int) -> int:
    text = next(iter(values.get(key, ())), str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise InputError(f"{key} is {text!r}, not a whole number", where=path)
    return int(text)


def images_of(names: Sequence[str]) -> pd.DataFrame:
    """Return one row per image: well, site, wave, z, timepoint, path; previews are passed over.

    `timepoint` and `z` are numbers of the folders `TimePoint_n` and `ZStep_n`; `z` is 0 outside of
    them, where projections are. `site` and `wave` are 1 where the name has none. In databases of
    MetaXpress a number and an id touch: `s1E94C24BD-...` is site 1.

    Args:
        names: Paths below the root.
    """
    rows = []
    for name in names:
        path = PurePosixPath(name)
        found = None if is_preview(name) else _NAME.fullmatch(path.name)
        if found is None:
            continue
        inner = {m[1].lower(): int(m[2]) for p in path.parts[:-1] if (m := _INNER.fullmatch(p))}
        rows.append(
            {
                "well": found["well"].upper(),
                "site": int(found["site"] or 1),
                "wave": int(found["wave"] or 1),
                "z": inner.get("zstep", 0),
                "timepoint": inner.get("timepoint", 1),
                "path": name,
            }
        )
    return pd.DataFrame(rows, columns=["well", "site", "wave", "z", "timepoint", "path"])


def plate_folder(name: str) -> str:
    """Return the folder of a plate that an image is in, without those of times and planes.

    Example:
        >>> plate_folder("2023/1334/ZStep_1/Mix_E07_s1.tif"), plate_folder("TimePoint_1/a.tif")
        ('2023/1334', '.')
    """
    folder = PurePosixPath(name).parent
    while _INNER.fullmatch(folder.name):
        folder = folder.parent
    return folder.as_posix()


def is_preview(name: str) -> bool:
    """Return whether an image is a preview of another one."""
    return _THUMB.search(PurePosixPath(name).name) is not None


def has_id(name: str) -> bool:
    """Return whether a name is that of a database of MetaXpress: it ends with an id."""
    found = _NAME.fullmatch(PurePosixPath(name).name)
    return bool(found and found["guid"])


def absences(htd: Htd, files: pd.DataFrame, where: str) -> list[Problem]:
    """Return notes of what the `.HTD` file has and the images lack: wells, sites, times, waves."""
    found = []
    wells = [well for well in htd.wells if well not in set(files["well"])]
    if wells:
        found.append(note("empty well", where, wells, "chosen wells have no image"))
    sites = files.groupby("well", observed=True)["site"].nunique()
    fewer = [f"{well} ({n} of {htd.sites})" for well, n in sites.items() if n < htd.sites]
    if fewer:
        found.append(note("missing site", where, fewer, "wells have fewer sites than were chosen"))
    times = files["timepoint"].nunique()
    if times < htd.times:
        what = f"{htd.times} time points were planned, {count_of(times, 'has', 'have')} images"
        found.append(Problem("missing time", where, None, what, serious=False))
    idle = [name for w, name in enumerate(htd.waves, 1) if w not in set(files["wave"])]
    if idle:
        found.append(note("missing channel", where, idle, "wavelengths have no image at all"))
    return found

"""CellProfiler: images that a load_data table lists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.images.listing import Listing
from phenolens.images.problem import Problem
from phenolens.images.table import column_names
from phenolens.instruments.load_data import is_load_data, read_load_data
from phenolens.screens.base import Indexed, Recognised

_ENDINGS = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProfiler(Indexed):
    """CellProfiler's load_data tables: FileName_X and PathName_X, or URL_X, for each channel X.

    Every table of the form is read, with its `Metadata_` columns; columns that describe one
    channel, as `Metadata_ExposureTime_OrigDNA`, are not kept. Of folders that are those of another
    computer the longest end that is here is taken. Illumination functions (`FileName_IllumX`) are
    named, and not applied. A table and its copy with illumination columns are one.

    Attributes:
        load_data: Glob of the tables below the root; empty: those called load_data..., else
            every CSV or parquet table of the form.
        channels: Channels to read, in this order; empty: all, in the order of the table.
        names: Name of a channel in the table, without `Orig` -> the name to give it.
        table: A further metadata table, a path or glob below the root, joined on plate and well, or
            on well alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    load_data: str = ""

    def listing(self, contents: Contents) -> Listing:
        """Return the images that the tables list."""
        names = self._tables(contents)
        if not names:
            raise InputError("no load_data table below it", where=contents.root)
        return self._read(contents, names)

    def _read(self, contents: Contents, names: list[str]) -> Listing:
        parts: list[pd.DataFrame] = []
        problems: list[Problem] = []
        order: list[str] = []
        for name in names:
            files, channels, notes = read_load_data(
                contents.root, name, contents.files, self.columns
            )
            parts.append(files)
            problems += notes
            order += channels
        return Listing(
            files=pd.concat(parts, ignore_index=True),
            index=PurePosixPath(names[0]).name,
            problems=tuple(problems),
            order=tuple(dict.fromkeys(order)),
        )

    def _tables(self, contents: Contents) -> list[str]:
        if self.load_data:
            found = sorted(p for p in contents.root.glob(self.load_data) if p.is_file())
            return [path.relative_to(contents.root).as_posix() for path in found]
        return load_data_tables(contents)

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there are tables of CellProfiler's form."""
        names = load_data_tables(contents)
        if not names:
            return None
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        why = f"{names[0]}{more} lists images as CellProfiler's load_data does"
        return Recognised(certainty=0.9, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> CellProfiler:
        """Write 2 wells of 2 sites and 2 channels with a table that has illumination columns."""
        rng = np.random.default_rng(seed)
        (root / "images" / "BR01").mkdir(parents=True, exist_ok=True)
        rows = []
        for well in ("A01", "B02"):
            for site in (1, 2):
                row: dict[str, object] = {}
                for channel in ("DNA", "ER"):
                    name = f"{well}_{site}_{channel}.tiff"
                    counts = rng.poisson(900, size).astype(np.uint16)
                    tifffile.imwrite(root / "images" / "BR01" / name, counts)
                    row[f"FileName_Orig{channel}"] = name
                    row[f"PathName_Orig{channel}"] = "/home/ubuntu/bucket/images/BR01/"
                    row[f"FileName_Illum{channel}"] = f"BR01_Illum{channel}.npy"
                    row[f"PathName_Illum{channel}"] = "/home/ubuntu/bucket/illum/BR01/"
                rows.append(row | {"Metadata_Plate": "BR01", "Metadata_Well": well})
                rows[-1] |= {"Metadata_Site": site, "Metadata_ChannelID_OrigDNA": 5}
        table = pd.DataFrame(rows)
        table.to_csv(root / "load_data_with_illum.csv", index=False)
        plain = [name for name in table if "Illum" not in name]
        table[plain].to_csv(root / "load_data.csv", index=False)
        return cls()


def load_data_tables(contents: Contents) -> list[str]:
    """Return the tables that list images: of each folder the one without illumination columns."""
    tables = contents.ending(*_ENDINGS)
    last = {name: PurePosixPath(name).name.lower() for name in tables}
    called = [name for name in tables if "load_data" in last[name]]
    plain = {PurePosixPath(name).parent for name in called if "illum" not in last[name]}
    called = [
        name
        for name in called
        if "illum" not in last[name] or PurePosixPath(name).parent not in plain
    ]
    return [name for name in called or tables if is_load_data(column_names(contents.root / name))]

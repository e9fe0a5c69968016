"""Yokogawa CellVoyager (CV7000, CV8000, CQ1): folders with a MeasurementData.mlf."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.images.listing import Listing
from phenolens.instruments.cell_voyager import DETAIL, FILE, ROOT, read_cell_voyager
from phenolens.instruments.elements import root_name
from phenolens.instruments.plate_index import listing_of
from phenolens.screens.base import Indexed, Recognised

_SPACE = 'xmlns:bts="http://www.yokogawa.co.jp/BTS/BTSSchema/1.0"'
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Yokogawa(Indexed):
    """Yokogawa CellVoyager: TIFF files that a MeasurementData.mlf lists.

    Every `.mlf` file below the root is a plate, called by the title in its `.mrf` file. Channels
    have the fluorophores or targets of the `.mes` file, else C01, C02, .... `site` is the field.
    With several planes each is an image of its own, in column `z`; with several time points `time`
    is in hours from the first. The pixel size is that of the `.mrf` file.

    Attributes:
        channels: Channels to read, in this order; empty: all, by their numbers.
        names: Name of a channel in the settings -> the name to give it.
        table: Metadata table, a path or glob below the root, joined on plate and well, or on well
            alone for a platemap that serves every plate; or a list of them, one per plate.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the table.
        unreadable: `stop` where an image is damaged or missing, or `leave_out` its field: it is
            counted and named. More than half is an error.
    """

    def listing(self, contents: Contents) -> Listing:
        """Return the images that the measurements list."""
        names = contents.called(FILE)
        if not names:
            raise InputError(f"no {FILE} below it", where=contents.root)
        read = {name: read_cell_voyager(contents.root, name) for name in names}
        return listing_of(read, FILE, contents)

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that there are measurements of a CellVoyager."""
        names = contents.called(FILE)
        if not names or root_name(contents.root / names[0]) != ROOT:
            return None
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        why = f"{names[0]}{more} is a measurement of a Yokogawa CellVoyager"
        return Recognised(certainty=0.97, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> Yokogawa:
        """Write a plate of 2 wells, 2 fields, 2 planes and 2 channels, with its settings."""
        rng = np.random.default_rng(seed)
        folder = root / "AssayPlate_20240101"
        folder.mkdir(parents=True, exist_ok=True)
        records = []
        for row, column, field, z, channel in np.ndindex(1, 2, 2, 2, 2):
            name = f"AP_A{column + 1:02d}_T0001F{field + 1:03d}L01A01Z{z + 1:02d}C{channel + 1:02d}"
            tifffile.imwrite(folder / f"{name}.tif", rng.poisson(900, size).astype(np.uint16))
            records.append(
                f'<bts:MeasurementRecord bts:Type="IMG" bts:Time="2024-01-01T10:00:00+01:00" '
                f'bts:Column="{column + 1}" bts:Row="{row + 1}" bts:TimePoint="1" '
                f'bts:FieldIndex="{field + 1}" bts:ZIndex="{z + 1}" bts:Ch="{channel + 1}">'
                f"{name}.tif</bts:MeasurementRecord>\n"
            )
        data = f"<bts:MeasurementData {_SPACE}>\n{''.join(records)}</bts:MeasurementData>\n"
        sizes = "".join(
            f'<bts:MeasurementChannel bts:Ch="{c}" bts:HorizontalPixelDimension="0.325"/>\n'
            for c in (1, 2)
        )
        detail = f'<bts:MeasurementDetail bts:Title="AP1" {_SPACE} '
        detail += f'bts:MeasurementSettingFileName="a.mes">\n{sizes}</bts:MeasurementDetail>\n'
        stains = "".join(
            f'<bts:Channel bts:Ch="{c}" bts:Target="{target}" bts:Fluorophore=""/>\n'
            for c, target in ((1, "DAPI"), (2, "GFP"))
        )
        settings = f"<bts:MeasurementSetting {_SPACE}>\n{stains}</bts:MeasurementSetting>\n"
        for name, text in ((FILE, data), (DETAIL, detail), ("a.mes", settings)):
            (folder / name).write_text(_HEAD + text, encoding="utf-8")
        return cls()

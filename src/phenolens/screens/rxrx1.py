"""RxRx1: four cell lines under siRNA in 51 experiments, six channels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import pandas as pd

from phenolens.core.errors import InputError
from phenolens.images.contents import Contents
from phenolens.images.listing import Listing
from phenolens.images.table import as_metadata, read_table, require
from phenolens.screens.base import Indexed, Recognised

# Sypetkowski et al., RxRx1, arXiv 2301.05768: the stains of channels 1 to 6.
CHANNELS = ("DNA", "ER", "Actin", "RNA", "Mito", "AGP")
_NAME = re.compile(
    r"(?:.*/)?(?P<experiment>(?P<line>[A-Z0-9]+)-\d+)/Plate(?P<plate>\d+)/"
    r"(?P<well>[A-P]\d\d)_s(?P<site>\d)_w(?P<channel>[1-6])\.png"
)
_TABLES = ("train.csv", "train_controls.csv", "test.csv", "test_controls.csv", "metadata.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rxrx1(Indexed):
    """RxRx1 as published: PNG files in EXPERIMENT/PlateN/, and tables of siRNAs.

    `batch` is the experiment, `cell_line` its prefix, and `plate` both numbers, as HEPG2-01_1.
    Channels 1 to 6 are DNA, ER, Actin, RNA, Mito, AGP. Of the tables (`train.csv`,
    `train_controls.csv`, ..., plain or .gz) come `compound`, the siRNA, and `well_type`; negative
    controls, which are untreated, are the controls.

    Attributes:
        channels: Channels to read, in this order; empty: all six.
        names: Name of a channel -> another name to give it.
        table: A metadata table instead of these, a path or glob below the root.
        columns: Our column -> the table's own, if it is not one of the usual names.
        allow_unmatched: Whether more than half of the fields may be without a row in the tables.
        unreadable: `stop` where an image is damaged or a channel is missing, or `leave_out` its
            field: it is counted and named. More than half is an error.
    """

    def listing(self, contents: Contents) -> Listing:
        """Return the images by their folders, with the metadata of the tables."""
        matched = [(name, _NAME.fullmatch(name)) for name in contents.images]
        rows = [
            {
                "plate": f"{found['experiment']}_{found['plate']}",
                "well": found["well"],
                "site": int(found["site"]),
                "batch": found["experiment"],
                "cell_line": found["line"],
                "channel": CHANNELS[int(found["channel"]) - 1],
                "path": name,
            }
            for name, found in matched
            if found
        ]
        if not rows:
            raise InputError("no EXPERIMENT/PlateN/WELL_sN_wN.png below it", where=contents.root)
        names = contents.called(*_TABLES, *(f"{name}.gz" for name in _TABLES))
        files = pd.DataFrame(rows)
        metadata = _metadata(contents.root, names, set(files["plate"])) if names else None
        return Listing(
            files=files,
            index="the names of RxRx1",
            order=CHANNELS,
            metadata=metadata,
            metadata_file=", ".join(names),
        )

    @classmethod
    def recognises(cls, contents: Contents) -> Recognised | None:
        """Return that most images have folders and names of RxRx1."""
        count = sum(_NAME.fullmatch(name) is not None for name in contents.images)
        if 2 * count <= len(contents.images):
            return None
        why = f"{count} of {len(contents.images)} images have the folders and names of RxRx1"
        return Recognised(certainty=0.9, why=why, layout=cls())

    @classmethod
    def fake(cls, root: Path, *, size: tuple[int, int] = (32, 40), seed: int = 0) -> Rxrx1:
        """Write 2 experiments of a plate with 2 wells of a site, and a table."""
        rng = np.random.default_rng(seed)
        rows = []
        for experiment in ("HEPG2-01", "RPE-02"):
            folder = root / "train" / experiment / "Plate1"
            folder.mkdir(parents=True, exist_ok=True)
            for well, sirna, kind in (
                ("B02", "UNTREATED", "negative_control"),
                ("C03", "sirna_7", "positive_control"),
            ):
                row = {"experiment": experiment, "plate": 1, "well": well}
                rows.append({**row, "sirna": sirna, "well_type": kind})
                for channel in range(1, 7):
                    counts = rng.poisson(40, size).astype(np.uint8)
                    path = folder / f"{well}_s1_w{channel}.png"
                    path.write_bytes(imagecodecs.png_encode(counts))
        pd.DataFrame(rows).to_csv(root / "train_controls.csv", index=False)
        return cls()


def _metadata(root: Path, names: list[str], plates: set[str]) -> pd.DataFrame:
    """Return one row per well of these plates: compound, control, well_type."""
    parts = []
    for name in names:
        table = read_table(root / name)
        require(table, ["experiment", "plate", "well"], root / name)
        table["plate"] = table["experiment"] + "_" + table["plate"].astype(str)
        kept = [c for c in ("plate", "well", "sirna", "well_type") if c in table]
        parts.append(as_metadata(table.loc[table["plate"].isin(plates), kept], {}, root / name))
    wells = pd.concat(parts, ignore_index=True).drop_duplicates(["plate", "well"])
    kinds = wells["well_type"] if "well_type" in wells else pd.Series(pd.NA, index=wells.index)
    wells["control"] = kinds.eq("negative_control").fillna(value=False).astype(bool)
    return wells.rename(columns={"sirna": "compound"}).reset_index(drop=True)

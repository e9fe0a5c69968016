"""The simulated plate as files of three instruments, for `phenolens auto`.

    python benchmarks/vendors.py FOLDER
    phenolens auto FOLDER/phenix --platemap FOLDER/map.csv --minutes 30

Opera Phenix (Index.idx.xml), CellVoyager (MeasurementData.mlf) and OME-Zarr 0.5, with the pixels of
the quickstart's screen (720 fields of 12 plates), and one platemap. The page of each answer says
whether it is ahead of every baseline, each under its own chain.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import tifffile

from phenolens.core.screen import Screen
from phenolens.intake.output import Output
from phenolens.screens.synthetic import Synthetic
from phenolens.store.reading import Workers

MAP = ["plate", "well", "compound", "concentration", "moa", "batch", "control"]
PHENIX = '<?xml version="1.0"?>\n<EvaluationInputData xmlns="http://www.perkinelmer.com/PEHH/HarmonyV5">\n'
BTS = 'xmlns:bts="http://www.yokogawa.co.jp/BTS/BTSSchema/1.0"'


def place(well: str) -> tuple[int, int]:
    """Return row and column of a well, from 1."""
    return ord(well[0]) - ord("A") + 1, int(well[1:])


def images(screen: Screen, plate: str) -> list[tuple[int, str, int]]:
    """Return (row of the screen, well, site from 1) of a plate."""
    own = np.flatnonzero((screen.meta["plate"] == plate).to_numpy())
    meta = screen.meta.iloc[own]
    sites = meta["site"].to_numpy() - int(screen.meta["site"].min()) + 1
    return list(zip(own.tolist(), meta["well"], sites.tolist(), strict=True))


def phenix(screen: Screen, plate: str, folder: Path) -> None:
    """Write one plate as an Opera Phenix does."""
    folder = folder / f"{plate}__2024-Measurement 1" / "Images"
    folder.mkdir(parents=True)
    records: list[str] = []
    for row, well, site in images(screen, plate):
        r, c = place(well)
        for channel, counts in enumerate(screen.read(np.array([row]))[0], start=1):
            name = f"r{r:02d}c{c:02d}f{site:02d}p01-ch{channel}sk1fk1fl1.tiff"
            tifffile.imwrite(folder / name, counts, compression="lzw")
            records.append(
                f"<Image><id>{len(records)}</id><State>Ok</State><URL>{name}</URL><Row>{r}</Row>"
                f"<Col>{c}</Col><FieldID>{site}</FieldID><PlaneID>1</PlaneID>"
                f"<TimepointID>0</TimepointID><ChannelID>{channel}</ChannelID>"
                f"<ChannelName>{screen.channels[channel - 1]}</ChannelName></Image>\n"
            )
    text = f"{PHENIX}<Plates><Plate><PlateID>{plate}</PlateID></Plate></Plates>\n"
    text += f"<Images>{''.join(records)}</Images>\n</EvaluationInputData>\n"
    (folder / "Index.idx.xml").write_text(text, encoding="utf-8")


def cell_voyager(screen: Screen, plate: str, folder: Path) -> None:
    """Write one plate as a CellVoyager does."""
    folder = folder / plate
    folder.mkdir(parents=True)
    records: list[str] = []
    for row, well, site in images(screen, plate):
        r, c = place(well)
        for channel, counts in enumerate(screen.read(np.array([row]))[0], start=1):
            name = f"{plate}_{well}_T0001F{site:03d}L01A01Z01C{channel:02d}.tif"
            tifffile.imwrite(folder / name, counts)
            records.append(
                f'<bts:MeasurementRecord bts:Type="IMG" bts:Time="2024-01-01T10:00:00+01:00" '
                f'bts:Column="{c}" bts:Row="{r}" bts:TimePoint="1" bts:FieldIndex="{site}" '
                f'bts:ZIndex="1" bts:Ch="{channel}">{name}</bts:MeasurementRecord>\n'
            )
    stains = "".join(
        f'<bts:Channel bts:Ch="{k}" bts:Target="{name}" bts:Fluorophore=""/>\n'
        for k, name in enumerate(screen.channels, start=1)
    )
    detail = (
        f'<bts:MeasurementDetail bts:Title="{plate}" {BTS} bts:MeasurementSettingFileName="a.mes">'
    )
    listed = "".join(records)
    files = {
        "MeasurementData.mlf": f"<bts:MeasurementData {BTS}>\n{listed}</bts:MeasurementData>",
        "MeasurementDetail.mrf": f"{detail}\n</bts:MeasurementDetail>",
        "a.mes": f"<bts:MeasurementSetting {BTS}>\n{stains}</bts:MeasurementSetting>",
    }
    for name, text in files.items():
        (folder / name).write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n')


def main() -> None:
    """Write the three folders and the platemap."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plates", type=int, default=0, help="Only the first; 0: all.")
    given = parser.parse_args()
    screen = Synthetic(seed=0, compounds=4)(Path())
    names = sorted(screen.meta["plate"].unique())[: given.plates or None]
    screen = screen.take(screen.meta["plate"].isin(names).to_numpy())
    given.folder.mkdir(parents=True)
    for plate in names:
        phenix(screen, plate, given.folder / "phenix")
        cell_voyager(screen, plate, given.folder / "cell_voyager")
    Output(given.folder / "ome_zarr", "ome_zarr").write(screen, Workers(threads=2))
    wells = screen.meta.drop_duplicates(["plate", "well"])
    wells[MAP].to_csv(given.folder / "map.csv", index=False)


if __name__ == "__main__":
    main()

"""Every bad input of `docs/bad-input.md` gives the message written there, and no other."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import imagecodecs
import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.registry import build
from phenolens.pixels.base import apply_chain, build_chain
from phenolens.pixels.rescale import Rescale
from phenolens.pixels.resize import Resize
from phenolens.pixels.where import Where
from phenolens.screens.bbbc021 import IMAGES, MOA, Bbbc021
from phenolens.screens.cells import Cells
from phenolens.screens.image_folder import ImageFolder

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "bad-input.md"
ROW = re.compile(r"^\| (?P<case>[^|]+) \| `(?P<message>.+)` \|$")
FIRST = "Week1_22123/000_DAPI.tif"
ONE_FILE = r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_s(?P<site>\d)_(?P<channel>\w+)\.tif"

Case = Callable[[Path], object]
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    return lambda function: CASES.setdefault(name, function)


@cache
def whole() -> dict[str, bytes]:
    """Return the files of the BBBC021 example: dozens of cases begin with them."""
    with TemporaryDirectory() as folder:
        Bbbc021.fake(Path(folder))
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def bbbc021(root: Path, damage: Callable[[], object], *, read: bool = False, **kw: Any) -> object:
    """Write a whole BBBC021 example, damage it, and read it."""
    for name, content in whole().items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)
    damage()
    screen = Bbbc021(**kw)(root)
    return screen.read(np.arange(len(screen))) if read else screen


def edit(path: Path, change: Callable[[pd.DataFrame], object]) -> None:
    table = pd.read_csv(path, dtype=object)
    changed = change(table)
    (changed if isinstance(changed, pd.DataFrame) else table).to_csv(path, index=False)


def put(column: str, row: int, value: object) -> Callable[[pd.DataFrame], None]:
    def change(table: pd.DataFrame) -> None:
        table.loc[row, column] = value

    return change


def doubled(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[[1]]])


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def table_case(name: str, file: str, change: Callable[[pd.DataFrame], object]) -> None:
    CASES[name] = lambda root: bbbc021(root, lambda: edit(root / file, change))


def image_case(name: str, damage: Callable[[Path], object], image: str = FIRST, **kw: Any) -> None:
    CASES[name] = lambda root: bbbc021(root, lambda: damage(root / image), **kw)


def cells_case(name: str, change: Callable[[pd.DataFrame], object], **kw: Any) -> None:
    def run(root: Path) -> object:
        layout = Cells.fake(root)
        edit(root / "fake_cells.csv", change)
        return Cells(**{"batch_of_plate": layout.batch_of_plate, **kw})(root)

    CASES[name] = run


def crops_case(name: str, damage: Callable[[Path], object], **kw: Any) -> None:
    def run(root: Path) -> object:
        Cells.fake(root)
        damage(root / "fake_images.npz")
        return Cells(**kw)(root)

    CASES[name] = run


def folder_case(name: str, damage: Callable[[Path], object], **kw: Any) -> None:
    def run(root: Path) -> object:
        ImageFolder.fake(root)
        damage(root)
        return ImageFolder(**{"pattern": ONE_FILE, **kw})(root)

    CASES[name] = run


def nothing(_: Path) -> None:
    """Leave the example whole: the settings are what is wrong."""


def keep(_: pd.DataFrame) -> None:
    """Leave the table whole: the settings are what is wrong."""


# Folders and tables.
CASES["a folder that does not exist"] = lambda root: Bbbc021()(root / "nowhere")
CASES["an empty folder"] = lambda root: Bbbc021()(root)
image_case("a table is missing", Path.unlink, MOA)
table_case("a table lacks a needed column", IMAGES, lambda t: t.drop(columns="Replicate"))
image_case("a table is not a table", lambda p: p.write_text('a,b\n1,2\n"3,4\n5,6,7,8\n'), MOA)
image_case("a row has more cells than the header", lambda p: p.write_text("a,b\n1,2,3\n"), MOA)
image_case("a table is not UTF-8", lambda p: p.write_bytes(b"compound,\xe9\n1,\xe9\n"), MOA)
image_case("a table is empty", lambda p: p.write_text(""), MOA)
image_case("a table has a header and no rows", lambda p: p.write_text("compound,moa\n"), MOA)
table_case("a row names no file", IMAGES, put("Image_FileName_Actin", 4, None))
table_case("a row has no plate", IMAGES, put("Image_Metadata_Plate_DAPI", 2, None))
table_case("a row appears twice", IMAGES, doubled)
table_case("a concentration is not a number", IMAGES, put("Image_Metadata_Concentration", 3, "low"))
table_case("a treatment is annotated twice", MOA, doubled)


@case("a gzipped table is truncated")
def _(root: Path) -> object:
    def damage() -> None:
        path = root / IMAGES
        zipped = path.with_name(IMAGES + ".gz")
        zipped.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        path.unlink()
        halve(zipped)

    return bbbc021(root, damage)


CASES["a plate that the table lacks"] = lambda root: bbbc021(
    root, lambda: None, plates=("Week1_22132",)
)

# Images.
image_case("an image is missing", Path.unlink, "Week4_27481/015_Actin.tif")
image_case("the folder of a plate is missing", lambda p: p.parent.rename(p.parent.parent / "x"))
image_case("the first TIFF is truncated", halve)
image_case("another TIFF is truncated", halve, "Week4_27481/015_Actin.tif", read=True)
image_case("an image is empty", lambda p: p.write_bytes(b""))
image_case("an image is something else", lambda p: p.write_text("no image"))
image_case("compressed pixels are damaged", lambda p: p.write_bytes(damaged()), read=True)
image_case(
    "an image has float pixels", lambda p: tifffile.imwrite(p, np.zeros((32, 40), np.float32))
)
image_case(
    "an image has too many channels",
    lambda p: tifffile.imwrite(p, np.zeros((32, 40, 3), np.uint16), photometric="rgb"),
    "Week1_22123/001_DAPI.tif",
    read=True,
)
image_case(
    "an image is of another size",
    lambda p: tifffile.imwrite(p, np.zeros((30, 40), np.uint16)),
    "Week1_22123/001_DAPI.tif",
    read=True,
)


def damaged() -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 60_000, (32, 40)).astype(np.uint16)
    tifffile.imwrite(file, noise, compression="zlib")
    data = bytearray(file.getvalue())
    data[-800:-600] = bytes(200)
    return bytes(data)


@case("the pages of a TIFF differ in size")
def _(root: Path) -> object:
    def damage() -> None:
        with tifffile.TiffWriter(root / FIRST) as tif:
            for height in (32, 16):
                tif.write(np.zeros((height, 40), np.uint16), metadata=None)

    return bbbc021(root, damage)


@case("an image is deleted after the screen was read")
def _(root: Path) -> object:
    screen = Bbbc021.fake(root)(root)
    (root / "Week1_22123" / "002_Tubulin.tif").unlink()
    return screen.read(np.array([5, 2]))


# Folders of images.
folder_case("the pattern is not a regex", nothing, pattern="(?P<well>")
folder_case("the pattern names no well", nothing, pattern=r"(?P<plate>\w+)/.*")
folder_case("the pattern matches nothing", nothing, pattern=r"(?P<well>[A-H]\d\d)\.tif")
folder_case(
    "two files are the same field",
    nothing,
    pattern=r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_s\d_(?P<channel>\w+)\.tif",
)
folder_case(
    "two files are z planes of one field",
    lambda root: [
        path.rename(path.with_name(path.name.replace("_s", "_z"))) for path in root.glob("*/*.tif")
    ],
    pattern=r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_z\d_(?P<channel>\w+)\.tif",
)
folder_case(
    "the pages of a TIFF are z planes",
    lambda root: tifffile.imwrite(
        root / "P1" / "A01_s1_Actin.tif",  # the first, whose header says how large images are
        np.zeros((3, 32, 40), np.uint16),
        imagej=True,
        metadata={"axes": "ZYX"},
    ),
    pattern=ONE_FILE,
)
folder_case("a channel that no file has", nothing, channels=("DAPI",))
folder_case("a field lacks a channel", lambda root: (root / "P2" / "B02_s1_DNA.tif").unlink())
folder_case(
    "a file's name gives no channel",
    nothing,
    pattern=ONE_FILE.replace(r"(?P<channel>\w+)", r"((?P<channel>DNA)|\w+)"),
)
folder_case(
    "names for another number of channels",
    nothing,
    pattern=r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_s(?P<site>\d)_DNA\.tif",
    channels=("DNA", "Actin"),
)
folder_case(
    "the platemap matches no image",
    lambda root: edit(root / "platemap.csv", lambda t: t.assign(Well=["x1", "x2"])),
    table="platemap.csv",
)
folder_case(
    "the platemap names a well twice",
    lambda root: edit(root / "platemap.csv", doubled),
    table="platemap.csv",
)
folder_case(
    "the platemap has the form of a plate",
    lambda root: (root / "platemap.csv").write_text(",1,2\nA,DMSO,x\nB,y,z\n"),
    table="platemap.csv",
)
folder_case(
    "the platemap is a spreadsheet",
    lambda root: (root / "platemap.xlsx").write_bytes(b"PK"),
    table="platemap.xlsx",
)
folder_case(
    "most fields have no row in the platemap",
    lambda root: edit(root / "platemap.csv", lambda t: t.assign(Plate=["P1", "P9"])),
    table="platemap.csv",
)
folder_case(
    "a file's name gives a well that cannot be",
    lambda root: (root / "P1" / "A01_s1_DNA.tif").rename(root / "P1" / "A99_s1_DNA.tif"),
)
folder_case("no file is an image", lambda root: [p.rename(f"{p}.x") for p in root.rglob("*.tif")])

# Single-cell crops.
cells_case("a table without plates", lambda t: t.drop(columns="Plate"))
cells_case("a column that the table lacks", keep, columns={"moa": "Mechanism"})
cells_case("more rows than crops", lambda t: pd.concat([t, t.assign(cell_id=t.index + 50)]))
cells_case("a crop without a well", put("Well", 7, None))
cells_case("a cell appears twice", lambda t: pd.concat([t.iloc[:-1], t.iloc[[6]]]))
cells_case("a control is neither true nor false", lambda t: t.assign(Metadata_Control="maybe"))
cells_case("a plate without a batch", put("Plate", 3, "W1_1"))
cells_case("a batch regex without a group", keep, batch_of_plate=r"^Week\d+")
crops_case("no array of that name", nothing, key="cells")
crops_case("names for another number of crop channels", nothing, channels=("DAPI", "Actin"))
crops_case(
    "the channel is not the last axis",
    lambda p: np.savez(p, images=np.zeros((12, 3, 16, 16), np.uint16)),
    channels=("DAPI", "Actin", "Tubulin"),
)
crops_case("crops of floats", lambda p: np.savez(p, images=np.zeros((12, 16, 16, 3))))
crops_case("a list, not crops", lambda p: np.savez(p, images=np.zeros(12, np.uint16)))
crops_case("an .npz is truncated", halve)
crops_case("two files match", lambda p: p.with_name("more_images.npz").write_bytes(p.read_bytes()))


@case("an .npy is truncated")
def _(root: Path) -> object:
    Cells.fake(root)
    (root / "fake_images.npz").unlink()
    np.save(root / "fake_images.npy", np.zeros((12, 16, 16, 3), np.uint16))
    halve(root / "fake_images.npy")
    return Cells()(root)


# Settings that do not fit a screen.
CASES["a layout that does not exist"] = lambda _: build("screens", {"layout": "bbbc21"}, "screen")


def _claims(side: int) -> Case:
    """Return the case of an image of 4 x 4 pixels whose header says another size."""
    content = bytearray(imagecodecs.png_encode(np.zeros((4, 4), np.uint8)))
    content[16:24] = side.to_bytes(4, "big") * 2
    return lambda root: bbbc021(root, lambda: (root / FIRST).write_bytes(content))


CASES["a header says more than the file can hold"] = _claims(40_000)
CASES["a header says more than any image has"] = _claims(100_000)
CASES["an image has no pixel"] = _claims(0)


@case("most images are missing where such may be left out")
def _(root: Path) -> object:
    def damage() -> None:
        for path in sorted(root.rglob("*_DAPI.tif"))[:13]:
            path.unlink()

    return bbbc021(root, damage, unreadable="leave_out")


CASES["a pair rule names an unknown column"] = lambda root: PairRule(same=("treatmnt",)).check(
    Cells.fake(root)(root).meta
)
CASES["a query names an unknown column"] = lambda root: Cells.fake(root)(root).where(
    "batsh == 'Week1'"
)
CASES["a channel that the screen lacks"] = lambda root: Cells.fake(root)(root).select(["Dapi"])
CASES["a pixel step that does not exist"] = lambda _: build_chain([{"step": "resise"}])
CASES["a pixel step after the intensity rule"] = lambda _: build_chain(
    [{"step": "rescale"}, {"step": "resize", "factor": 0.5}]
)
CASES["a pixel step that keeps no image"] = lambda root: apply_chain(
    [Resize(factor=0.5), Where(query="plate == 'P9'")], Cells.fake(root)(root)
)
CASES["percentiles of controls without controls"] = lambda root: apply_chain(
    [Rescale(on="controls")],
    replace(screen := Cells.fake(root)(root), meta=screen.meta.drop(columns="control")),
)
CASES["an unknown setting"] = lambda _: build(
    "screens", {"layout": "cells", "colums": {}}, "recipe.toml screen"
)


def documented() -> dict[str, str]:
    rows = (ROW.match(line) for line in DOCUMENT.read_text(encoding="utf-8").splitlines())
    return {row["case"]: row["message"].replace(r"\|", "|") for row in rows if row}


def test_every_case_is_documented_and_every_documented_case_is_run() -> None:
    assert set(documented()) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_message_is_the_documented_one(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        CASES[name](tmp_path)
    message = str(caught.value).replace(str(tmp_path), "ROOT").replace("\n", " ")
    wanted = re.escape(documented().get(name, "")).replace(re.escape("..."), ".*")
    assert re.fullmatch(wanted, message), f"| {name} | `{message}` |"

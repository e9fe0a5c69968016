"""Illumination, quality flags, nuclei and a dose response on real and simulated images.

    python benchmarks/pixel_steps.py --data ../shared/data [--only illumination]

Needs the real data; scikit-image (`pip install 'phenolens[classical]'`) for its own recipe of
nuclei. Prints the tables of RESULTS.md; its section on pixel steps says which figures no script
repeats.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import ndimage

from phenolens.core.screen import Screen
from phenolens.images.read import read_image
from phenolens.masks.agreement import Agreement, agreement
from phenolens.masks.cells import cells, inside
from phenolens.masks.nuclei import nuclei
from phenolens.pixels.illumination import Illumination
from phenolens.quality.flags import Thresholds, flags
from phenolens.quality.measured import measure
from phenolens.screens.synthetic import Synthetic
from phenolens.shading.blocks import spread

Labels = np.ndarray
WAYS: dict[str, dict[str, Any]] = {
    "regular, median (the default)": {},
    "regular, median of 94 px": {"size": 94},
    "regular, gaussian": {"smoothing": "gaussian"},
    "background, blocks of 60, median": {"average": "background"},
    **({"BaSiC (basicpy)": {"average": "basic"}} if importlib.util.find_spec("basicpy") else {}),
}
SIDE, FIELDS = 256, 120


def screen_of(
    images: np.ndarray, channels: tuple[str, ...], plates: Iterable[str] | None = None
) -> Screen:
    meta = pd.DataFrame(
        {"plate": list(plates) if plates is not None else ["p"] * len(images), "well": "A01"}
    )
    return Screen(meta=meta, channels=channels, read=lambda r: images[r], size=images.shape[2:])


def function(images: np.ndarray, channels: tuple[str, ...], settings: dict[str, Any]) -> np.ndarray:
    made: Any = Illumination(**settings)(screen_of(images, channels)).read
    found: np.ndarray = made.function("p")
    return found


def planted() -> tuple[np.ndarray, np.ndarray]:
    """Return evenly lit simulated fields without light of their own, and a known light."""
    screen = Synthetic(seed=3)(Path())
    rows = np.arange(0, len(screen), len(screen) // FIELDS)[:FIELDS]
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    light = 0.45 + np.exp(-((y - 0.6) ** 2 + (x - 0.7) ** 2) / 0.35)
    return screen.read(rows), light / light.mean()


def illumination(data: Path) -> None:
    print("| estimate | planted light: error before | after | BBBC016 held out: before | after |")
    print("|---|---|---|---|---|")
    fields, light = planted()
    lit = np.minimum(fields * light, 65535).astype(np.uint16)
    files = sorted((data / "bbbc016-illumination" / "images").glob("AS_*"))
    real = np.stack([read_image(file) for file in files])
    held = np.arange(len(files)) % 4 == 3
    for name, settings in WAYS.items():
        found = function(lit, ("DNA", "Tubulin", "Actin"), {**settings, "scale": "mean"})
        # Against the function of the same fields before the light was planted on them.
        own = function(fields, ("DNA", "Tubulin", "Actin"), {**settings, "scale": "mean"})
        after = np.abs(found / own / light - 1).mean()
        before = np.abs(1 / light - 1).mean()
        plate = function(real[~held], ("GFP",), settings)[0]
        mean = real[held, 0].mean(axis=0)
        corrected = (real[held, 0] / plate).mean(axis=0)
        row = (before, after, spread(mean), spread(corrected))
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |")
    plate_of_cellprofiler(data)


def plate_of_cellprofiler(data: Path) -> None:
    folder = data / "bbbc013-plate"
    images = np.stack(
        [
            [read_image(f)[0] for f in sorted((folder / "images").glob(f"Channel{c}-*"))]
            for c in (1, 2)
        ],
        axis=1,
    )
    with np.load(folder / "cellprofiler_illumination.npz") as archive:
        theirs = [archive[f"channel{c}"] for c in (1, 2)]
    print("\nBBBC013, 72 wells, against CellProfiler's own functions (GFP, DNA):")
    for name, settings in list(WAYS.items())[:3]:
        begin = time.perf_counter()
        found = function(images, ("GFP", "DNA"), settings)
        seconds = time.perf_counter() - begin
        alike = [
            np.corrcoef(a.ravel(), b[::4, ::4].ravel())[0, 1]
            for a, b in zip(theirs, found, strict=True)
        ]
        even = [spread((images[:, c] / found[c]).mean(axis=0)) for c in (0, 1)]
        full = [ndimage.zoom(each, 4, order=1) for each in theirs]
        cp = [spread((images[:, c] / full[c]).mean(axis=0)) for c in (0, 1)]
        raw = [spread(images[:, c].mean(axis=0)) for c in (0, 1)]
        print(
            f"{name}: correlation {alike[0]:.2f}, {alike[1]:.2f}; block spread "
            f"{raw[0]:.3f}, {raw[1]:.3f} raw, {cp[0]:.3f}, {cp[1]:.3f} by theirs, "
            f"{even[0]:.3f}, {even[1]:.3f} by ours; {seconds:.1f} s"
        )


def quality(data: Path) -> None:
    folder = data / "bbbc006-focus"
    truth = pd.read_csv(folder / "dev_fields.csv")["out_of_focus"].to_numpy() == 1
    with np.load(folder / "dev_images.npz") as archive:
        images = archive["images"][:, None]
    begin = time.perf_counter()
    measures = measure(screen_of(images, ("DNA",)))
    rate = images.size / (time.perf_counter() - begin) / 1e6
    plates = pd.Series(["p"] * len(images))
    found, _ = flags(measures, plates, Thresholds(), images[0].size)
    report("BBBC006 blurred", found["quality_blurred"].to_numpy(), truth)
    print(f"measured at {rate:.1f} megapixels per second, 2 threads")
    crops, tables = [], []
    for name, short in [("", "dev"), ("-second", "second")]:
        at = data / f"bbbc021-singlecells-13moa{name}"
        with np.load(at / f"{short}_images.npz") as archive:
            crops.append(np.moveaxis(archive["images"], -1, 1))
        tables.append(pd.read_csv(at / f"{short}_cells.csv"))
    table = pd.concat(tables, ignore_index=True)
    plates = table["Image_Metadata_Plate_DAPI"].astype(str)
    screen = screen_of(np.concatenate(crops), ("DAPI", "Actin", "Tubulin"), plates)
    found, _ = flags(measure(screen), screen.meta["plate"], Thresholds(), crops[0][0, 0].size)
    empty = found["quality_empty"]
    prefix = table["field"].str.extract(r"^(Week\d+_\d+_[A-Z]\d+_s\d)", expand=False)
    print(
        f"BBBC021 crops: {int(empty.sum())} of {len(table)} empty, by field (README: 9, 7, 3, 3):"
    )
    print(prefix[empty].value_counts().to_string(header=False))
    print(found.filter(like="quality_").sum().to_string())


def report(name: str, found: np.ndarray, truth: np.ndarray) -> None:
    hit = int((found & truth).sum())
    print(f"{name}: recall {hit}/{int(truth.sum())}, precision {hit}/{int(found.sum())}")


def scikit_image(image: np.ndarray) -> Labels:
    """Return scikit-image's own recipe: Gaussian, Otsu, distance, peaks, watershed."""
    filters, measures, segmentation, feature = (
        importlib.import_module(f"skimage.{part}")
        for part in ("filters", "measure", "segmentation", "feature")
    )
    smooth = filters.gaussian(image.astype(float), 1.5, preserve_range=True)
    mask = smooth > filters.threshold_otsu(smooth)
    depth = ndimage.distance_transform_edt(mask)
    peaks = feature.peak_local_max(depth, min_distance=7, labels=measures.label(mask))
    markers = np.zeros(depth.shape, dtype=np.int32)
    markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    found: Labels = segmentation.watershed(-depth, markers, mask=mask).astype(np.int32)
    return found


def segmentation(data: Path) -> None:
    print("| images | way | F1 at IoU 0.5 | F1 at 0.7 | nuclei per second |")
    print("|---|---|---|---|---|")
    for name, images, truth, clear in (drawn(data), nf1(data), simulated()):
        for way, find in (("scikit-image", scikit_image), ("phenolens", nuclei)):
            begin = time.perf_counter()
            found = [find(image) for image in images]
            seconds = time.perf_counter() - begin
            rate = sum(int(labels.max()) for labels in found) / seconds
            print(f"| {name} | {way} | {scores([clear(f) for f in found], truth)} | {rate:.0f} |")
    whole_cells(data)


def scores(found: list[Labels], truth: list[Labels]) -> str:
    made = []
    for iou in (0.5, 0.7):
        each = [agreement(f, t, iou) for f, t in zip(found, truth, strict=True)]
        one = Agreement(
            found=sum(a.found for a in each),
            false=sum(a.false for a in each),
            missed=sum(a.missed for a in each),
        )
        made.append(f"{one.f1:.3f} ({one.found}, {one.false} false, {one.missed} missed)")
    return " | ".join(made)


Case = tuple[str, list[np.ndarray], list[Labels], Callable[[Labels], Labels]]


def same(labels: Labels) -> Labels:
    return labels


def drawn(data: Path) -> Case:
    folder = data / "nuclei-masks"
    image, mask = (read_image(folder / f"dsb2018_{kind}2d.tif")[0] for kind in ("img", "mask"))
    return "drawn by hand (BBBC038, 125 nuclei)", [image], [mask], same


def nf1(data: Path) -> Case:
    folder = data / "cellpainting-images" / "NF1_Plate_2"
    masks = sorted((folder / "Plate_2_masks").glob("*_MaskNuclei.tiff"))
    names = [mask.name.replace("_MaskNuclei.tiff", ".tif") for mask in masks]
    images = [read_image(folder / "Plate_2_images" / name)[0] for name in names]
    truth = [ndimage.label(read_image(mask)[0])[0] for mask in masks]
    return "NF1, 3 fields (masks leave out the border)", images, truth, inside


def simulated() -> Case:
    layout = Synthetic(seed=1)
    screen = layout(Path())
    rows = np.arange(0, len(screen), len(screen) // 24)[:24]
    images = list(screen.read(rows)[:, 0])
    return "simulated, 24 fields", images, [layout.truth(int(r)).nuclear_mask for r in rows], same


def whole_cells(data: Path) -> None:
    folder = data / "cellpainting-images" / "NF1_Plate_2"
    for mask in sorted((folder / "Plate_2_masks").glob("*_MaskCells.tiff")):
        stain = mask.name.replace("_MaskCells.tiff", ".tif")
        nucleus = next((folder / "Plate_2_images").glob(f"{stain.split('_')[0]}_*_DAPI_001.tif"))
        found = cells(
            read_image(folder / "Plate_2_images" / stain)[0], nuclei(read_image(nucleus)[0])
        )
        truth = read_image(mask)[0] > 0
        found = inside(found)  # the masks leave out cells at the border
        dice = 2 * ((found > 0) & truth).sum() / ((found > 0).sum() + truth.sum())
        print(f"whole cells, {stain}: Dice of what they cover {dice:.3f}")
    layout = Synthetic(seed=1)
    screen = layout(Path())
    rows = np.arange(0, len(screen), len(screen) // 24)[:24]
    images = screen.read(rows)
    found_ = [cells(image[1], nuclei(image[0])) for image in images]
    truth_ = [layout.truth(int(row)).cell_mask for row in rows]
    print(f"whole cells, simulated (Tubulin): {scores(found_, truth_)}")


def dose(data: Path) -> None:
    """BBBC013: log2 of GFP in the nucleus over GFP in a ring of 5 pixels, median over nuclei."""
    folder = data / "bbbc013-plate"
    wells = pd.read_csv(folder / "wells.csv")
    files = [sorted((folder / "images").glob(f"Channel{c}-*")) for c in (1, 2)]
    images = np.stack([[read_image(file)[0] for file in each] for each in files], axis=1)
    names = [file.stem.split("-", 1)[1] for file in files[0]]
    at = pd.Series(
        range(len(names)), [f"{n.split('-')[1]}{int(n.split('-')[2]):02d}" for n in names]
    )
    wells["row"] = at.reindex(wells["well"].str[0] + wells["well"].str[1:].str.zfill(2)).to_numpy()
    wells = wells[wells["row"].notna()]
    for name, settings in (("as given", None), ("illumination", {})):
        fields = images
        if settings is not None:
            made = Illumination(**settings)(screen_of(images, ("GFP", "DNA")))
            fields = made.read(np.arange(len(images)))
        found = [ratio(*fields[int(row)]) for row in wells["row"]]
        values = np.array([value for value, _ in found])
        count = sum(n for _, n in found)
        negative, positive = (values[wells["SBS_Controls"] == c] for c in (-1, 1))
        prime = 1 - 3 * (negative.std(ddof=1) + positive.std(ddof=1)) / (
            positive.mean() - negative.mean()
        )
        line = f"{name}: {count} nuclei, Z' {prime:.2f}"
        for compound, part in wells.assign(value=values).groupby("compound", observed=True):
            rho = part[["SBS_Doses", "value"]].corr("spearman").iloc[0, 1]
            line += f", Spearman of dose and value {rho:.2f} ({compound})"
        print(line)


def ratio(gfp: np.ndarray, dna: np.ndarray) -> tuple[float, int]:
    labels = nuclei(dna)
    numbers = np.arange(1, int(labels.max()) + 1)
    away, near = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    ring = np.where((away > 0) & (away <= 5), labels[tuple(near)], 0)
    inner, outer = (ndimage.mean(gfp, each, numbers) for each in (labels, ring))
    return float(np.median(np.log2((inner + 1) / (outer + 1)))), len(numbers)


PARTS = {
    "illumination": illumination,
    "quality": quality,
    "segmentation": segmentation,
    "dose": dose,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=list(PARTS))
    given = parser.parse_args()
    for name, part in PARTS.items():
        if given.only in (None, name):
            print(f"\n## {name}\n")
            part(given.data)


if __name__ == "__main__":
    main()

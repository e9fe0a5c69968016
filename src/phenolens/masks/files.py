"""Masks that a screen brings: a file per image that says where its nuclei and cells are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

from phenolens.core.errors import InputError, nearest
from phenolens.core.formats.origin import sha256_of
from phenolens.core.inside import inside, permitted
from phenolens.core.screen import Screen
from phenolens.images.read import read_image
from phenolens.masks.compartments import CYTOPLASM, NUCLEUS

_HOLE = re.compile(r"\{([^{}]*)\}")
_CUTS = ("crop_cells",)  # pixel steps after which an image is another place than its file
_SHORT = re.compile(r"([A-Za-z]+)0+(\d+)")


@dataclass(frozen=True, kw_only=True)
class MaskFiles:
    """Files of masks next to the images of a screen, found by the metadata of each image.

    A pixel of a file belongs to something where it is not 0: masks and label images alike. Files
    have the size of the images as they were read, and follow them through `resize`. Where the
    images were cut into cells, masks of fields are refused.

    The fingerprint of the folder is filled in if it is not given, so that a resolved recipe differs
    once a file has changed.

    Attributes:
        folder: With the files; relative to the folder the program runs in.
        nuclei: Name of the file of an image, with columns of its metadata in braces, as
            `{well}_{site}_nuclei.tif`, or a column that holds the name: `{nuclei_file}`. Of wells,
            `B07` is looked for first and then `B7`.
        cells: The same, of whole cells; empty: nuclei alone.
        sha256: Expected fingerprint; empty: not checked.
    """

    folder: str
    nuclei: str
    cells: str = ""
    sha256: str = ""
    place: Path = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        place = permitted(self.folder, where="masks.folder")
        if not place.is_dir():
            raise InputError("no such folder", where=place, fix="give the folder of the masks")
        if not self.nuclei:
            raise InputError("is empty", where="masks.nuclei", fix="give the name of a file")
        made = hashlib.sha256()
        for file in sorted(path for path in place.rglob("*") if path.is_file()):
            made.update(f"{file.relative_to(place).as_posix()}\0{sha256_of(file)}\n".encode())
        actual = made.hexdigest()
        if self.sha256 not in ("", actual):
            raise InputError(
                f"has changed: its sha256 is {actual}",
                where=place,
                fix="restore the files, or remove sha256 to accept the new ones",
            )
        object.__setattr__(self, "sha256", actual)
        object.__setattr__(self, "place", place)

    def check(self, screen: Screen) -> None:
        """Raise where these masks cannot be those of a screen.

        Raises:
            InputError: A column is missing, or the images were cut out of the fields.
        """
        for name in _HOLE.findall(self.nuclei + self.cells):
            if name not in screen.meta:
                raise InputError(
                    f"the screen has no column {name!r}",
                    where="masks",
                    fix=nearest(name, list(screen.meta.columns), "it has"),
                )
        cut = [step for entry in screen.history if (step := entry.get("step")) in _CUTS]
        if cut:
            raise InputError(
                f"are of fields, and the step {cut[0]} cut the images out of them",
                where="masks",
                fix="leave masks out: cells are then found by thresholds",
            )

    def of(self, screen: Screen, row: int) -> UInt8[np.ndarray, "h w"] | None:
        """Return the compartments of one image, or None where it has no file of nuclei.

        Args:
            screen: Whose size the masks get.
            row: Of the image.

        Raises:
            InputError: A file cannot be read, or has another shape than the images.
        """
        meta = screen.meta.iloc[row].to_dict()
        nuclei = self._mask(self.nuclei, meta, screen.size)
        if nuclei is None:
            return None
        made = np.zeros(screen.size, dtype=np.uint8)
        cells = self._mask(self.cells, meta, screen.size) if self.cells else None
        if cells is not None:
            made[cells] = CYTOPLASM
        made[nuclei] = NUCLEUS
        return made

    def _mask(
        self, pattern: str, meta: Mapping[str, Any], size: tuple[int, int]
    ) -> Bool[np.ndarray, "h w"] | None:
        path = self._path(pattern, meta)
        if path is None:
            return None
        whole = np.asarray((read_image(path) > 0).any(axis=0))
        factor = size[0] / whole.shape[0]
        if any(abs(a * factor - b) > 1 for a, b in zip(whole.shape, size, strict=True)):
            raise InputError(
                f"is {whole.shape[0]} x {whole.shape[1]}, and the images are {size[0]} x {size[1]}",
                where=path,
                fix="give masks of the images as they were read",
            )
        return _resized(whole, size)

    def _path(self, pattern: str, meta: Mapping[str, Any]) -> Path | None:
        """Return the file of an image, None where there is none."""
        well = str(meta.get("well", ""))
        for known in ({**meta, "well": well}, {**meta, "well": _SHORT.sub(r"\1\2", well)}):
            path = self.place / _filled(pattern, known)
            inside(path, (self.place,), "masks")
            if path.is_file():
                return path
        return None


def _filled(pattern: str, meta: Mapping[str, Any]) -> str:
    return _HOLE.sub(lambda hole: str(meta[hole[1]]), pattern)


def _resized(mask: Bool[np.ndarray, "a b"], size: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Return a mask of another size: a pixel is what the mask is at its centre."""
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(np.int64)
        for old, new in zip(mask.shape, size, strict=True)
    )
    return np.asarray(mask[np.ix_(rows, columns)])

"""What `phenolens prepare` writes: a pixel store, one in Zarr, or OME-Zarr plates for viewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phenolens.core.errors import InputError, nearest
from phenolens.core.progress import Progress, uncounted
from phenolens.core.screen import Screen
from phenolens.quality.records import QualityRecords
from phenolens.screens.ome_zarr import OmeZarr
from phenolens.store.new_table import replace_table
from phenolens.store.note import NOTE
from phenolens.store.ome_plates import EXPORT, write_plates
from phenolens.store.pixel_store import prepare
from phenolens.store.reading import Workers
from phenolens.store.zarr_place import is_url
from phenolens.store.zarr_store import write_zarr

ENDINGS = {"store": ".store", "zarr": ".zarr", "ome_zarr": ".plates"}
_OURS = {"store": NOTE, "zarr": "zarr.json", "ome_zarr": EXPORT}
_NOUNS = {"store": "a pixel store", "zarr": "a store in Zarr", "ome_zarr": "OME-Zarr plates"}
_FIX = "name a new folder with --out"


@dataclass(frozen=True, slots=True)
class Output:
    """What is written, and where.

    Attributes:
        place: A local folder; with `zarr` also a URL, as `s3://bucket/plate.zarr`.
        format: `store`: one array that is mapped into memory, the fastest to train from. `zarr`:
            Zarr v3, for object storage and other programs. `ome_zarr`: plates of OME-Zarr 0.5, for
            viewers.

    Raises:
        InputError: Another format, or a URL with a format that has none.
    """

    place: str | Path
    format: str = "store"

    def __post_init__(self) -> None:
        if self.format not in ENDINGS:
            what = f"unknown format '{self.format}'"
            raise InputError(what, where="--format", fix=nearest(self.format, ENDINGS))
        if self.local is None and self.format != "zarr":
            fix = "name a local folder and copy it, or choose --format zarr"
            what = f"the format {self.format} is written to a local folder"
            raise InputError(what, where=self.place, fix=fix)

    @property
    def local(self) -> Path | None:
        """The folder; None where it is a URL."""
        return None if is_url(self.place) else Path(self.place)

    def refuse_other(self) -> None:
        """Raise where something else is, before anything is computed or written.

        Raises:
            InputError: It is a file, or a folder with other files.
        """
        out, noun = self.local, _NOUNS[self.format]
        if out is None:
            return  # it is looked at when it is written
        if out.exists() and not out.is_dir():
            raise InputError("is a file, and a folder is needed", where=out, fix=_FIX)
        others = sorted(out.iterdir()) if out.is_dir() else []
        if others and not (out / _OURS[self.format]).exists():
            raise InputError(f"holds {others[0].name}, and is not {noun}", where=out, fix=_FIX)

    def replace_table(self, screen: Screen) -> str:
        """Replace the metadata of a pixel store of the same images; say so, or return nothing."""
        if self.format != "store":
            return ""
        changed = replace_table(screen, Path(self.place))
        if not changed:
            return ""
        gone = [name.removeprefix("-") for name in changed if name.startswith("-")]
        kept = [name for name in changed if not name.startswith("-")]
        lost = f"; no longer there, for the table given now lacks them: {', '.join(gone)}"
        return f"metadata replaced ({', '.join(kept)}), pixels kept{lost if gone else ''}"

    def write(
        self, screen: Screen, workers: Workers, progress: Progress = uncounted
    ) -> tuple[Screen, Sequence[str]]:
        """Write the pixels, or finish what was begun; return it opened, and what was left out.

        Raises:
            InputError: The place holds something else, the disk is too small, more than half of
                the images cannot be read, or one cannot and its layout does not leave such out.
        """
        self.refuse_other()
        if self.format == "zarr":
            store = write_zarr(screen, self.place, workers, progress)
        elif self.format == "ome_zarr":
            _, left_out = write_plates(screen, Path(self.place), workers, progress)
            return OmeZarr()(Path(self.place)), left_out
        else:
            threads, dask = workers.threads, workers.dask
            place, look = Path(self.place), QualityRecords()
            store = prepare(screen, place, threads, progress, dask=dask, look=look)
        return store, store.left_out or ()

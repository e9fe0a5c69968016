"""What a pixel store in Zarr says of itself: the attribute `phenolens` of its group."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.screen import IntensityRule, Screen
from phenolens.core.step_record import plain

KEY = "phenolens"


@dataclass(frozen=True, kw_only=True)
class ZarrNote:
    """What a store says of itself; who writes one by other means gives `format` and `channels`.

    Attributes:
        format: `pixels`.
        version: Of the format.
        channels: Names, in the order of the second axis of `pixels`.
        complete: Whether all pixels are there.
        ready: Whether the arrays are there, so that a killed process can be resumed.
        pixel_size: Micrometres per pixel.
        level: What an image shows.
        history: What was done to the pixels, one entry per step.
        rescale: The intensity rule, by which counts become [0, 1] when they are read.
        fingerprint: Of the screen; see `fingerprint`.
        unreadable: Row and reason of images that could not be read: they are zeros.
        leave_out: Images that are not in the table either, with the reason; None: an image that
            cannot be read stops the work.
    """

    format: Literal["pixels"]
    channels: tuple[str, ...]
    version: Literal[1] = 1
    complete: bool = True
    ready: bool = True
    pixel_size: float | None = None
    level: Literal["field", "cell"] = "field"
    history: tuple[dict[str, Any], ...] = ()
    rescale: dict[str, Any] | None = None
    fingerprint: str = ""
    unreadable: tuple[tuple[int, str], ...] = ()
    leave_out: tuple[str, ...] | None = None

    def attributes(self) -> dict[str, Any]:
        """Return it as the attributes of a group."""
        return {KEY: json.loads(json.dumps(plain(asdict(self))))}

    def rule(self) -> IntensityRule | None:
        """Return the intensity rule."""
        return None if self.rescale is None else construct(IntensityRule, self.rescale, "rescale")


def zarr_note_of(screen: Screen, fingerprint: str) -> ZarrNote:
    """Return what the store of a screen says, before anything is written."""
    return ZarrNote(
        format="pixels",
        channels=screen.channels,
        complete=False,
        ready=False,
        pixel_size=None if np.isnan(screen.pixel_size or 0) else screen.pixel_size,
        level=screen.level,
        history=tuple(json.loads(json.dumps(plain(screen.history)))),
        rescale=None if screen.rescale is None else asdict(screen.rescale),
        fingerprint=fingerprint,
        leave_out=screen.left_out,
    )


def read_zarr_note(attributes: Mapping[str, Any], where: str) -> ZarrNote:
    """Return what a group says.

    Raises:
        InputError: It is not the group of a store, or its attributes do not fit.
    """
    about = attributes.get(KEY)
    if not isinstance(about, Mapping):
        what = f"is a Zarr group, and not a pixel store (it has no attribute '{KEY}')"
        raise InputError(what, where=where, fix="see docs/stores.md for what one has")
    found = construct(ZarrNote, about, f"{where}: {KEY}")
    found.rule()
    return found


def zarr_differences(known: ZarrNote, note: ZarrNote) -> list[str]:
    """Return in what a store differs from the one that is asked for."""
    one, two = known.attributes()[KEY], note.attributes()[KEY]
    kept = ("complete", "ready", "unreadable")
    return [name for name in one if name not in kept and one[name] != two[name]]

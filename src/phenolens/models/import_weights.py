"""From a file of released weights to a model folder of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.files import clear_leftovers
from phenolens.core.formats.origin import sha256_of
from phenolens.core.target import refuse_detour
from phenolens.models.card import CARD, UNFINISHED, WEIGHTS, Card, is_ours
from phenolens.models.folder import PREFIX, Part, save
from phenolens.models.released import RELEASED, Released, shapes_of_released
from phenolens.networks.published import fill, select
from phenolens.networks.weights_file import read_tensors

Tensors = dict[str, Tensor]


def import_weights(path: Path, out: Path) -> Path:
    """Write released weights as a model folder; return the folder.

    The encoder's tensors get our names, a decoder or a head of classes becomes a part, and the card
    says how images are prepared as the authors did. Only tensors are read, and no code is run.

    Args:
        path: The file, as its authors released it.
        out: Folder to write: new, empty, or with a model of ours, which is replaced.

    Raises:
        InputError: The file cannot be read or is of no known architecture (says which are known,
            and how near it is to each), or the folder holds other files.
    """
    _refuse_folder(path, out)
    tensors = tensors_of(path)
    released = recognise(tensors)
    if released is None:
        raise InputError(
            f"is of no architecture that is known here. {'. '.join(nearness(tensors))}",
            where=path,
            fix="give a checkpoint of one of these, or name a timm or DINO checkpoint as `weights` "
            "in a recipe",
        )
    encoder, networks = released.build()
    ours = {str(released.ours(name)): value for name, value in tensors.items()}
    parts = {}
    for name, network in networks.items():
        prefix = f"{PREFIX}{name}."
        own = {key: ours.pop(key) for key in list(ours) if key.startswith(prefix)}
        fill(network, {key.removeprefix(prefix): value for key, value in own.items()}, path)
        table = dict(released.parts[name])
        parts[name] = Part(table.pop("name"), table, network)
    fill(encoder, ours, path)
    return save(out, _card(released, path), encoder, parts)


def tensors_of(path: Path) -> Tensors:
    """Return the tensors of a file of weights, under the names that they have in it.

    Raises:
        InputError: It cannot be read, or holds more than tensors and plain settings.
    """
    return select(read_tensors(path), "backbone", path)


def recognise(tensors: Tensors) -> Released | None:
    """Return the released architecture whose tensors these are: all of them, in name and shape."""
    for released in RELEASED:
        if _compared(released, tensors) == ([], [], []):
            return released
    return None


def released_encoder(path: Path) -> Tensors | None:
    """Return the encoder's tensors of released weights that are known, under our names.

    Args:
        path: A file of weights.

    Returns:
        None where the file is of no known architecture.

    Raises:
        InputError: The file cannot be read.
    """
    tensors = tensors_of(path)
    released = recognise(tensors)
    if released is None:
        return None
    ours = {str(released.ours(name)): value for name, value in tensors.items()}
    return {name: value for name, value in ours.items() if not name.startswith(PREFIX)}


def nearness(tensors: Tensors) -> list[str]:
    """Return one sentence per known architecture: how near a file of weights comes to it."""
    return [_near(released, tensors) for released in RELEASED]


def _near(released: Released, tensors: Tensors) -> str:
    missing, unexpected, misfits = _compared(released, tensors)
    wanted = len(shapes_of_released(released))
    what = f"{released.name} ({released.source}): {wanted - len(missing) - len(misfits)} of "
    what += f"{wanted} tensors fit"
    if misfits:
        return f"{what}; {misfits[0]}"
    if unexpected:
        return f"{what}; it has no {_short(unexpected[0])}"
    return f"{what}; lacks {_short(missing[0])}" if missing else what


def _compared(released: Released, tensors: Tensors) -> tuple[list[str], list[str], list[str]]:
    """Return what is missing, unexpected, and of another shape."""
    wanted = shapes_of_released(released)
    given: Mapping[str, str | None] = {name: released.ours(name) for name in tensors}
    known = {ours: name for name, ours in given.items() if ours in wanted}
    misfits = [
        f"{name} is {tuple(tensors[name].shape)}, not {wanted[ours]}"
        for ours, name in known.items()
        if ours is not None and tuple(tensors[name].shape) != wanted[ours]
    ]
    missing = [name for name in wanted if name not in known]
    return missing, [name for name, ours in given.items() if ours not in wanted], misfits


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}..."


def _card(released: Released, path: Path) -> Card:
    about = {"file": path.name, "sha256": sha256_of(path), "released": released.name}
    about |= {"source": released.source, "paper": released.paper, "licence": released.licence}
    classes = {"classes": list(released.classes)} if released.classes else {}
    return Card(
        encoder=dict(released.encoder),
        channels=released.channels,
        pixels=tuple(dict(step) for step in released.pixels),
        tiles=dict(released.tiles),
        provenance={**about, **classes},
    )


def _refuse_folder(path: Path, out: Path) -> None:
    """Raise InputError where the folder is a file, or holds what is not a model of ours."""
    refuse_detour(out)
    if out.exists() and not out.is_dir():
        raise InputError("is not a folder", where=out, fix="name a new folder with --out")
    if not out.is_dir():
        return
    clear_leftovers(out, below=False)
    there = {entry.name for entry in out.iterdir()}
    other = sorted(there - {CARD, WEIGHTS, UNFINISHED})
    ours = is_ours(out) or is_ours(out, UNFINISHED)
    if other or (there and not ours) or path.resolve().parent == out.resolve():
        held = other[0] if other else sorted(there)[0]
        raise InputError(
            f"holds other files, such as {held}", where=out, fix="name a new folder with --out"
        )

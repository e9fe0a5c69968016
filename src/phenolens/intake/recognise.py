"""Which layout a folder has: every layout of the catalogue is asked, and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any

from phenolens.core.errors import InputError
from phenolens.core.registry import build, catalogue
from phenolens.core.step_record import plain
from phenolens.images.contents import Contents
from phenolens.images.table import folder
from phenolens.screens.base import FileLayout, Recognised, RecognisedLayout

_SHOWN = 5  # names in a message
_PATTERN = (
    "--layout image_folder --set pattern='(?P<plate>[^/]+)/(?P<well>[A-P][0-9]+)_s(?P<site>[0-9]+)"
    "_(?P<channel>[^/]+)[.]tif'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """The layout of a folder, and what else it might be.

    Attributes:
        name: Of the layout, as in the catalogue.
        taken: What it says.
        chosen: Whether it was named, not recognised.
        others: Name -> what other layouts say that fit too, the most certain first.
    """

    name: str
    taken: Recognised
    chosen: bool
    others: Mapping[str, Recognised]

    @property
    def layout(self) -> FileLayout:
        """The layout with its settings."""
        return self.taken.layout

    def words(self) -> list[str]:
        """Return what was taken and why, then what else fits, a sentence each."""
        how = "as asked" if self.chosen else f"certainty {self.taken.certainty:.2f}"
        lines = [f"layout {self.name} ({how}): {self.taken.why}"]
        lines += [f"{key} = {value!r}" for key, value in self._changed().items()]
        lines += [
            f"also possible: {name} (certainty {found.certainty:.2f}): {found.why}; "
            f"to take it: --layout {name}"
            for name, found in self.others.items()
        ]
        return lines

    def _changed(self) -> dict[str, Any]:
        """Return the settings of the layout that are not the defaults."""
        return {
            field.name: getattr(self.layout, field.name)
            for field in fields(self.layout)  # type: ignore[arg-type]
            if getattr(self.layout, field.name) != _default(field)
        }


def recognise(root: Path, name: str = "", settings: Mapping[str, Any] | None = None) -> Recognition:
    """Return which layout a folder has.

    The most certain layout is taken; of equally certain ones, the first by name.

    Args:
        root: The folder.
        name: Of a layout to take whatever the folder looks like; what it recognises of its
            settings is kept.
        settings: Further settings of the layout, by name; they replace recognised ones.

    Raises:
        InputError: No layout fits, or the named one needs settings that are not given.
    """
    contents = Contents.of(folder(root))
    found = _asked(contents)
    if not name and not found:
        raise _unknown(contents)
    taken = name or next(iter(found))
    others = {other: what for other, what in found.items() if other != taken}
    known = found.get(taken)
    if known is None or settings:
        table = {} if known is None else _settings(known.layout)
        layout = build("screens", {"layout": taken, **table, **(settings or {})}, "layout")
        why = "its files are not recognised" if known is None else known.why
        known = Recognised(certainty=known.certainty if known else 0.0, why=why, layout=layout)
    return Recognition(name=taken, taken=known, chosen=bool(name), others=others)


def _unknown(contents: Contents) -> InputError:
    """Return the error of a folder that no layout recognises."""
    images, files = contents.images, contents.files
    shown = ", ".join((images or files)[:_SHOWN]) or "no visible file"
    if not images:
        what = f"holds no image (TIFF, PNG, JPEG) among {len(files)} files: {shown}"
        fix = "name the folder of the images; a table of treatments is given with --platemap"
        return InputError(what, where=contents.root, fix=fix)
    return InputError(
        f"no layout fits the names of its {len(images)} images, as {shown}",
        where=contents.root,
        fix=f"say where plate, well, site and channel are in a name: {_PATTERN}; or name another "
        "layout with --layout (`phenolens list screens`)",
    )


def _asked(contents: Contents) -> dict[str, Recognised]:
    """Return what every layout says that fits, by its name, the most certain first."""
    found: dict[str, Recognised] = {}
    for name, entry in catalogue("screens").items():
        layout = entry.load()
        if not hasattr(layout, "recognises"):  # a simulator, or a layout of somebody else
            continue
        asked: type[RecognisedLayout] = layout
        answer = asked.recognises(contents)
        if answer is not None:
            found[name] = answer
    return dict(sorted(found.items(), key=lambda one: (-one[1].certainty, one[0])))


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _settings(layout: FileLayout) -> dict[str, Any]:
    """Return the settings of a layout by name."""
    return {
        field.name: plain(getattr(layout, field.name))
        for field in fields(layout)  # type: ignore[arg-type]
    }

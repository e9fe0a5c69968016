"""Options of the folder of images that a command recognises."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from phenolens.core.machine import Machine
    from phenolens.intake.prepare import Planned


@dataclass(frozen=True, kw_only=True)
class FolderOptions:
    """A folder and what it does not say.

    Attributes:
        given: The folder, or its address on a server.
        layout: Its layout.
        platemap: Tables, or folders of them.
        controls: A condition.
        only: Patterns of paths on a server.
        changes: `KEY=VALUE`.
    """

    given: Annotated[
        str, typer.Argument(metavar="ROOT", help="Folder of the images; or s3://..., https://...")
    ]
    layout: Annotated[
        str, typer.Option(help="Its layout, instead of the recognised one; `phenolens list`.")
    ] = ""
    platemap: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Table of treatments, joined by plate and well, or a folder of them; several.",
        ),
    ] = None
    controls: Annotated[
        str,
        typer.Option(metavar="QUERY", help="Which wells are negative controls: \"role == 'neg'\"."),
    ] = ""
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB", help="Only these paths below an address: 'images/B1/*'; several."
        ),
    ] = None
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting of the layout: columns.concentration=Dose, names.1=DNA; several.",
        ),
    ] = None

    @property
    def name(self) -> str:
        """The last part of the path, after which a store is called."""
        from phenolens.remote.address import Address, is_address

        address = Address(self.given)
        return address.name if is_address(self.given) else Path(self.given).resolve().name

    def local(self, near: Path) -> Path:
        """Return the folder; of an address the local one next to a place, with its index files.

        Args:
            near: The store or answer that is made of it.

        Raises:
            InputError: The address cannot be opened, or --only is about a local folder.
        """
        from phenolens.core.errors import InputError
        from phenolens.remote.address import is_address
        from phenolens.remote.mirror import mirrored
        from phenolens.runs.progress import Bar

        if is_address(self.given):
            with Bar("copy index files") as bar:
                folder = near.with_name(f"{near.name}.remote")
                return mirrored(self.given, folder, self.only or (), bar, bar.words)
        if self.only:
            raise InputError("is about an address on a server", where="--only", fix="leave it out")
        return Path(self.given)

    def root(self, near: Path, settings: Machine) -> Path:
        """Return the local folder to read, for this machine.

        Raises:
            InputError: As `local`; or workers of a cluster would read from a server.
        """
        from phenolens.core.errors import InputError
        from phenolens.remote.address import is_address

        if settings.dask and is_address(self.given):
            fix = "leave out --dask: several images are fetched at a time"
            raise InputError("reads files, and not from a server", where="--dask", fix=fix)
        folder = self.local(near)
        return folder.absolute() if settings.dask else folder  # workers work in other folders

    def plan(self, root: Path, steps: str = "") -> Planned:
        """Return what is to be prepared.

        Args:
            root: The folder, as `local` returns it.
            steps: Pixel steps on the way, as text.

        Raises:
            InputError: No layout fits, the screen cannot be read as it is, or a step does not fit.
        """
        from phenolens.chains.settings import changed
        from phenolens.cli.pixel_steps import with_pixel_steps
        from phenolens.intake.prepare import plan

        log = logging.getLogger("phenolens")
        level = log.level
        log.setLevel(logging.WARNING)  # the notes are shown as flags
        try:
            settings = changed({}, self.changes or ())
            found = plan(root, self.layout, settings, self.platemap or (), self.controls)
            return with_pixel_steps(found, steps, self.controls)
        finally:
            log.setLevel(level)

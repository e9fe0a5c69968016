"""The page of a run, known by its checksums: another page in its place is made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phenolens.core.progress import Say, silent
from phenolens.core.run_folder import RunFolder
from phenolens.report.markdown import markdown_of
from phenolens.report.page import render
from phenolens.runs.manifest import damage, manifest
from phenolens.runs.record import read_record, write_record

PAGE = "page"  # its manifest, next to `files` of a finished run


def write_page(folder: RunFolder, say: Say = silent) -> Path:
    """Write the page of a finished run, and its checksums into `stages.json`; return its path.

    Args:
        folder: Of the run.
        say: Called with one line before the page is made, which may take a minute.

    Raises:
        InputError: A file of the run cannot be read.
    """
    say("make the page of the run: its map may take a minute")
    path = render(folder.root)
    record = read_record(folder)
    if record.finished:
        page = manifest(folder.root, [path, folder.report_parts])
        write_record(folder, replace(record, finished={**record.finished, PAGE: page}))
    return path


def summary(folder: RunFolder) -> str:
    """Return a finished run as Markdown, for a lab book.

    Raises:
        InputError: A file of the run cannot be read.
    """
    return markdown_of(folder.root)


def keep_page(folder: RunFolder, say: Say = silent) -> None:
    """Make the page of a finished run again where it is not the one that was written.

    Args:
        folder: Of the run.
        say: Called with one line about a page that was changed.
    """
    written = read_record(folder).finished.get(PAGE)
    wrong = damage(folder.root, written) if written else "no page yet"
    if not wrong:
        return
    if written:
        say(f"{wrong}; it will be made again")
    write_page(folder, silent if written else say)

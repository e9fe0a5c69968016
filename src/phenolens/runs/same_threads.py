"""A run goes on with as many threads as it was begun with: their number shapes the last bits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from phenolens.core.files import write_text
from phenolens.core.machine import MOST_THREADS
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.core.small_files import read_small
from phenolens.runs.record import read_record, write_record


@contextmanager
def same_threads(folder: RunFolder, say: Say) -> Iterator[None]:
    """Let torch compute with the number of threads that the run was begun with.

    The first time, the number of this process is noted in `stages.json`. Sums are split among the
    threads, so that with another number weights and embeddings differ in their last bits.

    Args:
        folder: Of the run, which is begun.
        say: Called with one line where this process has another number.
    """
    record = read_record(folder)
    if not record.threads:
        record = replace(record, threads=torch.get_num_threads())
        write_record(folder, record)
    with _threads(record.threads, say):
        yield


@contextmanager
def noted_threads(note: Path, say: Say) -> Iterator[None]:
    """Do the same for work that is not a run's: the number is noted in a file of its own.

    Args:
        note: The file; whoever finishes the work deletes it.
        say: As `same_threads`.
    """
    try:
        begun = json.loads(read_small(note))
    except (OSError, ValueError, RecursionError):
        begun = None
    if isinstance(begun, bool) or not isinstance(begun, int):
        begun = torch.get_num_threads()
        write_text(note, json.dumps(begun))
    with _threads(begun, say):
        yield


@contextmanager
def _threads(begun: int, say: Say) -> Iterator[None]:
    here = torch.get_num_threads()
    if not 0 < begun <= MOST_THREADS:  # a file of somebody else
        begun = here
    if begun != here:
        say(f"goes on with {begun} threads, as it was begun, not with {here}: for the same bits")
    torch.set_num_threads(begun)
    try:
        yield
    finally:
        torch.set_num_threads(here)

"""A run goes on with as many threads as it was begun with: their number shapes the last bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch

from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
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
    here, record = torch.get_num_threads(), read_record(folder)
    begun = record.threads or here
    if not record.threads:
        write_record(folder, replace(record, threads=here))
    elif begun != here:
        say(f"goes on with {begun} threads, as it was begun, not with {here}: for the same bits")
    torch.set_num_threads(begun)
    try:
        yield
    finally:
        torch.set_num_threads(here)

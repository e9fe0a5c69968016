"""A run goes on with as many threads of NumPy as it was begun with: they shape the last bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from phenolens.core.machine import MOST_THREADS
from phenolens.core.progress import Say
from phenolens.core.run_folder import RunFolder
from phenolens.runs.record import read_record, write_record


def blas_threads() -> int:
    """Return how many threads the products of matrices in NumPy take; 0 where that is not known."""
    np.ones((2, 2)) @ np.ones((2, 2))  # the library is loaded now
    numbers = [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]
    return max(numbers, default=0)


@contextmanager
def same_kernels(folder: RunFolder, say: Say) -> Iterator[None]:
    """Let NumPy compute with the number of threads that the run was begun with.

    The first time, the number of this process is noted in `stages.json`. Products of matrices are
    split among the threads, so that with another number profiles differ in their last bits.

    Args:
        folder: Of the run, which is begun.
        say: Called with one line where this process has another number.
    """
    here, record = blas_threads(), read_record(folder)
    begun = record.blas if 0 < record.blas <= MOST_THREADS else here
    if record.blas != begun:
        write_record(folder, replace(record, blas=begun))
    if begun == here:
        yield
        return
    with threadpool_limits(limits=begun, user_api="blas"):
        now = blas_threads()
        if now == begun:
            say(f"tables: goes on with {begun} threads, as it was begun, not with {here}")
        else:
            say(
                f"tables: begun with {begun} threads, goes on with {now}: what is computed from "
                "here on may differ in its last bits"
            )
        yield

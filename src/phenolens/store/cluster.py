"""Chunks that the workers of a Dask cluster read; the process that calls writes them, alone.

One writer is what makes a store safe: a worker that was given up as lost may still be running, and
would write into a folder that by then belongs to somebody else. A lost worker costs its chunks'
time, because the scheduler gives them to another one.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.screen import Rows
from phenolens.core.versions import version_of
from phenolens.store.on_worker import OnWorker, WorkerReply, arrived
from phenolens.store.unreadable import Piece

if TYPE_CHECKING:
    from phenolens.store.reading import Reading

LOG = logging.getLogger("phenolens")
_CONNECT, _FIRST, _LOOK, _WAIT = 10, 60, 60, 5  # seconds
_EACH = 2  # chunks under way per thread of a worker: one is read, one is on its way
_NAMED = 4  # workers in a message
_LOCALLY = "prepare without --dask"
_RESUME = "run the same command again to resume"


def on_cluster(
    address: str, reading: Reading, chunks: Mapping[int, Rows]
) -> Iterator[tuple[int, Piece]]:
    """Yield chunks with their numbers, in the order in which workers finish them.

    An image that a worker cannot read is read again here: only what this process cannot read
    either counts as unreadable. So the result is that of reading everything here.

    Args:
        address: Of the scheduler, as `tcp://10.0.0.1:8786`.
        reading: What is read.
        chunks: Number of a chunk -> its rows.

    Raises:
        InputError: No scheduler answers, it has no workers, a worker has another version of
            phenolens or does not see the files, a chunk ended its worker again and again, or an
            image cannot be read and may not be left out.
    """
    dask = import_extra("distributed", needed_by="--dask", extra="dask")
    with _client(dask, address) as client, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph")  # the table of files
        _same_version(client)
        last = max((int(rows[-1]) for rows in chunks.values()), default=0)
        work = client.submit(arrived, OnWorker.of(reading, last + 1), pure=False)
        _files_seen(dask, client, work)
        ended: dict[int, Rows] = {}  # perhaps only because they were next to one that ends workers
        yield from _read(dask, client, work, (reading, chunks), ended)
        for number, rows in ended.items():
            yield from _read(dask, client, work, (reading, {number: rows}), None)


def _read(
    dask: Any,
    client: Any,
    work: Any,
    what: tuple[Reading, Mapping[int, Rows]],
    ended: dict[int, Rows] | None,
) -> Iterator[tuple[int, Piece]]:
    """Yield chunks; those whose worker died again and again are put into `ended`, or an error."""
    reading, chunks = what
    todo = iter(chunks.items())
    running: dict[Any, int] = {}
    patience = _Patience(client)
    while True:
        most = _EACH * max(1, patience.threads())
        while len(running) < most and (job := next(todo, None)):
            number, rows = job
            rest = rows[~reading.has(rows)]
            if len(rest):
                running[client.submit(OnWorker.read, work, rest, pure=False)] = number
            else:
                yield number, reading(rows)
        if not running:
            return
        for future in _done(dask, client, running, "FIRST_COMPLETED"):
            number = running.pop(future)
            if ended is not None and isinstance(_failure(future), dask.KilledWorker):
                ended[number] = chunks[number]
                LOG.warning("a worker died several times; its images are read once more, alone")
                continue
            reply = _reply(dask, client, future, chunks[number])
            yield number, _joined(reading, chunks[number], reply)


def _joined(reading: Reading, rows: Rows, reply: WorkerReply) -> Piece:
    """Return a chunk with what this process has or reads itself."""
    rest = rows[~reading.has(rows)]
    images = reading.checked(reply.images)
    unreadable: dict[int, str] = {}
    for place in reply.failed:
        again = reading.from_files(rest[place : place + 1])
        images[place] = again.images[0]
        unreadable.update(again.unreadable)
    looks = reply.looks if len(rest) == len(rows) and not reply.failed else None
    return reading.joined(rows, Piece(images, unreadable, looks))


def _client(dask: Any, address: str) -> Any:
    try:
        return dask.Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"no Dask scheduler answers there ({error})",
            where=f"--dask {address}",
            fix=f"start one with `dask scheduler`, check the address, or {_LOCALLY}",
        ) from error


def _same_version(client: Any) -> None:
    """Raise where there are no workers, or one has another version of phenolens."""
    address = client.scheduler.address
    try:
        client.wait_for_workers(1, timeout=_FIRST)
    except TimeoutError as error:
        fix = f"start some: `dask worker {address}`"
        raise InputError("the cluster has no workers", where=address, fix=fix) from error
    own = version_of("phenolens")
    found = client.get_versions(packages=["phenolens"])["workers"]
    others = {
        name: about["packages"].get("phenolens")
        for name, about in found.items()
        if isinstance(about, Mapping) and about["packages"].get("phenolens") != own
    }
    if others:
        name, version = next(iter(others.items()))
        has = f"has phenolens {version}" if version else "does not have phenolens"
        raise InputError(
            f"worker {name} {has}, this process has {own} ({len(others)} of {len(found)} workers)",
            where=address,
            fix="install the same version on every worker",
        )


def _files_seen(dask: Any, client: Any, work: Any) -> None:
    """Raise where workers do not see the files as this process sees them; names them."""
    looks = {
        client.submit(OnWorker.look, work, workers=[name], pure=False): name
        for name in client.nthreads()
    }
    # A worker that does not answer in time is asked again with its first chunk.
    done = _done(dask, client, looks, "ALL_COMPLETED", _LOOK)
    wrong = {looks[f]: f.exception() for f in done if isinstance(f.exception(), InputError)}
    if wrong:
        names = ", ".join(list(wrong)[:_NAMED]) + (", ..." if len(wrong) > _NAMED else "")
        first = next(iter(wrong.values()))
        what = f"{len(wrong)} of {len(looks)} workers cannot be used ({names}): {first.what}"
        raise InputError(what, where=client.scheduler.address, fix=first.fix)
    failed = next((f for f in done if f.status == "error"), None)
    if failed is not None and not _is_loss(failed.exception()):
        what = f"worker {looks[failed]} cannot use this screen: {failed.exception()!r}"
        fix = f"install the same packages on every worker, or {_LOCALLY}"
        raise InputError(what, where=client.scheduler.address, fix=fix)


def _done(
    dask: Any, client: Any, futures: Collection[Any], when: str, timeout: float = _WAIT
) -> Collection[Any]:
    """Return those that have ended, well or not; none after a while."""
    try:
        with client.as_current():
            dask.wait(list(futures), timeout=timeout, return_when=when)
    except (TimeoutError, CancelledError):
        pass
    return [future for future in futures if future.done()]


def _reply(dask: Any, client: Any, future: Any, rows: Rows) -> WorkerReply:
    """Return what a worker read.

    Raises:
        InputError: It could not: names the rows, or the scheduler that was lost.
    """
    images = f"images {rows[0]} to {rows[-1]}"
    try:
        reply: WorkerReply = future.result()
    except (CancelledError, dask.client.ClosedClientError, OSError) as error:
        if isinstance(error, InputError):
            raise
        what = f"the connection to the scheduler was lost ({type(error).__name__})"
        raise InputError(what, where=client.scheduler.address, fix=_RESUME) from error
    except dask.KilledWorker as error:
        raise InputError(
            f"{images} ended their worker {error.allowed_failures + 1} times",
            where=f"worker {error.last_worker.address}",
            fix=f"read its log: it may need more memory (--memory-limit); then {_RESUME}, or "
            f"{_LOCALLY}",
        ) from error
    return reply


def _failure(future: Any) -> Any:
    return future.exception() if future.status == "error" else None


def _is_loss(error: Any) -> bool:
    return type(error).__name__ in ("KilledWorker", "NoValidWorkerError", "FutureCancelledError")


class _Patience:
    """How long a cluster may be without workers."""

    def __init__(self, client: Any) -> None:
        self._client, self._since = client, 0.0

    def threads(self) -> int:
        """Return how many threads the workers have.

        Raises:
            InputError: There have been none for a while.
        """
        try:
            found = sum(self._client.nthreads().values())
        except OSError:  # the scheduler is gone: the futures say so
            return 1
        now = time.monotonic()
        if found or not self._since:
            self._since = 0.0 if found else now
            if not found:
                LOG.warning("no worker is left; waiting %d s for others", _FIRST)
        elif now - self._since > _FIRST:
            where = self._client.scheduler.address
            fix = f"read their logs, start others, and {_RESUME}"
            raise InputError("no worker is left", where=where, fix=fix)
        return int(found)

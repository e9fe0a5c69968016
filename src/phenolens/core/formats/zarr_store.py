"""A Zarr folder whose writing has ended, one way or the other, when control comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PAUSE = 0.005  # seconds between two looks at what is still being written


@contextmanager
def whole_store(folder: Path) -> Iterator[Any]:
    """Yield a `zarr.storage.LocalStore` for a folder; nothing writes to it after the block.

    Zarr writes the parts of an array at the same time, and raises the error of the first that
    fails while the others go on: on a full disk they would fill a folder that the caller has
    deleted. This store refuses every part after the first failure, and the block ends once no
    part is being written.

    Args:
        folder: Where the store is written.

    Raises:
        OSError: A part cannot be written.
    """
    import zarr
    from zarr.storage import LocalStore

    class Store(LocalStore):
        """Counts the parts that are being written, and stops at the first failure."""

        writing = 0
        failure: BaseException | None = None

        async def _set(self, *args: Any, **kwargs: Any) -> None:
            if self.failure is not None:
                raise self.failure
            self.writing += 1  # in the one thread of zarr's loop: no lock is needed
            try:
                await super()._set(*args, **kwargs)
            except FileExistsError:  # an answer that zarr asks for
                raise
            except BaseException as error:
                self.failure = error
                raise
            finally:
                self.writing -= 1

    store = Store(folder)
    try:
        # Parts of one value too: a part that is missing was lost.
        with zarr.config.set({"array.write_empty_chunks": True}):
            yield store
    except BaseException as error:
        store.failure = error
        raise
    finally:
        while store.writing:
            time.sleep(_PAUSE)

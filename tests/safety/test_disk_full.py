"""A full disk is named in one line before pixels are written, and with room again all goes on."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from phenolens.core import space
from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.core.space import reserve, room
from phenolens.embedding.shards import Shards
from phenolens.store.pixel_store import prepare

SRC = str(Path(space.__file__).parents[2])


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def content(folder: Path) -> dict[str, str]:
    """Return the checksum of every file of a store."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_reserved_bytes_are_allocated_and_what_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"head")
    reserve(path, 1_000_000)
    assert path.stat().st_size == 1_000_000
    assert path.stat().st_blocks * 512 >= 1_000_000
    assert path.read_bytes()[:6] == b"head\0\0"
    reserve(path, 10)  # never shorter
    assert path.stat().st_size == 1_000_000


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOPNOTSUPP])
def test_zeros_are_written_where_nothing_can_be_reserved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, "not here")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    (tmp_path / "a").write_bytes(b"head")
    reserve(tmp_path / "a", 5_000_000)
    assert (tmp_path / "a").read_bytes() == b"head".ljust(5_000_000, b"\0")
    assert (tmp_path / "a").stat().st_blocks * 512 >= 5_000_000


def test_a_disk_that_is_too_small_is_named_before_any_image_is_read(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole"
    prepare(tiny_screen, whole)
    store = tmp_path / "store"
    with monkeypatch.context() as disk:
        disk.setattr(os, "posix_fallocate", full)
        with pytest.raises(InputError) as caught:
            prepare(tiny_screen, store)
    message = str(caught.value)
    assert message.startswith(
        f"{store / 'pixels.npy'}: no space left on the disk: 0.2 MB are needed"
    )
    assert "MB are free" in message
    assert "run the same command again to resume" in message
    assert (store / "pixels.npy").stat().st_size < 1000  # it takes no room from others
    prepare(tiny_screen, store)
    assert content(store) == content(whole)


def test_a_disk_that_fills_later_loses_no_finished_chunk(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network disk may promise room that it does not have."""
    from phenolens.store import filling, pixel_store

    monkeypatch.setattr(pixel_store, "CHUNK", 5)
    whole = tmp_path / "whole"
    prepare(tiny_screen, whole)
    write = filling.overwrite
    each = tiny_screen.read(np.arange(5)).nbytes
    first = filling.first_byte(whole / "pixels.npy")

    def limited(path: Path, begin: int, content: memoryview | bytes, **_: bool) -> None:
        if path.name == "pixels.npy" and begin >= first + 2 * each:  # two chunks have room
            full()
        write(path, begin, content)

    store = tmp_path / "store"
    with monkeypatch.context() as disk:
        disk.setattr(filling, "overwrite", limited)
        with pytest.raises(InputError, match=r"no space left on the disk: 0\.2 MB are needed"):
            prepare(tiny_screen, store, threads=1)
    assert np.count_nonzero(np.load(store / "done.npy")) == 2
    prepare(tiny_screen, store)
    assert content(store) == content(whole)


def test_a_shard_says_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.ones((4, 3), dtype=np.float32)
    shards = Shards(tmp_path / "parts")
    with monkeypatch.context() as disk:
        disk.setattr(np, "save", full)
        with pytest.raises(InputError, match="no space left on the disk"):
            shards.obtain(0, 4, lambda _: features)
    assert not list((tmp_path / "parts").glob("*.npy"))
    assert shards.obtain(0, 4, lambda _: features) is features


def test_a_limit_on_the_size_of_files_and_a_quota_are_named(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"files here may not be so large.*ulimit -f"),
        room(tmp_path, 10),
    ):
        raise OSError(errno.EFBIG, "")
    with pytest.raises(InputError, match="your quota may allow less"), room(tmp_path, 10):
        raise OSError(errno.EDQUOT, "")
    with pytest.raises(PermissionError), room(tmp_path, 10):
        raise PermissionError


PREPARE = """
import sys
from pathlib import Path
from phenolens.core.errors import InputError
from phenolens.screens.synthetic import Synthetic
from phenolens.store.pixel_store import prepare
screen = Synthetic(mechanisms=2, compounds=1, batches=1, sites=1, controls=2, size=256)(Path())
try:
    prepare(screen, Path(sys.argv[1]))
except InputError as error:
    sys.exit(f"error: {error}")
"""


def run(folder: Path, **limits: int) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    return subprocess.run(
        [sys.executable, "-c", PREPARE, str(folder)],
        env={**os.environ, "PYTHONPATH": SRC},
        preexec_fn=limit,  # one thread
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="a limit of Unix")
def test_a_process_that_may_not_write_so_much_ends_with_one_line(tmp_path: Path) -> None:
    stopped = run(tmp_path / "store", RLIMIT_FSIZE=300_000)
    assert stopped.returncode == 1  # by a Bus error it was -7, without a word
    assert stopped.stderr.count("\n") == 1
    assert "files here may not be so large" in stopped.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if not done or done.returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_small_disk_is_named_with_what_is_missing(small_disk: Path) -> None:
    stopped = run(small_disk / "store")
    assert stopped.returncode == 1
    assert stopped.stderr.count("\n") == 1
    assert "no space left on the disk: " in stopped.stderr
    assert "MB are free" in stopped.stderr

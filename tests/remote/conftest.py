"""A project of the Cell Painting Gallery on a server of S3, and on one that lists links."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.store.s3_server import s3_server

from phenolens.core import mirror
from phenolens.screens.cell_painting_gallery import CellPaintingGallery


@pytest.fixture(autouse=True)
def no_mirrors() -> Iterator[None]:
    """Forget what a test registered."""
    yield
    mirror._KNOWN.clear()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing between tries."""
    monkeypatch.setattr("phenolens.remote.requests.time.sleep", lambda _: None)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the project as a local folder."""
    CellPaintingGallery.fake(tmp_path / "here")
    return tmp_path / "here"


@dataclass(slots=True)
class Server:
    """A server, what was asked of it, and what it does wrong.

    Attributes:
        url: Of the project.
        asked: Paths of the requests for content.
        drops: Name of an image -> how many more requests for it end in the middle.
        resets: Name of a folder -> how many more requests for its page are reset.
        queries: Of the requests for content.
        gone: Names of images that the server cannot say anything of.
        short: Names of images whose content is shorter than was listed.
    """

    url: str
    asked: list[str] = field(default_factory=list)
    drops: dict[str, int] = field(default_factory=dict)
    resets: dict[str, int] = field(default_factory=dict)
    queries: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    short: set[str] = field(default_factory=set)


class _Handler(SimpleHTTPRequestHandler):
    server_of: Server

    def do_HEAD(self) -> None:
        if self.path.rpartition("/")[2] in self.server_of.gone:
            self.send_error(503)
            return
        super().do_HEAD()

    def end_headers(self) -> None:
        """Say of compressed files what Apache says of them."""
        if self.path.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.path = address.path
        self.server_of.queries.add(address.query)
        folder = self.path.rstrip("/").rpartition("/")[2]
        if self.server_of.resets.get(folder, 0) > 0:
            self.server_of.resets[folder] -= 1
            now = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            os.close(self.connection.detach())  # without a word: the client sees a reset
            raise ConnectionResetError
        name = self.path.rpartition("/")[2]
        if name in self.server_of.gone:
            self.send_error(503)
            return
        if name.endswith(".tiff"):
            self.server_of.asked.append(name)
            if self.server_of.drops.get(name, 0) > 0:
                self.server_of.drops[name] -= 1
                self.send_response(200)
                self.send_header("Content-Length", "9999")
                self.end_headers()
                self.wfile.write(b"II")
                self.close_connection = True
                return
            if name in self.server_of.short:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"II")
                return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Print nothing of a connection that it cut itself."""


@pytest.fixture
def web(project: Path) -> Iterator[Server]:
    """Yield a server of plain HTTP that lists links, as Apache and nginx do."""
    pytest.importorskip("aiohttp")
    known = Server("")
    handler = type("Handler", (_Handler,), {"server_of": known})
    server = _Quiet(("127.0.0.1", 0), partial(handler, directory=str(project)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def bucket(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """Yield the objects of a bucket that holds the project below `cpg/`."""
    s3fs = pytest.importorskip("s3fs")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with s3_server() as (address, objects):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        s3fs.S3FileSystem.clear_instance_cache()
        for path in project.rglob("*"):
            if path.is_file():
                objects[f"cpg/{path.relative_to(project).as_posix()}"] = path.read_bytes()
        yield objects
        s3fs.S3FileSystem.clear_instance_cache()

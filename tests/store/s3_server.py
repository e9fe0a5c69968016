"""Object storage in memory that speaks as much of S3 as reading and writing files takes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def _answer(self, status: int, content: bytes = b"", *, head: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Fri, 27 Nov 2026 00:00:00 GMT")
        self.end_headers()
        if not head:
            self.wfile.write(content)

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_PUT(self) -> None:
        self.objects[self._key] = self._body()
        self._answer(200)

    def do_HEAD(self) -> None:
        found = self.objects.get(self._key)
        self._answer(404 if found is None else 200, found or b"", head=True)

    def do_DELETE(self) -> None:
        self.objects.pop(self._key, None)
        self._answer(204)

    def do_POST(self) -> None:  # several are deleted
        for key in re.findall(r"<Key>(.*?)</Key>", self._body().decode()):
            self.objects.pop(key, None)
        self._answer(200, b"<DeleteResult></DeleteResult>")

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            self._answer(200, self._listing(query))
            return
        found = self.objects.get(self._key)
        if found is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        begin, _, end = self.headers.get("Range", "bytes=0-").partition("=")[2].partition("-")
        first = int(begin) if begin else len(found) - int(end)
        last = int(end) + 1 if begin and end else len(found)
        self._answer(206 if "Range" in self.headers else 200, found[first:last])

    def _listing(self, query: dict[str, list[str]]) -> bytes:
        prefix, split = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
        below: dict[str, None] = {}
        parts = []
        for key in sorted(k for k in self.objects if k.startswith(prefix)):
            rest = key[len(prefix) :]
            if split and split in rest:
                below[prefix + rest.partition(split)[0] + split] = None
                continue
            about = f"<Key>{escape(key)}</Key><Size>{len(self.objects[key])}</Size>"
            when = "<LastModified>2026-11-27T00:00:00.000Z</LastModified>"
            parts.append(f"<Contents>{about}{when}<ETag>0</ETag></Contents>")
        parts += [f"<CommonPrefixes><Prefix>{p}</Prefix></CommonPrefixes>" for p in below]
        head = f"<KeyCount>{len(parts)}</KeyCount><IsTruncated>false</IsTruncated>"
        return f"<ListBucketResult>{head}{''.join(parts)}</ListBucketResult>".encode()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def s3_server() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield the address of a server with one bucket of any name, and its objects."""
    objects: dict[str, bytes] = {}
    handler = type("Handler", (_Handler,), {"objects": objects})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", objects
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

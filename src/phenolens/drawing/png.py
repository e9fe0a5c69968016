"""A PNG encoder on the standard library, so that thumbnails need no image package."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from jaxtyping import UInt8

SUB, NONE = 1, 0


def encode_png(image: UInt8[np.ndarray, "h w 3"]) -> bytes:
    """Return an RGB image as the bytes of a PNG file (8 bits per channel, ISO/IEC 15948).

    Each row is predicted from its left neighbour or not at all, whichever compresses better.
    """
    height, width, _ = image.shape
    shifted = np.zeros_like(image)
    shifted[:, 1:] = image[:, :-1]
    packed = min((_pack(image - shifted, SUB), _pack(image, NONE)), key=len)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, body) for kind, body in ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    )


def data_uri(image: UInt8[np.ndarray, "h w 3"]) -> str:
    """Return an RGB image as a `data:` address for a page."""
    return "data:image/png;base64," + base64.b64encode(encode_png(image)).decode("ascii")


def _pack(image: UInt8[np.ndarray, "h w 3"], predictor: int) -> bytes:
    rows = np.full((len(image), 1 + image.shape[1] * 3), predictor, dtype=np.uint8)
    rows[:, 1:] = image.reshape(len(image), -1)
    return zlib.compress(rows.tobytes(), 9)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

"""The pixels of a PNG, for tests that look at a screenshot: 8 bits a channel, not interlaced, as browsers make it."""

from __future__ import annotations

import struct
import zlib

Pixel = tuple[int, ...]


def pixels(png: bytes) -> list[list[Pixel]]:
    """Row by row."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind = png[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, interlaced) == (8, 0)
    size = {2: 3, 6: 4}[colour]
    return _rows(zlib.decompress(chunks[b"IDAT"]), width, height, size)


def _rows(data: bytes, width: int, height: int, size: int) -> list[list[Pixel]]:
    stride = width * size
    above = bytearray(stride)
    rows = []
    for row in range(height):
        start = row * (stride + 1)
        line = bytearray(data[start + 1 : start + 1 + stride])
        _unfilter(data[start], line, above, size)
        rows.append([tuple(line[x : x + size]) for x in range(0, stride, size)])
        above = line
    return rows


def _unfilter(kind: int, line: bytearray, above: bytearray, size: int) -> None:
    for x in range(len(line)):
        left = line[x - size] if x >= size else 0
        corner = above[x - size] if x >= size else 0
        line[x] = (
            line[x] + (0, left, above[x], (left + above[x]) // 2, _paeth(left, above[x], corner))[kind]
        ) % 256


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))

"""Writing a ZIP file of any number of files with memory for none of them: the directory waits on the disk.

The library keeps an object for every file it wrote; a bundle has one for each event (APPNOTE 6.3.10, with ZIP64).
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Protocol

DATE = 1 << 5 | 1
"""1980-01-01: a bundle of the same content has the same bytes."""
UTF8, DEFLATED, NEEDED, UNIX = 1 << 11, 8, 45, 3
MODE = 0o100600 << 16
LEVEL = 6
PIECE = 1 << 20
MANY, LARGE = 0xFFFF, 0xFFFFFFFF


class Write(Protocol):
    """Adds to the file being written."""

    def __call__(self, data: bytes) -> None:
        """Write some bytes."""


class ZipTooLarge(Exception):
    """More than may be written."""


class ZipStream:
    """A ZIP file of at most so many bytes.  What is written raises ZipTooLarge."""

    def __init__(self, out: IO[bytes], most: int) -> None:
        self._out = out
        self._most = most
        self._entries: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        self._count = 0

    @contextmanager
    def file(self, name: str) -> Iterator[Write]:
        """A file, written piece by piece."""
        encoded, start = name.encode(), self._out.tell()
        self._out.write(_local(encoded, 0, 0, 0))
        began = self._out.tell()
        deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
        size = crc = 0

        def write(data: bytes) -> None:
            nonlocal size, crc
            size, crc = size + len(data), zlib.crc32(data, crc)
            self._put(deflate.compress(data))

        yield write
        self._put(deflate.flush())
        end = self._out.tell()
        self._out.seek(start)
        self._out.write(_local(encoded, crc, end - began, size))
        self._out.seek(end)
        self._entries.write(_entry(encoded, crc, end - began, size, start))
        self._count += 1

    def finish(self) -> None:
        """Write the directory."""
        start = self._out.tell()
        self._entries.seek(0)
        while piece := self._entries.read(PIECE):
            self._put(piece)
        end = self._out.tell()
        length = end - start
        places = (self._count, self._count, length, start)
        self._put(struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, UNIX << 8 | NEEDED, NEEDED, 0, 0, *places))
        self._put(struct.pack("<4sIQI", b"PK\6\7", 0, end, 1))
        few, near = min(self._count, MANY), (min(length, LARGE), min(start, LARGE))
        self._put(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, few, few, *near, 0))

    def close(self) -> None:
        """Forget the directory."""
        self._entries.close()

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        if self._out.tell() > self._most:
            raise ZipTooLarge


def _local(name: bytes, crc: int, packed: int, size: int) -> bytes:
    """What stands before a file; the sizes are told again in ZIP64, whatever they are."""
    head = (b"PK\3\4", NEEDED, UTF8, DEFLATED, 0, DATE, crc, LARGE, LARGE, len(name), 20)
    return struct.pack("<4sHHHHHIIIHH", *head) + name + struct.pack("<HHQQ", 1, 16, size, packed)


def _entry(name: bytes, crc: int, packed: int, size: int, start: int) -> bytes:
    """What the directory tells of a file."""
    head = (b"PK\1\2", UNIX << 8 | NEEDED, NEEDED, UTF8, DEFLATED, 0, DATE, crc, LARGE, LARGE, len(name), 28, 0, 0, 0)
    places = struct.pack("<HHQQQ", 1, 24, size, packed, start)
    return struct.pack("<4sHHHHHHIIIHHHHHII", *head, MODE, LARGE) + name + places

"""Writing a bundle: a ZIP whose files are listed with their SHA-256; each is written piece by piece."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from infra.audit.zipped import PIECE, Write, ZipStream, ZipTooLarge


@contextmanager
def writing(path: Path, most: int) -> Iterator[Write]:
    """A file of at most so many bytes, written beside its place and put there whole, or not at all.

    Raises ZipTooLarge.
    """
    fresh, size = _fresh(path), 0
    try:
        with fresh.open("wb") as out:

            def write(data: bytes) -> None:
                nonlocal size
                size += len(data)
                if size > most:
                    raise ZipTooLarge
                out.write(data)

            yield write
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


class BundleWriter:
    """A bundle of at most so many bytes, written beside its place; it is put there whole, or not at all.

    What is written raises ZipTooLarge.
    """

    def __init__(self, path: Path, most: int) -> None:
        self._path = path
        self._out = _fresh(path).open("wb")
        self._zip = ZipStream(self._out, most)
        self._listed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by abandon

    @contextmanager
    def file(self, name: str) -> Iterator[Write]:
        """A file, written piece by piece."""
        digest = hashlib.sha256()
        with self._zip.file(name) as out:

            def write(data: bytes) -> None:
                digest.update(data)
                out(data)

            yield write
        between = b",\n  " if self._listed.tell() else b""
        self._listed.write(between + f'{json.dumps(name, ensure_ascii=False)}: "{digest.hexdigest()}"'.encode())

    def add(self, name: str, content: str | bytes) -> None:
        """A small file."""
        with self.file(name) as write:
            write(content.encode() if isinstance(content, str) else content)

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest and put the bundle in its place."""
        with self._zip.file("manifest.json") as write:
            write(json.dumps(manifest, ensure_ascii=False, indent=1).encode()[:-2] + b',\n "files": {\n  ')
            self._listed.seek(0)
            while piece := self._listed.read(PIECE):
                write(piece)
            write(b"\n }\n}")
        self._zip.finish()
        self._out.close()
        _fresh(self._path).replace(self._path)
        self.abandon()

    def abandon(self) -> None:
        """Leave nothing behind but what was put in its place."""
        self._out.close()
        self._zip.close()
        self._listed.close()
        _fresh(self._path).unlink(missing_ok=True)


def _fresh(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")

"""Writing a bundle: a ZIP whose files are listed with their SHA-256; each is written piece by piece."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file: a bundle of the same content has the same bytes."""


class Write(Protocol):
    """Adds to the file being written."""

    def __call__(self, data: bytes) -> None:
        """Write some bytes."""


class BundleTooLarge(Exception):
    """More than may be written."""


@contextmanager
def writing(path: Path, most: int) -> Iterator[Write]:
    """A file of at most so many bytes, written beside its place and put there whole, or not at all.

    Raises BundleTooLarge.
    """
    fresh, size = path.with_name(f".{path.name}.new"), 0
    try:
        with fresh.open("wb") as out:

            def write(data: bytes) -> None:
                nonlocal size
                size += len(data)
                if size > most:
                    raise BundleTooLarge
                out.write(data)

            yield write
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


class BundleWriter:
    """A bundle of at most so many bytes, written beside its place; it is put there whole, or not at all.

    What is written raises BundleTooLarge.
    """

    def __init__(self, path: Path, most: int) -> None:
        self._path = path
        self._most = most
        self._fresh = path.with_name(f".{path.name}.new")
        self._zip = zipfile.ZipFile(self._fresh, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._files: dict[str, str] = {}

    @contextmanager
    def file(self, name: str) -> Iterator[Write]:
        """A file, written piece by piece."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as out:

            def write(data: bytes) -> None:
                digest.update(data)
                out.write(data)
                if self._zip.fp is not None and self._zip.fp.tell() > self._most:
                    raise BundleTooLarge

            yield write
        self._files[name] = digest.hexdigest()

    def add(self, name: str, text: str) -> None:
        """A small file."""
        with self.file(name) as write:
            write(text.encode())

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest and put the bundle in its place."""
        told = manifest | {"files": dict(sorted(self._files.items()))}
        with self._zip.open(zipfile.ZipInfo("manifest.json", EPOCH), "w") as out:
            out.write(json.dumps(told, ensure_ascii=False, indent=1).encode())
        self._zip.close()
        self._fresh.replace(self._path)

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._zip.close()
        self._fresh.unlink(missing_ok=True)

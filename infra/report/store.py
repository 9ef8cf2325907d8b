"""Files of reports, found by their digest; written whole, once, durably, for reading by the office."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path

from schemas.report import ReportFault


class ReportStore:
    """``<root>/<digest>.<ending>``; directories 0700, files 0600."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, content: bytes, ending: str) -> str:
        """Keep a file and give its SHA-256; the same again changes nothing.  Raises OSError."""
        return await asyncio.to_thread(self._put, content, ending)

    async def get(self, digest: str, ending: str) -> bytes:
        """A file.  Raises ReportFault where it is gone or is not what was put there."""
        path = self._path(digest, ending)
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise ReportFault("files_gone", path.name, permanent=True)
        return content

    def _path(self, digest: str, ending: str) -> Path:
        return self._root / f"{digest}.{ending}"

    def _put(self, content: bytes, ending: str) -> str:
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest, ending)
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return digest
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", dir=self._root)  # made 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        directory = os.open(self._root, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return digest

"""Evidence as files: found by its digest, encrypted under its subject's key, so that erasing a person erases it."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag

from infra.identity.subject_keys import SubjectErased, SubjectKey, SubjectKeys

PURPOSE = "evidence"


class EvidenceMissing(LookupError):
    """There is no such evidence of this subject."""


class EvidenceDamaged(Exception):
    """The stored bytes are not the ones that were put there."""


@dataclass(slots=True)
class _Put:
    """Bytes on their way to the disk, and who waits for them."""

    subject_ref: str
    key: SubjectKey
    content: bytes = field(repr=False)
    done: asyncio.Future[str]


class FileEvidenceStore:
    """``<root>/<two digits>/<subject_ref>/<digest>``; no personal data in any name, directories 0700, files 0600.

    ``fsync`` off is for tests only.
    """

    def __init__(self, root: Path, keys: SubjectKeys, *, fsync: bool = True) -> None:
        self._root = root
        self._keys = keys
        self._fsync = fsync
        self._waiting: list[_Put] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, subject_ref: str, content: bytes) -> str:
        """Store the bytes for a subject; gives their SHA-256 in hex.  Storing the same bytes again changes nothing.

        What is put while the disk is busy is written together, as databases commit together.  Raises SubjectErased,
        OSError when the disk does not take the bytes, and ValueError for a malformed pseudonym.
        """
        self._path(subject_ref, "")  # before a key is made for it
        key = (await self._keys.get_or_create((subject_ref,)))[subject_ref]
        put = _Put(subject_ref, key, content, asyncio.get_running_loop().create_future())
        self._waiting.append(put)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_waiting())
        return await put.done

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                puts, self._waiting = self._waiting, []
                try:
                    results = await asyncio.to_thread(self._write_all, puts)
                except BaseException as error:
                    for put in puts:
                        put.done.cancel(str(error))
                    raise
                for put, result in zip(puts, results, strict=True):
                    if put.done.done():
                        continue  # whoever waited for it was cancelled
                    if isinstance(result, Exception):
                        put.done.set_exception(result)
                    else:
                        put.done.set_result(result)
        finally:
            self._writing = None

    async def erase(self, subject_ref: str) -> int:
        """Remove everything of a subject for good; gives how many files that were.  Again: 0.

        A file stands where the directory was, so that a process that still holds the key can put nothing there.
        Raises OSError, and ValueError for a malformed pseudonym.
        """
        return await asyncio.to_thread(self._erase, self._path(subject_ref, ""))

    async def get(self, subject_ref: str, digest: str) -> bytes:
        """The bytes with that digest.  Raises EvidenceMissing, EvidenceDamaged or SubjectErased."""
        path = self._path(subject_ref, digest)
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise ValueError("digest 须为 64 位小写十六进制")
        try:
            sealed = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise EvidenceMissing(f"{subject_ref} 没有摘要为 {digest} 的材料") from None
        except NotADirectoryError:
            raise SubjectErased(subject_ref) from None
        key = (await self._keys.existing((subject_ref,))).get(subject_ref)
        if key is None:
            raise SubjectErased(subject_ref)
        return await asyncio.to_thread(_open, key, sealed, subject_ref, digest)

    def _path(self, subject_ref: str, digest: str) -> Path:
        if not re.fullmatch(r"s_[0-9a-f]{32}", subject_ref):
            raise ValueError("subject_ref 不合规则")
        return self._root / subject_ref[2:4] / subject_ref / digest

    def _write_all(self, puts: list[_Put]) -> list[str | Exception]:
        """Write all of them, then make the names in each directory durable once."""
        results: list[str | Exception] = []
        changed: dict[Path, None] = {}
        for put in puts:
            try:
                digest, path = self._write(put)
            except NotADirectoryError:
                results.append(SubjectErased(put.subject_ref))
            except OSError as error:
                results.append(error)
            else:
                results.append(digest)
                changed.setdefault(path.parent)
        for directory in changed:
            try:
                self._sync(directory)
            except OSError as error:
                return [error for _ in puts]
        return results

    def _write(self, put: _Put) -> tuple[str, Path]:
        digest = hashlib.sha256(put.content).hexdigest()
        path = self._path(put.subject_ref, digest)
        if path.exists():
            return digest, path
        for directory in (self._root, path.parent.parent, path.parent):
            self._make(directory)
        handle, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)  # made 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(put.key.encrypt(PURPOSE, put.content, _bound_to(put.subject_ref, digest)))
                file.flush()
                if self._fsync:
                    os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        return digest, path

    def _erase(self, place: Path) -> int:
        removed = 0
        for directory in (self._root, place.parent):
            self._make(directory)
        while True:
            try:
                for file in place.iterdir():
                    file.unlink(missing_ok=True)
                    removed += 1
                place.rmdir()
            except FileNotFoundError:
                pass
            except NotADirectoryError:
                return removed
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise
                continue  # something was put meanwhile
            with suppress(FileExistsError):
                os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            self._sync(place.parent)

    def _make(self, directory: Path) -> None:
        try:
            directory.mkdir(mode=0o700, parents=directory == self._root)
        except FileExistsError:
            return
        self._sync(directory.parent)

    def _sync(self, directory: Path) -> None:
        """Make the names in a directory durable."""
        if not self._fsync:
            return
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _bound_to(subject_ref: str, digest: str) -> bytes:
    return f"{subject_ref}/{digest}".encode()


def _open(key: SubjectKey, sealed: bytes, subject_ref: str, digest: str) -> bytes:
    try:
        content = key.decrypt(PURPOSE, sealed, _bound_to(subject_ref, digest))
    except InvalidTag:
        raise EvidenceDamaged(f"摘要为 {digest} 的材料已被改动或损坏") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise EvidenceDamaged(f"材料的内容与摘要 {digest} 不符")
    return content

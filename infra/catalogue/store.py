"""Published catalogue versions in PostgreSQL: written once, never changed, read from memory."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import asyncpg
import rfc8785

from schemas.catalogue import Catalogue
from schemas.catalogue_check import require_publishable


class VersionTaken(ValueError):
    """The version is published already, with other content; a change needs a version of its own."""


class StoredContentChanged(RuntimeError):
    """The content of a stored version does not have the digest it was published under."""


def content_of(catalogue: Catalogue) -> bytes:
    """The canonical JSON (RFC 8785) of a version: what is kept, and what its digest is of."""
    return rfc8785.dumps(catalogue.model_dump(mode="json"))


def digest_of(catalogue: Catalogue) -> str:
    """SHA-256 of the canonical content, in hexadecimal."""
    return hashlib.sha256(content_of(catalogue)).hexdigest()


async def publish(pool: asyncpg.Pool, catalogue: Catalogue) -> str:
    """Publish a version and give its digest.  Publishing the same again changes nothing.

    Raises InvalidInput for a catalogue that may not be published, VersionTaken where the version has other content.
    """
    require_publishable(catalogue)
    content = content_of(catalogue)
    digest = hashlib.sha256(content).hexdigest()
    await pool.execute(
        "INSERT INTO catalogue.version (version, digest, effective_from, content) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (version) DO NOTHING",
        catalogue.version,
        digest,
        catalogue.effective_from,
        content.decode(),
    )
    kept = await pool.fetchval("SELECT digest FROM catalogue.version WHERE version = $1", catalogue.version)
    if kept != digest:
        raise VersionTaken(f"目录版本 {catalogue.version} 已公布，内容不同（摘要 {kept}）；修改须另立版本")
    return digest


@dataclass(frozen=True)
class _Entry:
    """A row of the index of versions, without its content."""

    version: str
    effective_from: date


class StoredCatalogues:
    """Reads published versions.  The index is asked for again after ``refresh_seconds``; contents are kept for ever.

    A version is parsed once in the life of the process, for it can never change.  Where the database cannot be
    reached, nothing is answered from an old index: a case must not be pinned to a version that has been replaced.
    """

    def __init__(
        self, pool: asyncpg.Pool, refresh_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool = pool
        self._refresh_seconds = refresh_seconds
        self._clock = clock
        self._index: tuple[_Entry, ...] = ()
        self._read_at: float | None = None
        self._parsed: dict[str, tuple[Catalogue, str]] = {}
        self._lock = asyncio.Lock()

    async def in_force(self, on: date) -> tuple[Catalogue, str]:
        """The version in force on a day, and its digest: the latest effective by then, of equals the last published.

        Raises LookupError when there is none.
        """
        for entry in await self._current_index():
            if entry.effective_from <= on:
                return await self.get(entry.version)
        raise LookupError(f"{on} 没有生效的目录版本，请先公布目录")

    async def get(self, version: str) -> tuple[Catalogue, str]:
        """A version by name, and its digest.  Raises LookupError when it was never published."""
        if version not in self._parsed:
            async with self._lock:
                if version not in self._parsed:
                    self._parsed[version] = await self._read(version)
        return self._parsed[version]

    async def _current_index(self) -> tuple[_Entry, ...]:
        if self._is_stale():
            async with self._lock:
                if self._is_stale():
                    asked_at = self._clock()
                    rows = await self._pool.fetch(
                        "SELECT version, effective_from FROM catalogue.version"
                        " ORDER BY effective_from DESC, published_at DESC, version DESC"
                    )
                    self._index = tuple(_Entry(r["version"], r["effective_from"]) for r in rows)
                    self._read_at = asked_at
        return self._index

    def _is_stale(self) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= self._refresh_seconds

    async def _read(self, version: str) -> tuple[Catalogue, str]:
        row = await self._pool.fetchrow("SELECT digest, content FROM catalogue.version WHERE version = $1", version)
        if row is None:
            raise LookupError(f"没有公布过目录版本 {version}")
        content, digest = str(row["content"]), str(row["digest"])
        if hashlib.sha256(content.encode()).hexdigest() != digest:
            raise StoredContentChanged(f"目录版本 {version} 的内容与公布时的摘要不符")
        return Catalogue.model_validate_json(content), digest


class FixedCatalogue:
    """One version held in memory, for tools and tests."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._digest = digest_of(catalogue)

    async def in_force(self, on: date) -> tuple[Catalogue, str]:
        """The version and its digest.  Raises LookupError for a day before it takes effect."""
        if on < self._catalogue.effective_from:
            raise LookupError(f"{on} 没有生效的目录版本")
        return self._catalogue, self._digest

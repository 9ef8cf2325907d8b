"""A key of its own for every person and company: what is sealed with it is erased by destroying it."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Collection

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.identity.sealing_key import NONCE_BYTES, SealingKey

KEY_BYTES = 32


class SubjectErased(Exception):
    """The key of this subject was destroyed: what was sealed for it cannot be read, and nothing more is sealed."""

    def __init__(self, subject_ref: str) -> None:
        super().__init__(f"{subject_ref} 的密钥已销毁")
        self.subject_ref = subject_ref


class MasterKeyMismatch(Exception):
    """A wrapped key does not open with this master key: the wrong master key, or a changed row."""


class SubjectKey(SealingKey):
    """One subject's secret."""

    __slots__ = ()


class SubjectKeys:
    """The keys in ``identity.subject_key``, unwrapped; kept in memory for a short time.

    ``ttl_seconds`` is how long a process may still use a key after it was destroyed elsewhere.
    """

    def __init__(
        self, pool: asyncpg.Pool, master_key: bytes, *, ttl_seconds: float = 60.0, capacity: int = 10_000
    ) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError("master_key 须为 32 字节")
        self._pool = pool
        self._master = AESGCM(master_key)
        self._ttl = ttl_seconds
        self._capacity = capacity
        self._known: OrderedDict[str, tuple[float, SubjectKey]] = OrderedDict()

    async def get_or_create(self, subject_refs: Collection[str]) -> dict[str, SubjectKey]:
        """The keys of all the subjects, made where missing; at most one statement, none when all are in memory.

        Raises SubjectErased when the key of one was destroyed.
        """
        keys = self._from_memory(subject_refs)
        missing = [ref for ref in dict.fromkeys(subject_refs) if ref not in keys]
        if missing:
            candidates = [self._wrap(ref, os.urandom(KEY_BYTES)) for ref in missing]
            statement = "SELECT subject_ref, wrapped_key FROM identity.ensure_keys($1, $2)"
            for ref, wrapped in await self._pool.fetch(statement, missing, candidates):
                if wrapped is None:
                    raise SubjectErased(ref)
                keys[ref] = self._remember(ref, self._unwrap(ref, wrapped))
        return keys

    async def existing(self, subject_refs: Collection[str]) -> dict[str, SubjectKey]:
        """The keys that exist and were not destroyed, read afresh: for reading what was sealed, never making any."""
        refs = list(dict.fromkeys(subject_refs))
        if not refs:
            return {}
        statement = (
            "SELECT subject_ref, wrapped_key FROM identity.subject_key"
            " WHERE subject_ref = ANY ($1) AND wrapped_key IS NOT NULL"
        )
        return {ref: self._unwrap(ref, wrapped) for ref, wrapped in await self._pool.fetch(statement, refs)}

    async def destroy(self, subject_refs: Collection[str]) -> int:
        """Erase the subjects; gives how many had a key.  The pool must be the owner's: workers may not."""
        for ref in subject_refs:
            self._known.pop(ref, None)
        destroyed: int = await self._pool.fetchval("SELECT identity.destroy_keys($1)", list(subject_refs))
        return destroyed

    def _from_memory(self, subject_refs: Collection[str]) -> dict[str, SubjectKey]:
        now = time.monotonic()
        found: dict[str, SubjectKey] = {}
        for ref in subject_refs:
            if (entry := self._known.get(ref)) is not None and entry[0] > now:
                self._known.move_to_end(ref)
                found[ref] = entry[1]
        return found

    def _remember(self, ref: str, key: SubjectKey) -> SubjectKey:
        self._known[ref] = (time.monotonic() + self._ttl, key)
        self._known.move_to_end(ref)
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return key

    def _wrap(self, ref: str, secret: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._master.encrypt(nonce, secret, ref.encode())

    def _unwrap(self, ref: str, wrapped: bytes) -> SubjectKey:
        try:
            return SubjectKey(self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], ref.encode()))
        except (InvalidTag, ValueError):
            raise MasterKeyMismatch(f"{ref} 的密钥无法用现在的主密钥打开") from None

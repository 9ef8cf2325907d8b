"""Rows of the ledger as they were read; anything a tampered table could hold fits in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class SealedField:
    """One personal value of an event, encrypted under its subject's key."""

    path: str
    subject_ref: str
    ciphertext: bytes


@dataclass(frozen=True)
class StoredEvent:
    """One row of ``ledger.event`` with its sealed fields."""

    event_id: UUID
    stream: str
    position: int
    sequence: int
    previous_id: UUID | None
    application_no: str
    run_id: str
    chain_run_id: str
    type: str
    occurred_at: datetime
    canonical: str
    digest: bytes | None
    chain_hash: bytes | None
    recorded_at: datetime
    sealed: tuple[SealedField, ...] = ()


def genesis(stream: str) -> bytes:
    """What the chain of a stream starts from."""
    return hashlib.sha256(stream.encode()).digest()


def superseded(rows: Sequence[StoredEvent]) -> frozenset[int]:
    """Positions of the events of one stream that a later one replaced: one kept after them with no higher sequence."""
    gone: set[int] = set()
    lowest: int | None = None
    for row in sorted(rows, key=lambda r: r.position, reverse=True):
        if lowest is not None and row.sequence >= lowest:
            gone.add(row.position)
        else:
            lowest = row.sequence
    return frozenset(gone)

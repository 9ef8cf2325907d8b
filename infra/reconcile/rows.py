"""The ledger's side: the rows of streams, and whether one has the content that a history gives it."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from infra.identity.subject_keys import SubjectKey
from infra.ledger.canonical import canonical_json
from infra.ledger.rows import SealedField, StoredEvent
from infra.ledger.sealing import MARKER, UnsealableEvent, commitment_to, commitments, put_back, value_at
from infra.ledger.trail import ERASED
from infra.reconcile.history import Recorded
from schemas.reconcile import Kept
from schemas.register import PREFIX

EVENTS = """
    SELECT event_id, stream, position, sequence, previous_id, application_no, run_id, chain_run_id, type, occurred_at,
           canonical, digest, chain_hash, recorded_at
    FROM ledger.event WHERE stream = ANY ($1) ORDER BY stream, position
"""
FIELDS = (
    "SELECT event_id, path, subject_ref, ciphertext FROM ledger.sealed_field WHERE event_id = ANY ($1) ORDER BY path"
)
RECENT = """
    SELECT stream FROM ledger.event
    WHERE recorded_at > $1 AND recorded_at < $2 AND NOT starts_with(stream, $3)
    GROUP BY stream
"""
OF_CASES = """
    SELECT DISTINCT stream FROM ledger.event WHERE application_no = ANY ($1) AND NOT starts_with(stream, $2)
"""


async def rows_of(pool: asyncpg.Pool, streams: Sequence[str]) -> dict[str, list[StoredEvent]]:
    """The rows of streams, whole, in order."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        records = await connection.fetch(EVENTS, list(streams))
        sealed = await connection.fetch(FIELDS, [record["event_id"] for record in records])
    fields: dict[Any, list[SealedField]] = {}
    for event_id, *values in sealed:
        fields.setdefault(event_id, []).append(SealedField(*values))
    rows: dict[str, list[StoredEvent]] = {}
    for record in records:
        row = StoredEvent(**record, sealed=tuple(fields.get(record["event_id"], ())))
        rows.setdefault(row.stream, []).append(row)
    return rows


async def recent_streams(pool: asyncpg.Pool, after: datetime, before: datetime) -> list[str]:
    """Streams of workflows that something was appended to in between."""
    return [record["stream"] for record in await pool.fetch(RECENT, after, before, PREFIX)]


async def streams_of_cases(pool: asyncpg.Pool, cases: Sequence[str]) -> list[str]:
    """Streams of workflows under application numbers."""
    return [record["stream"] for record in await pool.fetch(OF_CASES, list(cases), PREFIX)]


async def erased_of(pool: asyncpg.Pool, subject_refs: Collection[str]) -> frozenset[str]:
    """Which of the persons were erased."""
    refs = list(set(subject_refs))
    return frozenset(record["subject_ref"] for record in await pool.fetch(ERASED, refs)) if refs else frozenset()


def kept(row: StoredEvent) -> Kept:
    """A row without its content."""
    return Kept(row.event_id, row.position, row.sequence, row.run_id, row.chain_run_id, row.recorded_at)


def difference(recorded: Recorded, row: StoredEvent, keys: Mapping[str, SubjectKey]) -> str | None:
    """Where a row says something else than the history; ``None`` where it says the same.

    A personal value is held against its commitment.  That of a person who was erased cannot be: the commitment stands
    for it.
    """
    derived = recorded.derived
    if (row.run_id, row.chain_run_id) != (derived.run_id, derived.chain_run_id):
        return "run"
    tree = copy.deepcopy(recorded.tree)
    try:
        for path, subject_ref, commitment in list(commitments(json.loads(row.canonical))):
            key = keys.get(subject_ref or "")
            if key is not None and commitment_to(key, row.event_id, path, value_at(tree, path)) != commitment:
                return path
            put_back(tree, path, {MARKER: commitment})
    except (ValueError, RecursionError, UnsealableEvent):
        return "content"
    return None if canonical_json(tree) == row.canonical else "content"

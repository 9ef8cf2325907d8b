"""The read side of the ledger: everything kept about one application, checked, and given back as events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
from pydantic import ValidationError

from infra.identity.subject_keys import SubjectKey, SubjectKeys
from infra.ledger.rows import SealedField, StoredEvent, superseded
from infra.ledger.sealing import SealBroken, commitments, open_field, put_back
from infra.ledger.verify import Finding, verify_stream
from schemas.base import MASK
from schemas.events import Event

# Whole streams, not only the rows that name the application: a row that was made to name another is missed by none.
EVENTS = """
    SELECT event_id, stream, position, sequence, previous_id, application_no, run_id, chain_run_id, type, occurred_at,
           canonical, digest, chain_hash, recorded_at
    FROM ledger.event
    WHERE stream = ANY (ARRAY (SELECT DISTINCT e.stream FROM ledger.event e WHERE e.application_no = $1))
    ORDER BY stream, position
"""
FIELDS = """
    SELECT event_id, path, subject_ref, ciphertext FROM ledger.sealed_field WHERE event_id = ANY ($1) ORDER BY path
"""

ERASED = """
    SELECT subject_ref FROM identity.subject_key
    WHERE subject_ref = ANY ($1) AND destroyed_at IS NOT NULL ORDER BY subject_ref
"""


@dataclass(frozen=True)
class TrailEntry:
    """One event of the trail.

    ``superseded``: a later branch replaced it.  ``hidden`` names the personal values that cannot be shown: their
    person was erased, or no keys were given.
    """

    row: StoredEvent
    superseded: bool
    hidden: tuple[str, ...]
    opened: Mapping[str, Any] = field(repr=False)
    """The personal values that could be opened, by path."""


@dataclass(frozen=True)
class Trail:
    """All events of one application over all its streams, in order of time, and what is wrong with them.

    ``erased`` names the persons whose sealed values nobody can open any more.
    """

    application_no: str
    entries: tuple[TrailEntry, ...]
    findings: tuple[Finding, ...]
    erased: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether every check held."""
        return not self.findings


async def read_trail(pool: asyncpg.Pool, application_no: str, *, keys: SubjectKeys | None = None) -> Trail:
    """Read and verify the trail of an application; with ``keys`` its personal values are opened.

    Nothing kept under that number gives an empty trail.  What cannot be verified is a finding, never an error.
    """
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        records = await connection.fetch(EVENTS, application_no)
        sealed = await connection.fetch(FIELDS, [record["event_id"] for record in records])
        erased = await connection.fetch(ERASED, list({row["subject_ref"] for row in sealed}))
    fields: dict[Any, list[SealedField]] = {}
    for event_id, *values in sealed:
        fields.setdefault(event_id, []).append(SealedField(*values))
    rows = [StoredEvent(**record, sealed=tuple(fields.get(record["event_id"], ()))) for record in records]
    known = await keys.existing([f.subject_ref for row in rows for f in row.sealed]) if keys else {}
    trail = trail_of(application_no, rows, known)
    return replace(trail, erased=tuple(row["subject_ref"] for row in erased))


def trail_of(application_no: str, rows: Sequence[StoredEvent], keys: Mapping[str, SubjectKey]) -> Trail:
    """The trail of an application from its rows, whole streams in any order (pure)."""
    streams: dict[str, list[StoredEvent]] = {}
    for row in sorted(rows, key=lambda r: (r.stream, r.position)):
        streams.setdefault(row.stream, []).append(row)
    findings: list[Finding] = []
    timed: list[tuple[Any, TrailEntry]] = []
    for stream, kept in streams.items():
        findings += verify_stream(stream, kept, keys)
        gone = superseded(kept)
        latest = kept[0].occurred_at
        for row in kept:
            # Inside a stream the position is the order, whatever its times say.
            latest = max(latest, row.occurred_at)
            hidden, opened = _open(row, keys)
            timed.append(((latest, stream, row.position), TrailEntry(row, row.position in gone, hidden, opened)))
    timed.sort(key=lambda pair: pair[0])
    return Trail(application_no, tuple(entry for _, entry in timed), tuple(findings))


def events_of(trail: Trail, *, with_superseded: bool = False) -> tuple[Event, ...]:
    """The events of a trail, in order, as they were appended; those that stand, or all.

    A personal value that cannot be shown is masked.  Raises ValueError for a row that is no event: a trail with
    findings need not give any.
    """
    return tuple(_event(entry) for entry in trail.entries if with_superseded or not entry.superseded)


def _open(row: StoredEvent, keys: Mapping[str, SubjectKey]) -> tuple[tuple[str, ...], dict[str, Any]]:
    try:
        committed = {path: commitment for path, _, commitment in commitments(json.loads(row.canonical))}
    except (ValueError, RecursionError):
        return (), {}
    opened: dict[str, Any] = {}
    for sealed in row.sealed:
        key = keys.get(sealed.subject_ref)
        if key is None or sealed.path not in committed:
            continue
        try:
            opened[sealed.path] = open_field(key, row.event_id, sealed, committed[sealed.path])
        except SealBroken:
            continue  # a finding says so
    return tuple(path for path in committed if path not in opened), opened


def masked_event(canonical: str) -> Event:
    """An event as anybody may read it: every personal value masked.  Raises ValueError for what is no event."""
    tree = json.loads(canonical)
    return _masked(tree, tuple(path for path, _, _ in commitments(tree)))


def shown_event(row: StoredEvent) -> Event | None:
    """The event of a row as anybody may read it; ``None`` for what is no event: findings of the trail say why."""
    try:
        return masked_event(row.canonical)
    except (ValueError, RecursionError):
        return None


def _event(entry: TrailEntry) -> Event:
    tree = json.loads(entry.row.canonical)
    for path, value in entry.opened.items():
        put_back(tree, path, value)
    return _masked(tree, entry.hidden)


def _masked(tree: Any, hidden: Sequence[str]) -> Event:
    for path in hidden:
        put_back(tree, path, MASK)
    try:
        return Event.model_validate(tree)
    except ValidationError as error:
        # A mask does not fit everywhere: where a mapping is wanted, an empty one stands for what cannot be shown.
        mappings = {str(e["loc"][-1]) for e in error.errors() if e["type"] == "dict_type"}
        for path in hidden:
            if path.rsplit(".", 1)[-1] in mappings:
                put_back(tree, path, {})
        return Event.model_validate(tree)

"""The proofs of one case, from one snapshot, and what they come to: for the door, which hands them to be checked again.

Checked with the auditor's own program (``verify``), over what the rows hold now: a row that was changed has another
leaf than the one in the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import asyncpg

from infra.audit import verify
from infra.audit.verify import Bad, Note
from infra.settings import AuditSettings
from infra.transparency import checkpoints
from infra.transparency.leaf import leaf_data
from infra.transparency.log import MerkleLog, NodeMissing
from infra.transparency.suites import Signer

ROWS = """
    SELECT e.event_id, l.index, e.stream, e.position, e.chain_hash, e.canonical
    FROM ledger.event e LEFT JOIN ledger.leaf l ON l.event_id = e.event_id
    WHERE e.stream IN (SELECT s.stream FROM ledger.event s WHERE s.application_no = $1)
    ORDER BY e.stream, e.position
"""


class Proof(StrEnum):
    """What a check of one event came to."""

    PROVED = "proved"
    NOT_PROVED = "not_proved"
    """It came after the last signed head; that is no fault."""
    BROKEN = "broken"


@dataclass(frozen=True)
class ProvedEvent:
    """An event as it stands, with what proves it; ``index`` is its leaf, if it has one yet."""

    event_id: UUID
    stream: str
    position: int
    chain_hash: bytes
    canonical: str
    index: int | None
    path: tuple[bytes, ...]
    verdict: Proof


@dataclass(frozen=True)
class Head:
    """The signed head, and what is known of it."""

    note: str
    size: int
    signature: Proof
    witnesses: tuple[str, ...]
    """Those of the settings whose cosignature holds."""


@dataclass(frozen=True)
class CaseProofs:
    """Everything about one case; without a log of one's own, or before its first head, nothing is proved."""

    head: Head | None
    events: tuple[ProvedEvent, ...]


async def case_proofs(
    pool: asyncpg.Pool, settings: AuditSettings, signer: Signer | None, application_no: str
) -> CaseProofs:
    """The events of a case with their proofs under the last head; none for a number that nothing is kept under."""
    log = await MerkleLog.open(pool, signer.name, signer.suite) if signer is not None else None
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(ROWS, application_no)
        checkpoint = await checkpoints.last(connection, log) if log is not None else None
        if log is None or signer is None or checkpoint is None:
            return CaseProofs(None, tuple(_event(row, (), Proof.NOT_PROVED) for row in rows))
        text = await checkpoints.cosigned(connection, log, checkpoint)
        covered = [row["index"] for row in rows if row["index"] is not None and row["index"] < checkpoint.size]
        try:
            paths = await log.inclusions(connection, covered, checkpoint.size)
        except NodeMissing:
            paths = {}
    head, note = _head(text, checkpoint.size, signer, settings)
    return CaseProofs(head, tuple(_judged(row, paths, log, note, checkpoint.size) for row in rows))


def _head(text: str, size: int, signer: Signer, settings: AuditSettings) -> tuple[Head, Note | None]:
    """What of a head holds; the note is ``None`` where the log's own signature does not."""
    try:
        note = verify.read_note(text)
        signed = verify.read_key(signer.verifier_key()).signs(note) is not None
    except Bad:
        return Head(text, size, Proof.BROKEN, ()), None
    if not signed or (note.origin, note.size) != (signer.name, size):
        return Head(text, size, Proof.BROKEN, ()), None
    return Head(text, size, Proof.PROVED, tuple(_witnesses(note, [w.key for w in settings.witnesses]))), note


def _witnesses(note: Note, keys: Sequence[str]) -> list[str]:
    found = []
    for encoded in keys:
        key = verify.read_key(encoded)
        try:
            if key.signs(note) is not None:
                found.append(key.name)
        except Bad:
            continue
    return found


def _judged(
    row: asyncpg.Record, paths: dict[int, list[bytes]], log: MerkleLog, note: Note | None, size: int
) -> ProvedEvent:
    index: int | None = row["index"]
    if index is None or index >= size:
        return _event(row, (), Proof.NOT_PROVED)
    path = paths.get(index)
    if note is None or path is None:
        return _event(row, tuple(path or ()), Proof.BROKEN)
    digest = log.suite.digest
    data = leaf_data(digest, row["stream"], row["position"], row["chain_hash"], row["canonical"])
    holds = verify.included(digest, index, size, verify.leaf_hash(digest, data), path, note.root)
    return _event(row, tuple(path), Proof.PROVED if holds else Proof.BROKEN)


def _event(row: asyncpg.Record, path: tuple[bytes, ...], verdict: Proof) -> ProvedEvent:
    return ProvedEvent(
        event_id=row["event_id"],
        stream=row["stream"],
        position=row["position"],
        chain_hash=row["chain_hash"] or b"",
        canonical=row["canonical"],
        index=row["index"],
        path=path,
        verdict=verdict,
    )

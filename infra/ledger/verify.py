"""Checking a stream of the ledger from its rows alone; pure, so that every attack on it can be tried in a test.

What the chain of one stream cannot show: that its newest events were cut off, that it is missing whole, or that all of
it from some point on was written anew with matching hashes.  Checkpoints kept elsewhere show that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from infra.identity.subject_keys import SubjectKey
from infra.ledger.canonical import canonical_json
from infra.ledger.rows import StoredEvent, genesis
from infra.ledger.sealing import SealBroken, commitments, open_field
from schemas.events import make_event_id


class Flaw(StrEnum):
    """What is wrong with a row."""

    POSITION = "position"
    """Positions do not run 0, 1, 2 …: rows were removed or put in."""
    UNREADABLE = "unreadable"
    """The canonical form is no JSON object."""
    NOT_CANONICAL = "not_canonical"
    """It is JSON, but not in its canonical form."""
    DIGEST = "digest"
    """The digest is missing or is not of the canonical form."""
    CHAIN = "chain"
    """The chain hash is missing or does not follow from the one before."""
    COLUMN = "column"
    """A column says something else than the canonical form."""
    EVENT_ID = "event_id"
    """The event id is not the one that follows from place and time."""
    PLACE = "place"
    """The event follows nothing that stood before it, or is there twice."""
    SEALED_MISSING = "sealed_missing"
    """An event commits to a value that is not there."""
    SEALED_EXTRA = "sealed_extra"
    """A sealed value is there that no event commits to, or for another subject."""
    SEALED_CHANGED = "sealed_changed"
    """A sealed value is not the one committed to."""


@dataclass(frozen=True)
class Finding:
    """One thing wrong with one row; ``detail`` names the place and holds no personal data."""

    stream: str
    position: int
    event_id: UUID
    flaw: Flaw
    detail: str = ""


def verify_stream(
    stream: str, rows: Sequence[StoredEvent], keys: Mapping[str, SubjectKey] | None = None
) -> tuple[Finding, ...]:
    """Everything wrong with the rows of one stream, in the order of their positions; empty when they hold.

    With ``keys`` each sealed value whose subject's key is among them is opened and held against its commitment; of a
    subject without one (erased) the commitments still count, the values cannot be checked.
    """
    findings: list[Finding] = []
    previous_hash, standing, seen = genesis(stream), list[UUID](), set[UUID]()
    for expected_position, row in enumerate(rows):

        def note(flaw: Flaw, detail: str = "", row: StoredEvent = row) -> None:
            findings.append(Finding(stream, row.position, row.event_id, flaw, detail))

        if row.position != expected_position:
            note(Flaw.POSITION, f"{expected_position} expected")
        digest = hashlib.sha256(row.canonical.encode()).digest()
        if row.digest != digest:
            note(Flaw.DIGEST)
        link = hashlib.sha256(previous_hash + (row.digest or digest)).digest()
        if row.chain_hash != link:
            note(Flaw.CHAIN)
        previous_hash = row.chain_hash or link

        if row.sequence > len(standing) or row.previous_id != (standing[row.sequence - 1] if row.sequence else None):
            note(Flaw.PLACE, f"sequence {row.sequence} after {len(standing) - 1}")
        elif row.event_id in seen:
            note(Flaw.PLACE, "kept twice")
        standing[row.sequence :] = [row.event_id]
        seen.add(row.event_id)

        tree = _parsed(row.canonical)
        if tree is None:
            note(Flaw.UNREADABLE)
            continue
        if canonical_json(tree) != row.canonical:
            note(Flaw.NOT_CANONICAL)
        for column in _disagreeing_columns(stream, row, tree):
            note(Flaw.COLUMN, column)
        if row.event_id != make_event_id(stream, row.sequence, row.previous_id, row.occurred_at):
            note(Flaw.EVENT_ID)
        for flaw, path in _sealed_flaws(row, tree, keys or {}):
            note(flaw, path)
    return tuple(findings)


def _parsed(canonical: str) -> dict[str, Any] | None:
    try:
        tree = json.loads(canonical)
        canonical_json(tree)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _disagreeing_columns(stream: str, row: StoredEvent, tree: dict[str, Any]) -> Iterator[str]:
    body = tree.get("body")
    columns = {
        "event_id": (str(row.event_id), tree.get("event_id")),
        "stream": (row.stream, tree.get("stream")),
        "application_no": (row.application_no, tree.get("application_no")),
        "sequence": (row.sequence, tree.get("sequence")),
        "previous_id": (row.previous_id and str(row.previous_id), tree.get("previous_id")),
        "occurred_at": (row.occurred_at, _time(tree.get("occurred_at"))),
        "type": (row.type, body.get("type") if isinstance(body, dict) else None),
    }
    yield from (name for name, (column, committed) in columns.items() if column != committed)
    if row.stream != stream:
        yield "stream"


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _sealed_flaws(row: StoredEvent, tree: dict[str, Any], keys: Mapping[str, SubjectKey]) -> Iterator[tuple[Flaw, str]]:
    committed = {path: (subject_ref, commitment) for path, subject_ref, commitment in commitments(tree)}
    present = {field.path for field in row.sealed}
    yield from ((Flaw.SEALED_MISSING, path) for path in committed if path not in present)
    for field in row.sealed:
        subject_ref, commitment = committed.get(field.path, (None, ""))
        if subject_ref != field.subject_ref:
            yield Flaw.SEALED_EXTRA, field.path
        elif (key := keys.get(field.subject_ref)) is not None:
            try:
                open_field(key, row.event_id, field, commitment)
            except SealBroken:
                yield Flaw.SEALED_CHANGED, field.path

"""Attacks on a kept stream, as rows (each found by the verifier) and on the database by one whom no trigger stops."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
import rfc8785

from infra.identity.subject_keys import SubjectKey, SubjectKeys
from infra.ledger.rows import SealedField, StoredEvent, genesis
from infra.ledger.sealing import personal_places, seal
from infra.ledger.trail import read_trail
from infra.ledger.verify import Flaw, verify_stream
from infra.ledger.writer import PostgresLedger
from schemas.events import Event
from schemas.ledger import AppendRequest
from tests.ledger.cases import APPLICANT, COMPANY, SPOUSE, START, attempt, link, settled, whole_case

KEYS = {ref: SubjectKey(ref.encode().ljust(32)[:32]) for ref in (APPLICANT, SPOUSE, COMPANY)}
OLD = whole_case("T-1")
EVENTS = (*OLD, *link("T-1", (attempt(1), settled(1)), after=OLD[3], at=START + timedelta(hours=1)))
STREAM = OLD[0].stream

Rows = list[StoredEvent]
Sealed = tuple[SealedField, ...]


def stored(events: tuple[Event, ...]) -> Rows:
    """The rows that an honest database holds."""
    rows: Rows = []
    chain = genesis(events[0].stream)
    for position, event in enumerate(events):
        sealed = seal(event, personal_places(event), KEYS)
        digest = hashlib.sha256(sealed.canonical.encode()).digest()
        chain = hashlib.sha256(chain + digest).digest()
        rows.append(
            StoredEvent(
                event_id=event.event_id,
                stream=event.stream,
                position=position,
                sequence=event.sequence,
                previous_id=event.previous_id,
                application_no=event.application_no,
                run_id="r",
                chain_run_id="r",
                type=event.body.type,
                occurred_at=event.occurred_at,
                canonical=sealed.canonical,
                digest=digest,
                chain_hash=chain,
                recorded_at=START,
                sealed=sealed.fields,
            )
        )
    return rows


ROWS = stored(EVENTS)


def rehashed(rows: Rows) -> Rows:
    """The attacker computes every hash again, so that only meaning can give him away."""
    chain, done = genesis(STREAM), Rows()
    for row in rows:
        digest = hashlib.sha256(row.canonical.encode()).digest()
        chain = hashlib.sha256(chain + digest).digest()
        done.append(replace(row, digest=digest, chain_hash=chain))
    return done


def with_digests(rows: Rows) -> Rows:
    return [replace(row, digest=hashlib.sha256(row.canonical.encode()).digest()) for row in rows]


def renumbered(rows: Rows) -> Rows:
    return [replace(row, position=position) for position, row in enumerate(rows)]


def at(index: int, **changes: object) -> Callable[[Rows], Rows]:
    def attack(rows: Rows) -> Rows:
        return [replace(row, **changes) if n == index else row for n, row in enumerate(rows)]  # type: ignore[arg-type]

    return attack


def rewritten(index: int, change: Callable[[dict[str, object]], object]) -> Callable[[Rows], Rows]:
    def attack(rows: Rows) -> Rows:
        tree = json.loads(rows[index].canonical)
        change(tree)
        return at(index, canonical=rfc8785.dumps(tree).decode())(rows)

    return attack


def resealed(index: int, change: Callable[[Sealed], Sealed]) -> Callable[[Rows], Rows]:
    return lambda rows: at(index, sealed=change(rows[index].sealed))(rows)


def purpose(tree: dict[str, object]) -> None:
    tree["body"]["purpose"] = "另一用途"  # type: ignore[index]


ATTACKS: dict[str, tuple[Callable[[Rows], Rows], set[Flaw]]] = {
    "edit the content": (rewritten(0, purpose), {Flaw.DIGEST}),
    "edit content and digest": (
        lambda rows: with_digests(rewritten(0, purpose)(rows)),
        {Flaw.CHAIN},
    ),
    "delete inside": (lambda rows: rows[:4] + rows[5:], {Flaw.POSITION, Flaw.CHAIN, Flaw.PLACE}),
    "delete inside and renumber": (lambda rows: renumbered(rows[:4] + rows[5:]), {Flaw.CHAIN, Flaw.PLACE}),
    "delete inside and hash again": (lambda rows: rehashed(renumbered(rows[:4] + rows[5:])), {Flaw.PLACE}),
    "delete the first": (lambda rows: rehashed(renumbered(rows[1:])), {Flaw.PLACE}),
    "reorder": (
        lambda rows: renumbered([*rows[:3], rows[4], rows[3], *rows[5:]]),
        {Flaw.CHAIN, Flaw.PLACE},
    ),
    "put one in twice": (lambda rows: renumbered([*rows[:3], rows[2], *rows[3:]]), {Flaw.CHAIN, Flaw.PLACE}),
    "null the digest": (at(3, digest=None), {Flaw.DIGEST}),
    "null the chain hash": (at(3, chain_hash=None), {Flaw.CHAIN}),
    "null the last chain hash": (at(len(ROWS) - 1, chain_hash=None), {Flaw.CHAIN}),
    "another type in the column": (at(3, type="application_withdrawn"), {Flaw.COLUMN}),
    "another time in the column": (at(3, occurred_at=START), {Flaw.COLUMN, Flaw.EVENT_ID}),
    "another application in the column": (at(3, application_no="T-2"), {Flaw.COLUMN}),
    "another sequence in the column": (at(8, sequence=7), {Flaw.COLUMN, Flaw.EVENT_ID, Flaw.PLACE}),
    "another stream in the column": (at(3, stream="application/T-2"), {Flaw.COLUMN}),
    "another id": (at(10, event_id=UUID(int=7)), {Flaw.COLUMN, Flaw.EVENT_ID}),
    "move an event in time": (
        lambda rows: rehashed(
            at(10, occurred_at=START)(rewritten(10, lambda t: t.update(occurred_at="2025-11-24T01:30:00Z"))(rows))
        ),
        {Flaw.EVENT_ID},
    ),
    "no JSON": (lambda rows: rehashed(at(3, canonical="{")(rows)), {Flaw.UNREADABLE}),
    "no object": (lambda rows: rehashed(at(3, canonical="[]")(rows)), {Flaw.UNREADABLE}),
    "a number JSON does not have": (lambda rows: rehashed(at(3, canonical='{"a":NaN}')(rows)), {Flaw.UNREADABLE}),
    "another notation": (
        lambda rows: rehashed(at(3, canonical=json.dumps(json.loads(rows[3].canonical)))(rows)),
        {Flaw.NOT_CANONICAL},
    ),
    "a name twice": (
        lambda rows: rehashed(at(3, canonical=f'{{"actor":1,{rows[3].canonical[1:]}')(rows)),
        {Flaw.NOT_CANONICAL},
    ),
    "take a sealed value away": (resealed(1, lambda fields: fields[1:]), {Flaw.SEALED_MISSING}),
    "exchange sealed values": (
        resealed(1, lambda f: (*(replace(f[n], ciphertext=f[1 - n].ciphertext) for n in (0, 1)), *f[2:])),
        {Flaw.SEALED_CHANGED},
    ),
    "give a sealed value to another person": (
        resealed(1, lambda f: (replace(f[0], subject_ref=SPOUSE), *f[1:])),
        {Flaw.SEALED_EXTRA},
    ),
    "add a sealed value": (
        resealed(0, lambda f: (*f, SealedField("body.purpose", APPLICANT, b"x" * 40))),
        {Flaw.SEALED_EXTRA},
    ),
    "unmask in the content": (
        lambda rows: rehashed(rewritten(1, lambda t: t["body"]["parties"][0].update(name="测试陈某乙"))(rows)),  # type: ignore[index]
        {Flaw.SEALED_EXTRA},
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_found(name: str) -> None:
    attack, flaws = ATTACKS[name]
    attacked = attack(list(ROWS))
    assert attacked != ROWS
    assert {finding.flaw for finding in verify_stream(STREAM, attacked, KEYS)} == flaws


def test_honest_rows_hold_with_and_without_keys() -> None:
    assert verify_stream(STREAM, ROWS, KEYS) == ()
    assert verify_stream(STREAM, ROWS) == ()
    assert verify_stream(STREAM, [], KEYS) == ()


def test_what_a_chain_alone_cannot_show() -> None:
    """Said in the module, and the reason for checkpoints: whoever keeps one finds these too."""
    assert verify_stream(STREAM, ROWS[:-1], KEYS) == ()
    assert verify_stream(STREAM, rehashed(rewritten(0, purpose)(list(ROWS))), KEYS) == ()


SUPERUSER_ATTACKS = {
    "edit": ("UPDATE ledger.event SET canonical = replace(canonical, '陶瓷', '白瓷') WHERE position = 1", Flaw.DIGEST),
    "delete inside": ("DELETE FROM ledger.event WHERE position = 4", Flaw.POSITION),
    "reorder": (
        "UPDATE ledger.event SET position = -position - 1 WHERE position IN (5, 6);"
        "UPDATE ledger.event SET position = CASE position WHEN -6 THEN 6 ELSE 5 END WHERE position < 0",
        Flaw.PLACE,
    ),
    "null a hash": (
        "ALTER TABLE ledger.event ALTER chain_hash DROP NOT NULL; UPDATE ledger.event SET chain_hash = NULL"
        " WHERE position = 3",
        Flaw.CHAIN,
    ),
    "lend to another case": (
        "UPDATE ledger.event SET application_no = 'T-9' WHERE position = 4",
        Flaw.COLUMN,
    ),
    "exchange people": (
        "UPDATE ledger.sealed_field SET subject_ref = 's_' || repeat('b2', 16)"
        " WHERE path = 'body.outcome.evidence.identifier'",
        Flaw.SEALED_EXTRA,
    ),
    "exchange values": (
        "UPDATE ledger.sealed_field f SET ciphertext = o.ciphertext FROM ledger.sealed_field o"
        " WHERE f.path = 'body.parties.0.name' AND o.path = 'body.parties.1.name'",
        Flaw.SEALED_CHANGED,
    ),
    "lose values": ("DELETE FROM ledger.sealed_field WHERE path LIKE '%name'", Flaw.SEALED_MISSING),
}


@pytest.mark.parametrize("name", SUPERUSER_ATTACKS)
async def test_attack_on_the_database_is_found(
    ledger: PostgresLedger, database: asyncpg.Pool, admin: asyncpg.Pool, keys: SubjectKeys, name: str
) -> None:
    statements, flaw = SUPERUSER_ATTACKS[name]
    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=OLD))
    assert (await read_trail(database, "T-1", keys=keys)).sound
    async with admin.acquire() as connection:
        for table in ("event", "sealed_field"):
            await connection.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER ALL")
        await connection.execute("ALTER TABLE ledger.event DROP CONSTRAINT event_position_check")
        await connection.execute(statements)
    trail = await read_trail(database, "T-1", keys=keys)
    assert flaw in {finding.flaw for finding in trail.findings}

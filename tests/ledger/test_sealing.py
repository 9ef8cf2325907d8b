"""Personal values: never in the open, and gone for good when their key is destroyed, with every proof left."""

from __future__ import annotations

import json

import asyncpg
import pytest
from pydantic import Field

from infra.identity.subject_keys import SubjectErased, SubjectKey, SubjectKeys
from infra.ledger.rows import SealedField
from infra.ledger.sealing import SealBroken, UnsealableEvent, commitments, open_field, personal_places, seal
from infra.ledger.trail import events_of, read_trail
from infra.ledger.writer import PostgresLedger
from schemas.base import MASK, Model, Personal
from schemas.case import fold
from schemas.events import ApplicationAdmitted, AttemptMade, Event
from schemas.ledger import AppendRequest, LedgerRefusal
from tests.ledger.cases import APPLICANT, COMPANY, PERSONAL_TEXTS, SPOUSE, whole_case

KEYS = {ref: SubjectKey(ref.encode().ljust(32)[:32]) for ref in (APPLICANT, SPOUSE, COMPANY)}
EVENTS = whole_case("T-1")


def request(events: tuple[Event, ...] = EVENTS) -> AppendRequest:
    return AppendRequest(run_id="r", chain_run_id="r", events=events)


async def dump(admin: asyncpg.Pool) -> str:
    """Every row of every table, as text; bytes also read as text, in case something was only stored as such."""
    text: list[str] = []
    tables = await admin.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname IN ('ledger', 'identity', 'catalogue', 'migration', 'public')"
    )
    for (table,) in tables:
        for row in await admin.fetch(f"SELECT * FROM {table}"):
            text.extend(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in row.values())
    return "\n".join(text)


async def test_no_personal_value_stands_in_the_open(ledger: PostgresLedger, admin: asyncpg.Pool) -> None:
    plain = "\n".join(event.model_dump_json() for event in EVENTS)
    await ledger.append(request())
    kept = await dump(admin)
    assert "陶瓷市场准入" in kept, "what is not personal is readable"
    for text in PERSONAL_TEXTS:
        assert text in plain
        assert text not in kept
        assert json.dumps(text)[1:-1] not in kept


async def test_erasing_a_person_leaves_every_proof(
    ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys, owner_keys: SubjectKeys
) -> None:
    await ledger.append(request())
    before = await read_trail(database, "T-1", keys=keys)
    assert events_of(before) == EVENTS
    assert not any(entry.hidden for entry in before.entries)
    assert await owner_keys.destroy([APPLICANT]) == 1

    after = await read_trail(database, "T-1", keys=keys)
    assert after.sound
    assert [e.row for e in after.entries] == [e.row for e in before.entries]
    assert APPLICANT not in repr(after.entries[1].opened)
    events = events_of(after)
    admitted, attempt = events[1].body, events[2].body
    assert isinstance(admitted, ApplicationAdmitted)
    assert isinstance(attempt, AttemptMade)
    applicant, spouse, _ = admitted.parties
    assert (applicant.name, applicant.id_number, applicant.facts) == (MASK, MASK, {})
    assert (spouse.name, spouse.facts["children"]) == ("测试林某", 2)
    assert attempt.outcome.evidence is not None
    assert attempt.outcome.evidence.identifier == MASK
    assert "body.parties.0.name" in after.entries[1].hidden
    assert "测试陈某" not in repr(events) + repr(after)
    assert fold(events) == fold(EVENTS), "the state needs no personal values"


async def test_nothing_more_is_recorded_of_an_erased_person(
    ledger: PostgresLedger, database: asyncpg.Pool, owner_keys: SubjectKeys
) -> None:
    await ledger.append(request(EVENTS[:2]))
    await owner_keys.destroy([SPOUSE])
    fresh = PostgresLedger(database, SubjectKeys(database, bytes(range(32))))
    with pytest.raises(LedgerRefusal, match=SPOUSE):
        await fresh.append(request(whole_case("T-2")))
    with pytest.raises(SubjectErased):
        await SubjectKeys(database, bytes(range(32))).get_or_create([SPOUSE])
    with pytest.raises(LedgerRefusal, match="已被清除"):
        await ledger.append(request(whole_case("T-3")))  # it has the key in memory still
    assert (await ledger.append(request(EVENTS[:2]))).sequence == 1, "what was kept before is known by a retry"
    assert await database.fetchval("SELECT count(*) FROM ledger.event") == 2


async def test_without_keys_a_trail_verifies_and_folds(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    await ledger.append(request())
    trail = await read_trail(database, "T-1")
    assert trail.sound
    assert fold(events_of(trail)) == fold(EVENTS)
    assert not any(text in repr(trail) + repr(events_of(trail)) for text in PERSONAL_TEXTS[:-1])


async def test_a_trail_shows_nobody_in_its_representation(
    ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys
) -> None:
    await ledger.append(request())
    trail = await read_trail(database, "T-1", keys=keys)
    assert trail.entries[1].opened["body.parties.0.name"] == "测试陈某"
    assert not any(text in repr(trail) for text in PERSONAL_TEXTS[:-1])


def test_commitments_are_the_same_each_time_and_differ_by_place() -> None:
    admitted = EVENTS[1]
    places = personal_places(admitted)
    first, second = seal(admitted, places, KEYS), seal(admitted, places, KEYS)
    assert first.canonical == second.canonical
    assert {f.ciphertext for f in first.fields}.isdisjoint({f.ciphertext for f in second.fields})
    found = list(commitments(json.loads(first.canonical)))
    assert [(path, ref) for path, ref, _ in found] == sorted(places, key=lambda p: [x[0] for x in found].index(p[0]))
    assert len({commitment for *_, commitment in found}) == len(places) == 9, "equal facts, different commitments"


def test_a_sealed_value_opens_only_where_it_was_sealed() -> None:
    admitted = EVENTS[1]
    sealed = seal(admitted, personal_places(admitted), KEYS)
    by_path = {path: commitment for path, _, commitment in commitments(json.loads(sealed.canonical))}
    name, number = (next(f for f in sealed.fields if f.path == f"body.parties.0.{n}") for n in ("name", "id_number"))
    key, commitment = KEYS[APPLICANT], by_path[name.path]
    assert open_field(key, admitted.event_id, name, commitment) == "测试陈某"
    moved = SealedField(name.path, name.subject_ref, number.ciphertext)
    for args in (
        (key, EVENTS[2].event_id, name, commitment),
        (key, admitted.event_id, moved, commitment),
        (key, admitted.event_id, SealedField(name.path, APPLICANT, b"short"), commitment),
        (key, admitted.event_id, name, by_path[number.path]),
        (KEYS[SPOUSE], admitted.event_id, name, commitment),
    ):
        with pytest.raises(SealBroken):
            open_field(*args)


def test_a_personal_value_of_nobody_is_a_defect() -> None:
    class Nobody(Model):
        type: str = "nobody"
        name: Personal[str] = Field(default="测试陈某")

    event = EVENTS[0].model_copy(update={"body": Nobody()})
    with pytest.raises(UnsealableEvent, match=r"nobody: personal value body\.name"):
        personal_places(event)


def test_a_place_that_is_not_there_is_a_defect() -> None:
    for path in ("body.parties.7.name", "body.nothing", "body.item_code.x", "body.party_ids.x"):
        with pytest.raises(UnsealableEvent):
            seal(EVENTS[0], ((path, APPLICANT),), KEYS)


def test_keys_do_not_show_themselves() -> None:
    assert repr(KEYS[APPLICANT]) == "SubjectKey(＊＊＊)"

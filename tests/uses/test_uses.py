"""What of a person was used, by whom, when: everything of this person, and nothing of anybody else."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from infra.identity.access_record import AccessRecord, Entry
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed, sequencer
from infra.ledger.trail import read_trail
from infra.ledger.writer import PostgresLedger
from infra.uses import read
from infra.uses.projection import NAME, apply, rebuild
from infra.uses.read import SubjectUse
from infra.worklist.listed import BadCursor, cursor_of
from schemas.application import Actor
from schemas.authority import Action, Answer, Principal, Role
from schemas.codes import ActorKind
from schemas.ledger import AppendRequest
from tests.ledger.cases import (
    APPLICANT,
    COMPANY,
    MASTER_KEY,
    SPOUSE,
    START,
    SYSTEM,
    admitted,
    attempt,
    link,
    received,
    whole_case,
)

AUDITOR = Principal(principal_id="a-1", roles=(Role.AUDITOR,))
CLERK = Principal(principal_id="c-1", roles=(Role.CLERK,), department="11350526MB0000002F")
STRANGER = "s_" + "d4" * 16
EVERY = (Action.TRAIL, Action.EXPLAIN, Action.EXPORT, Action.DECODE, Action.UNMASK, Action.SEARCH)


@pytest.fixture
def ledger(database: asyncpg.Pool) -> PostgresLedger:
    return PostgresLedger(database, SubjectKeys(database, MASTER_KEY))


async def take(pool: asyncpg.Pool, limit: int = 500) -> None:
    await sequencer.sequence(pool)
    async with pool.acquire() as connection:
        while await feed.advance(connection, NAME, apply, limit):
            pass


async def of(pool: asyncpg.Pool, subject_ref: str) -> list[SubjectUse]:
    found, _ = await read.uses_of(pool, subject_ref, None, 500)
    return list(found)


async def case(ledger: PostgresLedger, number: str, person: str = APPLICANT, at: datetime = START) -> None:
    """A case like all others, of another person."""
    told = [event.model_dump_json().replace(APPLICANT, person) for event in whole_case(number, at)]
    events = tuple(type(e).model_validate_json(t) for e, t in zip(whole_case(number, at), told, strict=True))
    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=events))


async def test_everything_of_this_person_and_of_nobody_else(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    await case(ledger, "A-1")
    await case(ledger, "A-2", at=START + timedelta(days=1))
    await case(ledger, "B-1", STRANGER)
    async with AccessRecord(database, ledger, "gateway") as record:
        for action in EVERY:
            await record.written(Entry(action, Answer.GRANTED, "", AUDITOR, "A-1", reason="核对信访件"))
        await record.written(Entry(Action.SEARCH, Answer.GRANTED, "", CLERK, cases=("A-2", "B-1")))
        await record.written(Entry(Action.ACCESS_RECORD, Answer.GRANTED, "", AUDITOR, subject_ref=APPLICANT))
        await record.written(Entry(Action.TRAIL, Answer.HIDDEN, "not_found", CLERK, "A-1"))
        await record.written(Entry(Action.READ, Answer.GRANTED, "", CLERK, "A-1"))
    await take(database)
    mine = await of(database, APPLICANT)
    expected: dict[tuple[str | None, str], int] = {
        ("A-1", "taken_in"): 1, ("A-1", "lookup"): 3, ("A-1", "evidence_used"): 3,
        ("A-2", "taken_in"): 1, ("A-2", "lookup"): 3, ("A-2", "evidence_used"): 3,
        **{("A-1", action.value): 1 for action in EVERY},
        ("A-2", "search"): 1, (None, "access_record"): 1,
    }  # fmt: skip
    assert Counter((use.application_no, use.kind) for use in mine) == expected
    assert [use.position for use in mine] == sorted((use.position for use in mine), reverse=True)
    lookup = next(use for use in mine if use.kind == "lookup")
    assert (lookup.purpose, lookup.operator, lookup.operator_department) == (
        "办理陶瓷市场准入登记", SYSTEM.actor_id, SYSTEM.department,
    )  # fmt: skip
    assert lookup.told["platform"] == "elicence_provincial"
    looked = next(use for use in mine if use.kind == "unmask")
    assert (looked.who, looked.told["reason"], looked.purpose) == ("a-1", "核对信访件", "办理陶瓷市场准入登记")
    theirs = await of(database, STRANGER)
    assert {use.application_no for use in theirs} == {"B-1"}
    assert Counter(use.kind for use in theirs)["search"] == 1
    # Those whose data nobody looked up were taken in, and are seen where their case is.
    assert {u.kind for u in await of(database, SPOUSE)} == {"taken_in", *(a.value for a in EVERY)}
    assert not await of(database, "s_" + "0" * 32)


async def test_somebody_in_two_roles_is_used_once(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    body = admitted()
    twice = body.model_copy(
        update={"parties": tuple(p.model_copy(update={"subject_ref": APPLICANT}) for p in body.parties)}
    )
    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=link("A-1", [received(), twice])))
    async with AccessRecord(database, ledger, "codec") as record:
        await record.written(Entry(Action.DECODE, Answer.GRANTED, "", AUDITOR, "A-1"))
    await take(database)
    assert [use.kind for use in await of(database, APPLICANT)] == ["decode", "taken_in"]


async def test_a_look_before_the_case_is_known_counts_and_a_reset_takes_nothing_back(
    ledger: PostgresLedger, database: asyncpg.Pool
) -> None:
    async with AccessRecord(database, ledger, "cli") as record:
        await record.written(Entry(Action.TRAIL, Answer.GRANTED, "", AUDITOR, "A-1"))
    first = link("A-1", [received(), admitted(), attempt(0), attempt(1)])
    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=first))
    again = link("A-1", [attempt(2)], after=first[1], at=START + timedelta(hours=1))
    await ledger.append(AppendRequest(run_id="r2", chain_run_id="r", events=again))
    await take(database)
    assert Counter(use.kind for use in await of(database, APPLICANT)) == {"trail": 1, "taken_in": 1, "lookup": 3}


async def test_it_is_the_same_in_whatever_portions_and_when_built_anew(
    ledger: PostgresLedger, database: asyncpg.Pool
) -> None:
    chance = random.Random(5)
    async with AccessRecord(database, ledger, "gateway") as record:
        for n in range(12):
            await case(ledger, f"A-{n}", chance.choice((APPLICANT, STRANGER)))
            await record.written(Entry(Action.TRAIL, Answer.GRANTED, "", AUDITOR, f"A-{chance.randrange(12)}"))
            if chance.random() < 0.5:
                await take(database, chance.randint(1, 7))
    await take(database)
    before = {ref: await of(database, ref) for ref in (APPLICANT, STRANGER, COMPANY)}
    assert await rebuild(database) == await feed.head(database) + 1
    assert {ref: await of(database, ref) for ref in before} == before
    assert all(before.values())


async def test_pages_hold_everything_once(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    for n in range(4):
        await case(ledger, f"A-{n}")
    await take(database)
    cursor: str | None = None
    seen: list[SubjectUse] = []
    while True:
        page, cursor = await read.uses_of(database, APPLICANT, cursor, 5)
        seen += page
        if cursor is None:
            break
    assert seen == await of(database, APPLICANT) and len(seen) == 28
    for bad in ("", "x", "WzEsMl0", cursor_of("uses", ["-1", "0"]), cursor_of("uses", ["9" * 30, "0"])):
        with pytest.raises(BadCursor):
            await read.uses_of(database, APPLICANT, bad, 5)


async def test_looks_do_not_stand_in_the_trail_of_the_case(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    await case(ledger, "A-1")
    async with AccessRecord(database, ledger, "gateway") as record:
        for _ in range(3):
            await record.written(Entry(Action.TRAIL, Answer.GRANTED, "", AUDITOR, "A-1"))
    assert len((await read_trail(database, "A-1")).entries) == 9
    [number] = {
        row["application_no"]
        for row in await database.fetch("SELECT application_no FROM ledger.event WHERE type = 'looks_recorded'")
    }
    day = await read_trail(database, number)
    assert day.sound and len(day.entries) == 3


async def test_many_looks_at_once_are_one_event_with_all_of_them(
    ledger: PostgresLedger, database: asyncpg.Pool
) -> None:
    async with AccessRecord(database, ledger, "gateway") as record:
        for n in range(1000):
            await record.note(Entry(Action.EXPLAIN, Answer.GRANTED, "", CLERK, f"A-{n}"))
    rows = await database.fetch("SELECT canonical FROM ledger.event WHERE type = 'looks_recorded'")
    assert len(rows) <= 4
    ids = [row["entry_id"] for row in await database.fetch("SELECT entry_id FROM access.entry")]
    told = "".join(row["canonical"] for row in rows)
    assert len(ids) == 1000 and all(str(each) in told for each in ids), "the event has every look of its rows"


async def test_a_ledger_that_is_away_keeps_the_answer_back(database: asyncpg.Pool) -> None:
    class Away(PostgresLedger):
        async def append(self, request: AppendRequest) -> Any:
            raise ConnectionRefusedError

    from infra.identity.access_record import RecordUnavailable

    away = Away(database, SubjectKeys(database, MASTER_KEY))
    async with AccessRecord(database, away, "gateway", must_seconds=0.1, close_seconds=0.05) as record:
        with pytest.raises(RecordUnavailable):
            await record.written(Entry(Action.TRAIL, Answer.GRANTED, "", AUDITOR, "A-1"))
    assert not await database.fetchval("SELECT count(*) FROM access.entry WHERE kind = 'request'")


async def test_a_row_that_is_no_event_any_more_stops_nothing(
    ledger: PostgresLedger, database: asyncpg.Pool, admin: asyncpg.Pool
) -> None:
    await case(ledger, "A-1")
    await admin.execute("ALTER TABLE ledger.event DISABLE TRIGGER append_only")
    await admin.execute("UPDATE ledger.event SET canonical = '[1' WHERE sequence = 2")
    await take(database)
    assert Counter(use.kind for use in await of(database, APPLICANT))["lookup"] == 2


def test_an_actor_of_the_register_is_the_door() -> None:
    from uuid import uuid4

    from infra.identity.access_record import looks_event

    look = Entry(Action.TRAIL, Answer.GRANTED, "", AUDITOR, "A-1").look()
    assert look is not None
    event = looks_event("codec", uuid4(), [look], START)
    assert event.actor == Actor(kind=ActorKind.SYSTEM, actor_id="codec")
    assert event.application_no == "R-20251124"

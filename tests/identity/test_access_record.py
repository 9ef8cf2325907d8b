"""The access record: batched, bounded, complete at a clean end, and first where it must be."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from stdnum.cn import ric
from structlog.testing import capture_logs

from infra.identity.access_record import AccessRecord, Entry, RecordUnavailable
from infra.identity.harvesting import HarvestWatch
from infra.identity.noting import Noting
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.settings import HarvestSettings
from schemas.authority import Action, Answer, Principal, Role, Verdict, decide
from schemas.base import MASK
from tests.ledger.cases import MASTER_KEY

PERSON = "35052619900101001" + ric.calc_check_digit("35052619900101001?")
CLERK = Principal(principal_id="c-1", roles=(Role.CLERK, Role.TOWNSHIP), department="11350526MB0000002F")
AUDITOR = Principal(principal_id="a-1", roles=(Role.AUDITOR,))
GRANTED = Verdict(answer=Answer.GRANTED)


class Gate:
    """A database that can be shut: what is asked meanwhile fails as when it is down."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.shut = False
        self.statements = 0

    async def execute(self, *arguments: Any) -> None:
        self.statements += 1
        if self.shut:
            raise ConnectionRefusedError
        await self.pool.execute(*arguments)


def book(pool: asyncpg.Pool) -> PostgresLedger:
    return PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY))


def read(number: int) -> Entry:
    return Entry(Action.READ, Answer.GRANTED, "", CLERK, f"A-{number}")


async def rows(owner: asyncpg.Pool, kind: str = "request") -> list[asyncpg.Record]:
    found: list[asyncpg.Record] = await owner.fetch("SELECT * FROM access.entry WHERE kind = $1 ORDER BY at", kind)
    return found


async def test_everything_noted_is_there_after_a_clean_end(database: asyncpg.Pool, owner: asyncpg.Pool) -> None:
    gate: Any = Gate(database)
    async with AccessRecord(gate, book(database), "gateway") as record:
        for number in range(2000):
            await record.note(read(number))
    kept = await rows(owner)
    assert [row["application_no"] for row in kept] == [f"A-{number}" for number in range(2000)]
    assert gate.statements <= 10, "in batches"
    first = kept[0]
    assert (first["principal_id"], first["roles"], first["department"]) == ("c-1", "clerk township", CLERK.department)
    assert (first["action"], first["verdict"]) == ("read", "granted")


async def test_a_database_that_comes_back_gets_everything(database: asyncpg.Pool, owner: asyncpg.Pool) -> None:
    gate: Any = Gate(database)
    gate.shut = True
    async with AccessRecord(gate, book(database), "gateway") as record:
        for number in range(5):
            await record.note(read(number))
        while gate.statements < 2:
            await asyncio.sleep(0.01)
        gate.shut = False
    assert len(await rows(owner)) == 5


async def test_what_must_be_written_is_there_before_the_answer(database: asyncpg.Pool, owner: asyncpg.Pool) -> None:
    async with AccessRecord(database, book(database), "gateway") as record:
        await record.written(Entry(Action.TRAIL, Answer.GRANTED, "", AUDITOR, "A-1"))
        assert [row["action"] for row in await rows(owner)] == ["trail"]


async def test_what_cannot_be_written_is_not_answered(database: asyncpg.Pool) -> None:
    gate: Any = Gate(database)
    gate.shut = True
    async with AccessRecord(gate, book(database), "gateway", must_seconds=0.05, close_seconds=0.05) as record:
        note = Noting(record, HarvestWatch(HarvestSettings()))
        with pytest.raises(RecordUnavailable):
            await note(AUDITOR, Action.TRAIL, "A-1", GRANTED)


async def test_a_full_queue_delays_nobody_and_the_gap_is_on_record(database: asyncpg.Pool, owner: asyncpg.Pool) -> None:
    gate: Any = Gate(database)
    gate.shut = True
    async with AccessRecord(gate, book(database), "gateway", capacity=3, moment_seconds=0.01) as record:
        with capture_logs() as logs:
            for number in range(10):
                await record.note(read(number))
        gate.shut = False
    kept, gaps = await rows(owner), await rows(owner, "gap")
    assert len(kept) + sum(row["count"] for row in gaps) == 10
    assert len(kept) >= 3
    assert any(log["event"] == "access_record_full" for log in logs)


async def test_what_is_lost_at_the_end_is_said(database: asyncpg.Pool) -> None:
    gate: Any = Gate(database)
    gate.shut = True
    with capture_logs() as logs:
        async with AccessRecord(gate, book(database), "gateway", must_seconds=0.05, close_seconds=0.05) as record:
            for number in range(4):
                await record.note(read(number))
    assert [log["entries"] for log in logs if log["event"] == "access_record_lost"] == [4]


@pytest.mark.parametrize("typed", [PERSON, "王某", "A-1\x00", "A" * 51, "\ud800"])
async def test_what_somebody_typed_may_name_a_person_and_is_masked(
    database: asyncpg.Pool, owner: asyncpg.Pool, typed: str
) -> None:
    async with AccessRecord(database, book(database), "gateway") as record:
        await record.written(Entry(Action.READ, Answer.HIDDEN, "not_found", CLERK, typed, reason="查 \x00"))
    (row,) = await rows(owner)
    assert (row["application_no"], row["reason"]) == (MASK, MASK)


async def test_rows_are_only_added(database: asyncpg.Pool, owner: asyncpg.Pool) -> None:
    async with AccessRecord(database, book(database), "gateway") as record:
        await record.written(read(1))
    for statement in ("DELETE FROM access.entry", "UPDATE access.entry SET code = 'x'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.execute(statement)
    for statement in ("DELETE FROM access.entry", "TRUNCATE access.entry"):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await owner.execute(statement)


async def test_an_alarm_is_an_entry_and_a_line_in_the_log(database: asyncpg.Pool, owner: asyncpg.Pool) -> None:
    async with AccessRecord(database, book(database), "gateway") as record:
        note = Noting(record, HarvestWatch(HarvestSettings(misses=3)))
        with capture_logs() as logs:
            for number in range(5):
                await note(CLERK, Action.READ, f"A-{number}", decide(CLERK, Action.READ, None))
    (alarm,) = await rows(owner, "alarm")
    assert (alarm["principal_id"], alarm["code"]) == ("c-1", "many_misses")
    assert [log["principal"] for log in logs if log["event"] == "harvesting_suspected"] == ["c-1"]
    assert len(await rows(owner)) == 5

"""The register: events that no workflow keeps, in the same ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from infra.ledger import feed, sequencer
from infra.ledger.register import enter
from infra.ledger.trail import events_of, read_trail
from infra.ledger.writer import PostgresLedger
from infra.worklist.projection import NAME, apply
from schemas.complaint import ComplaintRecorded
from schemas.events import Event
from schemas.ledger import LedgerRefusal
from schemas.register import is_register, register_events, register_number, register_stream
from tests.ledger.cases import SYSTEM, link, received

LATE = datetime(2025, 11, 30, 16, 30, tzinfo=UTC)
"""In the county it is December already."""


def complaint(reference: str = "12345-1", *, at: datetime = LATE, application_no: str | None = None) -> Event:
    body = ComplaintRecorded(
        reference=reference, department="11350526MB0000001C", channel="hotline", happened_on=date(2025, 11, 28)
    )
    stream = register_stream("complaint", reference)
    [event] = register_events(stream, [body], actor=SYSTEM, at=at, application_no=application_no)
    return event


async def test_an_entry_stands_once_and_is_read_like_any_event(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    event = complaint()
    first = await enter(ledger, [event])
    assert await enter(ledger, [event]) == first
    assert event.application_no == register_number(LATE) == "R-20251201"
    trail = await read_trail(database, "R-20251201")
    assert trail.sound and events_of(trail) == (event,)


async def test_what_follows_stands_after_it(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    event = complaint(application_no="C-1")
    [more] = register_events(event.stream, [event.body], actor=SYSTEM, at=LATE + timedelta(days=1), after=event)  # type: ignore[list-item]
    await enter(ledger, [event])
    assert (await enter(ledger, [more])).sequence == 1
    assert more.application_no == "C-1"
    assert (await read_trail(database, "C-1")).sound


async def test_another_content_at_its_place_is_refused(ledger: PostgresLedger) -> None:
    await enter(ledger, [complaint(application_no="C-1")])
    with pytest.raises(LedgerRefusal):
        await enter(ledger, [complaint(application_no="C-2")])


@pytest.mark.parametrize("place", [0, 1])
async def test_the_same_place_at_another_moment_is_no_branch(ledger: PostgresLedger, place: int) -> None:
    first = complaint()
    await enter(ledger, [first])
    after = None
    if place:
        [after] = register_events(first.stream, [first.body], actor=SYSTEM, at=LATE, after=first)  # type: ignore[list-item]
        await enter(ledger, [after])
    later = LATE + timedelta(seconds=1)
    [second] = register_events(
        first.stream, [first.body], actor=SYSTEM, at=later, application_no=first.application_no,  # type: ignore[list-item]
        after=first if place else None,
    )  # fmt: skip
    with pytest.raises(LedgerRefusal):
        await enter(ledger, [second])
    assert await enter(ledger, [after or first])  # a retry of what stands still is


async def test_a_workflows_stream_is_not_the_registers(ledger: PostgresLedger) -> None:
    [event] = link("C-1", [received()])
    assert not is_register(event.stream)
    with pytest.raises(ValueError, match="belongs to a workflow"):
        await enter(ledger, [event])


async def test_it_makes_no_case_in_the_worklists(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    await enter(ledger, [complaint()])
    await sequencer.sequence(database)
    async with database.acquire() as connection:
        assert await feed.advance(connection, NAME, apply) == 1
    for table in ("application", "stream", "unreadable"):
        assert await database.fetchval(f"SELECT count(*) FROM worklist.{table}") == 0

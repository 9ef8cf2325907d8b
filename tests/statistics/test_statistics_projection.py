"""Figures are what the events say, in whatever portions they come, and can be had again as they were."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from infra.ledger import feed, sequencer
from infra.ledger.register import enter
from infra.ledger.writer import PostgresLedger
from infra.statistics.projection import NAME, apply, rebuild
from infra.statistics.read import NotCountedYet, figures, gaps
from schemas.authority import Visibility
from schemas.complaint import ComplaintRecorded
from schemas.register import register_events, register_stream
from schemas.statistics import By, Period, Statistics
from tests.ledger.cases import SYSTEM, whole_case
from tests.ledger.conftest import keys, ledger  # noqa: F401 - fixtures
from tests.worklist.streams import START, County, append

EVER = Period(first=date(2000, 1, 1), last=date(2099, 12, 31))
TABLES = ("fact", "total", "unit", "unreadable")


async def contents(pool: asyncpg.Pool) -> dict[str, list[Any]]:
    return {
        table: sorted(tuple(map(str, row)) for row in await pool.fetch(f"SELECT * FROM statistics.{table}"))
        for table in TABLES
    }


async def take(pool: asyncpg.Pool, limit: int) -> None:
    async with pool.acquire() as connection:
        while await feed.advance(connection, NAME, apply, limit):
            pass


async def every(pool: asyncpg.Pool, as_of: int | None = None) -> dict[By, Statistics]:
    return {by: await figures(pool, EVER, by, as_of) for by in By}


async def complain(ledger: PostgresLedger, number: int) -> None:  # noqa: F811
    body = ComplaintRecorded(
        reference=f"12345-{number}", department="11350526MB0000001C", channel="hotline", happened_on=date(2026, 3, 5)
    )
    stream = register_stream("complaint", body.reference)
    await enter(ledger, register_events(stream, [body], actor=SYSTEM, at=START + timedelta(days=number)))


async def staged(ledger: PostgresLedger, pool: asyncpg.Pool, seed: int, happenings: int) -> dict[int, Any]:  # noqa: F811
    """A county in which much happened, taken up in portions on the way; gives what was said at some places."""
    county, chance, said = County(seed), random.Random(seed), dict[int, Any]()
    for n in range(happenings):
        stream, event = county.happen()
        await append(ledger, stream, [event])
        if n % 40 == 0:
            await complain(ledger, n)
        if chance.random() < 0.3:
            await sequencer.sequence(pool)
            await take(pool, chance.randint(1, 7))
            if chance.random() < 0.2:
                stated = await every(pool)
                said[stated[By.ITEM].as_of] = stated, await gaps(pool, EVER)
    await sequencer.sequence(pool)
    await take(pool, 500)
    assert any(stream.resets for stream in county.streams.values())
    return said


@pytest.mark.parametrize("seed", range(4))
async def test_any_portions_the_same_as_counted_anew_and_as_of_any_place_what_was_said_there(
    ledger: PostgresLedger,  # noqa: F811
    database: asyncpg.Pool,
    seed: int,
) -> None:
    said = await staged(ledger, database, seed, 160)
    grown, now = await contents(database), await every(database)
    assert grown["fact"] and grown["total"] and not grown["unreadable"]
    assert now[By.DEPARTMENT].total.complaints == 4
    assert now[By.DEPARTMENT].as_of == await feed.head(database)
    assert await rebuild(database) == await feed.head(database) + 1
    assert await contents(database) == grown
    assert await every(database) == now
    assert len(said) > 3
    for index, (stated, worst) in said.items():
        assert await every(database, index) == stated
        assert await gaps(database, EVER, index) == worst


async def test_a_case_all_of_whose_evidence_is_shared(ledger: PostgresLedger, database: asyncpg.Pool) -> None:  # noqa: F811
    from schemas.ledger import AppendRequest

    events = whole_case("S-1")
    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=events))
    await sequencer.sequence(database)
    await take(database, 3)
    found = await figures(database, Period.month(2025, 11))
    assert found.total.cases.received == found.total.cases.ended == 1
    assert found.total.evidence.exempted == found.total.evidence.concluded == 3
    assert found.total.evidence.exempted_rate == 1.0
    assert found.total.lookups["elicence"].hit_rate == 1.0  # type: ignore[index]
    assert (await figures(database, Period.month(2025, 12))).rows == ()
    assert (await figures(database, EVER, seen=Visibility(departments=("x",)))).rows == ()
    with pytest.raises(NotCountedYet):
        await figures(database, EVER, as_of=99)

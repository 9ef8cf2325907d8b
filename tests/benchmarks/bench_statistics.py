"""How long figures take to read, and how fast they are kept up and counted anew, beside a projection of N events.

``python -m tests.benchmarks.bench_statistics [--events 200000] [--cases 500] [--requests 20]`` prints the table; reach:
a month by department within a second at 10,000,000 events.  Nothing is asserted.

What is real: ``--cases`` cases of nine events each, appended, sequenced, taken up beside everything else and counted
anew; and every query.  What is made up: the facts of the other events, copied into the projection's tables as so many
cases would leave them (13.8 events and about nine facts a case), over two years, twenty departments, sixty items.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed, sequencer
from infra.ledger.writer import PostgresLedger
from infra.postgres.migrate import upgrade
from infra.postgres.pool import open_pool
from infra.statistics import read
from infra.statistics.projection import ALIKE, NAME, apply, rebuild
from schemas.authority import Visibility
from schemas.ledger import AppendRequest
from schemas.statistics import Answering, By, Fact, Measure, Period, Treatment
from tests.benchmarks.bench_tasks import OFFICES
from tests.ledger.cases import MASTER_KEY, whole_case

EVENTS_OF_A_CASE = 13.8
FIRST, DAYS = date(2025, 1, 1), 730
DEPARTMENTS, WINDOWS = OFFICES[:20], OFFICES[:30]
ITEMS = [(f"item_{n:02d}", DEPARTMENTS[min(n // 3, 19)]) for n in range(60)]
KINDS = [(f"kind_{n:03d}", ("elicence", "data_sharing", "trusted_document")[n % 3]) for n in range(96)]
SECONDS = 600.0
console = Console(width=120)


def facts_of_case(chance: random.Random) -> Iterator[Fact]:
    """What a case leaves, in the proportions of a county where nine of ten requirements are shared."""
    number = min(int(chance.expovariate(1 / 15)), len(ITEMS) - 1)
    item, department = ITEMS[number]
    day = FIRST + timedelta(days=chance.randrange(DAYS))
    window = chance.choice(WINDOWS) if chance.random() < 0.3 else department

    def fact(measure: Measure, detail: str, kind: str = "", route: str = "", **more: Any) -> Fact:
        given = {"department": department, "taken_in_by": window, "item": item, "evidence": kind, "route": route}
        return Fact(measure, detail, day, **(given | more))

    yield fact(Measure.CASE, "received")
    yield fact(Measure.CASE, "ended")
    for n in range(3):
        kind, route = KINDS[(number * 3 + n) % len(KINDS)]
        if chance.random() < 0.9:
            yield fact(Measure.LOOKUP, "hit", kind, route)
            yield fact(Measure.REQUIREMENT, Treatment.EXEMPTED, kind, route)
            continue
        yield fact(Measure.LOOKUP, chance.choice(("no_record", "transient")), kind, route)
        yield fact(Measure.GAP, chance.choice(("tried_no_record", "tried_transient")), kind, route)
        how = chance.choice((Treatment.EXEMPTED, Treatment.EXEMPTED, Treatment.PROVISIONAL, Treatment.NOT_EXEMPTED))
        yield fact(Measure.REQUIREMENT, how, kind, "verification")
        late = chance.random() < 0.1
        asked = chance.choice(DEPARTMENTS)
        yield fact(
            Measure.VERIFICATION,
            Answering.LATE if late else Answering.ON_TIME,
            kind,
            "verification",
            department=asked,
            seconds=chance.randrange(600, 200_000),
        )
        if late:
            yield fact(Measure.COLOUR, "blue", department=asked)


async def fill(pool: asyncpg.Pool, owner: asyncpg.Pool, cases: int, chance: random.Random) -> int:
    """Facts, units and totals as that many cases leave them; how many facts."""
    count = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal count
        for number in range(cases):
            for fact in facts_of_case(chance):
                count += 1
                yield (f"M-{number:08d}", *fact)

    async with pool.acquire() as connection:
        columns = ("unit", *Fact._fields)
        await connection.copy_records_to_table(
            "fact", schema_name="statistics", columns=columns, records=rows(), timeout=SECONDS
        )
        units = ((f"M-{number:08d}", -1) for number in range(cases))
        await connection.copy_records_to_table("unit", schema_name="statistics", records=units, timeout=SECONDS)
        alike = ", ".join(ALIKE)
        await connection.execute(
            f"INSERT INTO statistics.total ({alike}, number) "
            f"SELECT {alike}, count(*) FROM statistics.fact GROUP BY {alike}",
            timeout=SECONDS,
        )
    for table in ("fact", "unit", "total"):
        await owner.execute(f"VACUUM ANALYZE statistics.{table}", timeout=SECONDS)
    return count


async def kept_up(pool: asyncpg.Pool, cases: int) -> int:
    """Real cases, taken up beside all the rest in the portions a relay takes; how many events."""
    ledger = PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY))
    for number in range(cases):
        await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case(f"R-{number}")))
    while await sequencer.sequence(pool):
        pass
    began, taken = time.perf_counter(), 0
    async with pool.acquire() as connection:
        while portion := await feed.advance(connection, NAME, apply):
            taken += portion
    console.print(f"kept up: {taken / (time.perf_counter() - began):,.0f} events a second, {taken:,} real events")
    return taken


Query = Callable[[], Awaitable[Any]]


def queries(pool: asyncpg.Pool, real: int) -> Iterator[tuple[str, Query]]:
    """What is asked for."""
    month, year = Period.month(2026, 5), Period(first=date(2026, 1, 1), last=date(2026, 12, 31))
    for by in By:
        yield f"a month, the county, by {by}", lambda by=by: read.figures(pool, month, by)  # type: ignore[misc]
    own = Visibility(departments=(DEPARTMENTS[0],))
    for by in (By.DEPARTMENT, By.ITEM, By.EVIDENCE):
        yield f"a month, the busiest department, by {by}", lambda by=by: read.figures(pool, month, by, seen=own)  # type: ignore[misc]
    yield "a month's gaps", lambda: read.gaps(pool, month)
    yield "a year, the county, by department", lambda: read.figures(pool, year)
    yield "a month as of half the real events ago", lambda: read.figures(pool, month, as_of=real // 2)


async def measured(pool: asyncpg.Pool, requests: int, real: int) -> Table:
    """Each query some times."""
    table = Table("query", "p50 ms", "p95 ms", "max ms")
    for name, ask in queries(pool, real):
        took = []
        for _ in range(requests):
            began = time.perf_counter()
            await ask()
            took.append((time.perf_counter() - began) * 1000)
        took.sort()
        p95 = took[int(len(took) * 0.95)]
        mark = "[red]" if p95 > 1000 else ""
        table.add_row(name, f"{statistics.median(took):.1f}", f"{mark}{p95:.1f}", f"{took[-1]:.1f}")
    return table


async def main(events: int, cases: int, requests: int) -> None:
    """Fill, keep up, measure, count anew."""
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as place, EmbeddedPostgres(Path(place), ephemeral=True) as server:
        server.create_database("bench")
        await upgrade(server.dsn(OWNER_ROLE, "bench"))
        async with (
            await open_pool(server.dsn(APP_ROLE, "bench"), 2) as pool,
            await open_pool(server.dsn(OWNER_ROLE, "bench"), 1) as owner,
        ):
            began = time.perf_counter()
            facts = await fill(pool, owner, int(events / EVENTS_OF_A_CASE), chance)
            totals = await pool.fetchval("SELECT count(*) FROM statistics.total", timeout=SECONDS)
            size = await pool.fetchval(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = 'statistics'::regnamespace"
            )
            console.print(
                f"made up: {facts:,} facts of {events:,} events, {totals:,} totals, {size / 2**20:,.0f} MiB,"
                f" in {time.perf_counter() - began:.0f} s"
            )
            real = await kept_up(pool, cases)
            console.print(await measured(pool, requests, real))
            began = time.perf_counter()
            counted = await rebuild(pool)
            console.print(f"counted anew: {counted / (time.perf_counter() - began):,.0f} events a second, {counted:,}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--requests", type=int, default=20)
    told = parser.parse_args()
    asyncio.run(main(told.events, told.cases, told.requests))

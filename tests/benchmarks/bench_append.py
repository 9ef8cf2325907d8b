"""Appending to the ledger against a bare batch insert of the same rows.

``python -m tests.benchmarks.bench_append [--rounds 10] [--writers 4]`` prints, in turns within one run, the appends a
second of the ledger (seal, canonical form, chain, checks, one call) and of asyncpg's ``executemany`` of the same rows
into copies of the two tables, indexes included, without any of that (reach: 0.5).  Nothing here is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
from rich.console import Console

from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.postgres.migrate import upgrade
from infra.postgres.pool import open_pool
from schemas.ledger import AppendRequest
from tests.ledger.cases import MASTER_KEY, whole_case

CASES = 200
"""Appends of nine events in each turn."""
COPIES = """
    CREATE SCHEMA bare;
    CREATE TABLE bare.event (LIKE ledger.event INCLUDING ALL);
    CREATE TABLE bare.sealed_field (LIKE ledger.sealed_field INCLUDING ALL,
                                    FOREIGN KEY (event_id) REFERENCES bare.event);
    GRANT USAGE ON SCHEMA bare TO mianzheng_writer;
    GRANT INSERT ON bare.event, bare.sealed_field TO mianzheng_writer;
"""
EVENT_COLUMNS = (
    "event_id, stream, position, sequence, previous_id, application_no, run_id, chain_run_id, type, occurred_at,"
    " canonical, digest, chain_hash"
)
FIELD_COLUMNS = "event_id, path, subject_ref, ciphertext"
Rows = tuple[list[Sequence[object]], list[Sequence[object]]]


def insert(table: str, columns: str) -> str:
    """An insert of one row."""
    places = ", ".join(f"${n + 1}" for n in range(len(columns.split(","))))
    return f"INSERT INTO bare.{table} ({columns}) VALUES ({places})"


async def rows_of(owner: asyncpg.Pool, numbers: Sequence[str]) -> list[Rows]:
    """The rows the ledger made of these cases."""
    taken: list[Rows] = []
    for number in numbers:
        events = await owner.fetch(
            f"SELECT {EVENT_COLUMNS} FROM ledger.event WHERE application_no = $1 ORDER BY position",
            number,
        )
        fields = await owner.fetch(
            f"SELECT {FIELD_COLUMNS} FROM ledger.sealed_field WHERE event_id = ANY ($1)",
            [row["event_id"] for row in events],
        )
        taken.append(([tuple(row) for row in events], [tuple(row) for row in fields]))
    return taken


async def rate(writers: int, works: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """How many a second, so many at a time."""
    waiting = iter(works)

    async def write() -> None:
        for work in waiting:
            await work()

    began = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(writers)))
    return len(works) / (time.perf_counter() - began)


async def main(rounds: int, writers: int) -> None:
    """Both, in turns, on a database of its own."""
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "pg", ephemeral=True) as server:
        server.create_database("bench")
        await upgrade(server.dsn(OWNER_ROLE, "bench"))
        async with (
            await open_pool(server.dsn(OWNER_ROLE, "bench"), 2) as owner,
            await open_pool(server.dsn(APP_ROLE, "bench"), writers) as pool,
        ):
            await owner.execute(COPIES)
            ledger = PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY))
            put_event, put_field = insert("event", EVENT_COLUMNS), insert("sealed_field", FIELD_COLUMNS)

            async def bare(rows: Rows) -> None:
                async with pool.acquire() as connection, connection.transaction():
                    await connection.executemany(put_event, rows[0])
                    await connection.executemany(put_field, rows[1])

            ratios: list[float] = []
            for n in range(rounds + 1):
                numbers = [f"B-{n}-{i}" for i in range(CASES)]
                requests = [AppendRequest(run_id="r", chain_run_id="r", events=whole_case(x)) for x in numbers]
                ours = await rate(writers, [lambda r=r: ledger.append(r) for r in requests])  # type: ignore[misc]
                known = await rows_of(owner, numbers)
                theirs = await rate(writers, [lambda r=r: bare(r) for r in known])  # type: ignore[misc]
                if n:  # the first warms both up
                    ratios.append(ours / theirs)
                    console.print(f"{ours:,.0f} appends a second, {theirs:,.0f} bare inserts: {ours / theirs:.2f}")
            console.print(f"median {statistics.median(ratios):.2f} of a bare insert of the same rows (reach: 0.5)")


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--writers", type=int, default=4)
    told = options.parse_args()
    asyncio.run(main(told.rounds, told.writers))

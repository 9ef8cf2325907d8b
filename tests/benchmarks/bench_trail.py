"""Reading the trail of one case among many events.

``python -m tests.benchmarks.bench_trail [--events 200000] [--reads 500]`` fills a ledger in SQL with cases of nine
events whose ids, digests and chains hold, and prints the latency of a whole trail, read and verified (reach: p95 of
20 ms at ten million events).  Nothing here is asserted but that the trails are sound.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import asyncpg
from rich.console import Console

from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.ledger.canonical import canonical_json
from infra.ledger.trail import read_trail
from infra.postgres.migrate import upgrade
from infra.postgres.pool import open_pool
from tests.ledger.cases import START, handed_over, link, received, settled

console = Console(width=110)

AT_A_TIME = 50_000
NUMBER = "T-{:08d}"

# The event id of schemas.events.make_event_id: the milliseconds, 7, and what SHA-256 over place and time gives.
FILL = """
    INSERT INTO ledger.event (event_id, stream, position, sequence, previous_id, application_no, run_id, chain_run_id,
                              type, occurred_at, canonical, digest, chain_hash)
    WITH RECURSIVE one AS (
        SELECT n, 'T-' || lpad(n::text, 8, '0') AS number, -1 AS position, NULL::uuid AS event_id,
               NULL::uuid AS previous_id, NULL::text AS canonical, NULL::bytea AS digest,
               sha256(convert_to('application/T-' || lpad(n::text, 8, '0'), 'UTF8')) AS chain
        FROM generate_series($1::int, $2::int - 1) AS n
        UNION ALL
        SELECT o.n, o.number, o.position + 1, made.id, o.event_id, told.text, told.digest,
               sha256(o.chain || told.digest)
        FROM one o
        CROSS JOIN LATERAL (
            SELECT $3::timestamptz + make_interval(secs => o.n * 10 + o.position + 1) AS at) AS moment
        CROSS JOIN LATERAL (
            SELECT (extract(epoch FROM moment.at) * 1000000)::bigint AS micros,
                   to_char(moment.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS shown) AS clock
        CROSS JOIN LATERAL (
            SELECT encode(sha256(convert_to(concat_ws(E'\\n', 'application/' || o.number, o.position + 1,
                   coalesce(o.event_id::text, ''), clock.micros), 'UTF8')), 'hex') AS hex) AS hashed
        CROSS JOIN LATERAL (
            SELECT (lpad(to_hex(clock.micros / 1000), 12, '0') || '7' || substr(hex, 1, 3)
                    || translate(substr(hex, 5, 1), '0123456789abcdef', '89ab89ab89ab89ab')
                    || substr(hex, 6, 15))::uuid AS id) AS made
        CROSS JOIN LATERAL (
            SELECT t.text, sha256(convert_to(t.text, 'UTF8')) AS digest FROM (
                SELECT replace(replace(replace(replace(($4::text[])[o.position + 2], 'NUMBER', o.number),
                       '@own', made.id::text), '@before', coalesce(o.event_id::text, '')), '@at', clock.shown)
            ) AS t(text)
        ) AS told
        WHERE o.position < cardinality($4::text[]) - 1
    )
    SELECT event_id, 'application/' || number, position, position, previous_id, number, 'r', 'r',
           ($5::text[])[position + 1], $3::timestamptz + make_interval(secs => n * 10 + position), canonical, digest,
           chain
    FROM one WHERE position >= 0 ORDER BY n, position
"""


def templates() -> tuple[list[str], list[str]]:
    """The canonical events of a case, with places for what differs between cases; and their types."""
    events = link("NUMBER", [received(), *(settled(n % 3) for n in range(7)), handed_over()])
    texts = []
    for event in events:
        told = event.model_dump(mode="json")
        told |= {"event_id": "@own", "occurred_at": "@at", "previous_id": told["previous_id"] and "@before"}
        texts.append(canonical_json(told))
    return texts, [event.body.type for event in events]


async def fill(owner: asyncpg.Pool, events: int) -> int:
    """A ledger of so many events; gives the number of cases."""
    texts, types = templates()
    cases, began = max(events // len(texts), 1), time.perf_counter()
    for first in range(0, cases, AT_A_TIME):
        last = min(first + AT_A_TIME, cases)
        await owner.execute(FILL, first, last, START + timedelta(0), texts, types, timeout=600)
        done, took = last * len(texts), time.perf_counter() - began
        console.print(f"{done:,} events in {took:.0f} s")
    return cases


async def main(events: int, reads: int) -> None:
    """Fill and read, on a database of its own."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "pg", ephemeral=True) as server:
        server.create_database("bench")
        await upgrade(server.dsn(OWNER_ROLE, "bench"))
        async with await open_pool(server.dsn(OWNER_ROLE, "bench"), 1) as owner:
            cases = await fill(owner, events)
            size = await owner.fetchval("SELECT pg_total_relation_size('ledger.event')")
        chance, took = random.Random(1), list[float]()
        async with await open_pool(server.dsn(APP_ROLE, "bench"), 2) as pool:
            for _ in range(reads):
                number = NUMBER.format(chance.randrange(cases))
                began = time.perf_counter()
                trail = await read_trail(pool, number)
                took.append((time.perf_counter() - began) * 1000)
                assert trail.sound, trail.findings[:2]
                assert len(trail.entries) == len(templates()[0])
        spread = statistics.quantiles(took, n=20)
        console.print(
            f"a trail among {events:,} events ({size / 2**30:.1f} GiB), read and verified: median {spread[9]:.1f} ms,"
            f" p95 {spread[18]:.1f} ms, worst {max(took):.1f} ms"
        )


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=200_000)
    options.add_argument("--reads", type=int, default=500)
    told = options.parse_args()
    asyncio.run(main(told.events, told.reads))

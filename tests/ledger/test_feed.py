"""The feed: dense, in order, the same for ever, whoever dies while it is made."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed, sequencer
from infra.ledger.feed import Bell, Connection, FeedEvent, NotSequenced
from infra.ledger.writer import PostgresLedger
from infra.postgres.migrate import upgrade
from infra.postgres.pool import open_pool
from schemas.application import application_stream
from schemas.events import Event
from schemas.ledger import AppendRequest
from tests.ledger.cases import MASTER_KEY, START, attempt, link, settled, whole_case, withdrawn

LATER = START + timedelta(hours=1)


async def append(ledger: PostgresLedger, events: Sequence[Event], run: str = "run-1") -> None:
    await ledger.append(AppendRequest(run_id=run, chain_run_id="run-1", events=tuple(events)))


async def everything(pool: asyncpg.Pool) -> list[FeedEvent]:
    events = await feed.read(pool, -1, 100_000)
    assert [e.index for e in events] == list(range(len(events)))
    positions: dict[str, int] = {}
    for event in events:
        assert event.position == positions.get(event.stream, -1) + 1, "order in a stream"
        positions[event.stream] = event.position
    return events


async def sequence_all(pool: asyncpg.Pool, limit: int = 7) -> None:
    while (given := await sequencer.sequence(pool, limit)) is None or given >= limit:
        pass


async def test_every_event_has_its_place(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    assert await feed.head(database) == -1
    assert await sequencer.sequence(database) == 0
    await append(ledger, whole_case("T-1"))
    assert await feed.read(database, -1, 10) == []
    assert await sequencer.sequence(database) == 9
    assert await sequencer.sequence(database) == 0
    await append(ledger, whole_case("T-2"))
    assert await sequencer.sequence(database) == 9
    events = await everything(database)
    assert [e.event_id for e in events] == [e.event_id for no in ("T-1", "T-2") for e in whole_case(no)]
    assert await feed.head(database) == 17
    assert [e.index for e in await feed.read(database, 4, 3)] == [5, 6, 7]
    assert not any(e.branches or e.superseded for e in events)
    assert "350526199001010019" not in events[1].canonical, "a commitment, never a value"


async def test_a_branch_is_told(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    old = whole_case("T-1")
    await append(ledger, old)
    await sequence_all(database)
    await append(ledger, link("T-1", (attempt(1), settled(0)), after=old[2], at=LATER), run="run-2")
    await sequence_all(database)
    events = await everything(database)
    assert [e.index for e in events if e.branches] == [9]
    assert [e.index for e in events if e.superseded] == [3, 4, 5, 6, 7, 8]


async def test_concurrent_appends_and_concurrent_sequencers(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    """Twenty cases grow step by step while four sequencers run: nothing is left out, doubled or out of order."""
    done = asyncio.Event()

    async def grow(no: str) -> None:
        dice = random.Random(no)
        events, kept = whole_case(no), 0
        while kept < len(events):
            step = dice.randint(1, 4)
            await append(ledger, events[kept : kept + step])
            kept += step

    async def keep_sequencing() -> None:
        while not done.is_set():
            await sequencer.sequence(database, 5)
            await asyncio.sleep(0)

    sequencers = [asyncio.create_task(keep_sequencing()) for _ in range(4)]
    await asyncio.gather(*(grow(f"T-{n}") for n in range(20)))
    done.set()
    await asyncio.gather(*sequencers)
    await sequence_all(database)
    assert len(await everything(database)) == 180


async def test_a_long_transaction_holds_nobody_up_and_is_not_forgotten(
    ledger: PostgresLedger, database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    """It has its number before all others and commits after them; its events come when they can be seen."""
    async with owner.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(COPY, "slow")
        await append(ledger, whole_case("T-1"))
        assert await sequencer.sequence(database) == 9, "the others need not wait for it"
        await append(ledger, whole_case("T-2"))
        assert await sequencer.sequence(database) == 9
        await transaction.commit()
    assert await sequencer.sequence(database) == 1
    assert (await everything(database))[-1].stream == "slow"
    await append(ledger, whole_case("T-3"))
    assert await sequencer.sequence(database) == 9


async def test_a_transaction_that_gave_up_leaves_no_gap(
    ledger: PostgresLedger, database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    async with owner.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(COPY, "gone")
        await append(ledger, whole_case("T-1"))
        await sequence_all(database)
        await transaction.rollback()
    await append(ledger, whole_case("T-2"))
    await sequence_all(database)
    assert len(await everything(database)) == 18


COPY = """
    INSERT INTO ledger.event (event_id, stream, position, sequence, application_no, run_id, chain_run_id, type,
                              occurred_at, canonical, digest, chain_hash)
    SELECT gen_random_uuid(), $1, coalesce(max(e.position) + 1, 0), coalesce(max(e.sequence) + 1, 0), 'T-x', 'r', 'r',
           'made_up', now(), '{}', sha256(''), sha256('') FROM ledger.event e WHERE e.stream = $1
"""


async def test_a_stream_stays_in_order_when_its_transactions_are_not(
    database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    """The first event has the later transaction number, and the limit falls between the two."""
    async with owner.acquire() as early, owner.acquire() as late:
        transaction = early.transaction()
        await transaction.start()
        await early.execute("SELECT pg_current_xact_id()")
        await late.execute(COPY, "s")
        await early.execute(COPY, "s")
        await transaction.commit()
    assert await sequencer.sequence(database, 1) == 2
    assert len(await everything(database)) == 2
    assert await sequencer.sequence(database, 1) == 0


async def test_what_was_looked_at_is_not_looked_at_again(
    ledger: PostgresLedger, database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    """Also after a full batch; and at rest nothing is written."""
    state = "SELECT ceiling::text::bigint, pending FROM ledger.sequencer"
    await append(ledger, whole_case("T-1"))
    assert await sequencer.sequence(database, 9) == 9
    assert await sequencer.sequence(database, 9) == 0
    highest = await owner.fetchval("SELECT max(xid::text::bigint) FROM ledger.event")
    at_rest = await owner.fetchrow(state)
    assert at_rest is not None
    assert at_rest["ceiling"] > highest
    assert await sequencer.sequence(database, 9) == 0
    assert await owner.fetchrow(state) == at_rest


async def test_killed_while_sequencing(
    postgres: EmbeddedPostgres, database_name: str, ledger: PostgresLedger, database: asyncpg.Pool, admin: asyncpg.Pool
) -> None:
    """The backend is ended before the commit: no leaf of it stays, its lock is gone, the next one does it all."""
    await append(ledger, whole_case("T-1"))
    connection = await asyncpg.connect(postgres.dsn(APP_ROLE, database_name))
    await connection.execute("BEGIN")
    assert await connection.fetchval("SELECT ledger.sequence_events(100)") == 9
    assert await sequencer.sequence(database) is None, "one at a time"
    await admin.fetchval("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    await append(ledger, whole_case("T-2"))
    while await sequencer.sequence(database) is None:
        await asyncio.sleep(0.01)
    assert len(await everything(database)) == 18
    connection.terminate()


async def test_a_dump_restored_in_another_cluster(
    ledger: PostgresLedger, database: asyncpg.Pool, admin: asyncpg.Pool
) -> None:
    """Its transaction numbers mean nothing there; all that has no leaf gets one, then numbers count again."""
    await append(ledger, whole_case("T-1"))
    await sequence_all(database)
    await append(ledger, whole_case("T-2"))
    await admin.execute("ALTER TABLE ledger.event DISABLE TRIGGER ALL")
    await admin.execute(
        "UPDATE ledger.event SET xid = CASE application_no WHEN 'T-2' THEN '3' ELSE '99999999' END::xid8"
    )
    await admin.execute("ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER append_only")
    await admin.execute("UPDATE ledger.sequencer SET cluster = 1, ceiling = '88888888'")
    assert await sequencer.sequence(database) == 9
    await append(ledger, whole_case("T-3"))
    assert await sequencer.sequence(database) == 9
    assert len(await everything(database)) == 27
    assert await admin.fetchval("SELECT count(DISTINCT xid) FROM ledger.event") == 2


async def test_what_was_kept_before_there_was_a_feed(postgres: EmbeddedPostgres, owner: asyncpg.Pool) -> None:
    """In order of time; two cases that grew in turns stay so."""
    postgres.create_database("before_the_feed")
    dsn = postgres.dsn(OWNER_ROLE, "before_the_feed")
    try:
        await upgrade(dsn, "0002")
        one, two = whole_case("T-1"), whole_case("T-0")
        async with await open_pool(postgres.dsn(APP_ROLE, "before_the_feed"), 2) as pool:
            ledger = PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY))
            for events in (one[:4], two[:2], one[4:], two[2:]):
                await append(ledger, events)
            await upgrade(dsn)
            assert await sequencer.sequence(pool) == 0
            assert await feed.head(pool) == 17
            await append(ledger, whole_case("T-2"))
            await sequence_all(pool)
            order = [e.event_id for e in (*one[:4], *two[:2], *one[4:], *two[2:], *whole_case("T-2"))]
            assert [e.event_id for e in await everything(pool)] == order
    finally:
        postgres.drop_database("before_the_feed")


async def test_leaves_cannot_be_changed(database: asyncpg.Pool, owner: asyncpg.Pool, ledger: PostgresLedger) -> None:
    await append(ledger, whole_case("T-1"))
    await sequence_all(database)
    for statement in (
        "DELETE FROM ledger.leaf",
        "UPDATE ledger.leaf SET index = index",
        "TRUNCATE ledger.leaf CASCADE",
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await owner.execute(statement)
        assert refused.value.sqlstate == "MZ010"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.execute(statement)
    for statement in (
        "INSERT INTO ledger.leaf SELECT 9, event_id FROM ledger.event LIMIT 1",
        "SELECT * FROM ledger.sequencer",
        "DELETE FROM ledger.consumer",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.execute(statement)


async def test_waiting_for_a_place(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    events = whole_case("T-1")
    await append(ledger, events)
    waiting = [
        asyncio.create_task(feed.wait_for(database, events[4].event_id)),
        asyncio.create_task(feed.wait_for(database, stream=application_stream("T-1"), sequence=8)),
    ]
    await asyncio.sleep(0)
    await sequence_all(database)
    assert await asyncio.gather(*waiting) == [4, 8]
    with pytest.raises(NotSequenced):
        await feed.wait_for(database, uuid4(), seconds=0.01)


async def test_the_bell_rings(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    async with Bell(database) as bell:
        await bell.wait(60)  # the first time, whatever came before
        await append(ledger, whole_case("T-1"))
        ringing = asyncio.create_task(bell.wait(60))
        await sequence_all(database)
        await ringing
        await bell.wait(0.01)
    async with Bell(database, listen=False) as deaf:
        await deaf.wait(0.01)


async def test_a_consumer_takes_each_event_once(
    ledger: PostgresLedger, database: asyncpg.Pool, owner: asyncpg.Pool
) -> None:
    """It dies before its commit, and after it; two of them work at once; it builds itself anew."""
    await append(ledger, whole_case("T-1"))
    await append(ledger, whole_case("T-2"))
    await sequence_all(database)
    await owner.execute("CREATE TABLE seen (index bigint)")
    await owner.execute("GRANT INSERT, SELECT ON seen TO mianzheng_writer")

    async def note(connection: Connection, events: Sequence[FeedEvent]) -> None:
        await connection.executemany("INSERT INTO seen VALUES ($1)", [(e.index,) for e in events])

    async def note_and_die(connection: Connection, events: Sequence[FeedEvent]) -> None:
        await note(connection, events)
        raise ZeroDivisionError

    async def seen() -> list[int]:
        return [r[0] for r in await owner.fetch("SELECT index FROM seen ORDER BY ctid")]

    async with database.acquire() as one, database.acquire() as two:
        assert await feed.advance(one, "c", note, 4) == 4
        with pytest.raises(ZeroDivisionError):
            await feed.advance(one, "c", note_and_die, 4)
        assert await seen() == [0, 1, 2, 3]
        async with one.transaction():
            assert await feed.advance(one, "c", note, 4) == 4
            assert await feed.advance(two, "c", note, 4) is None
        while await feed.advance(two, "c", note, 4):
            pass
        await feed.wait_for_consumer(database, "c", 17)
        assert await seen() == list(range(18))
        await owner.execute("TRUNCATE seen")
        await one.execute("UPDATE ledger.consumer SET next_index = 0 WHERE name = 'c'")
        assert await feed.advance(one, "c", note) == 18
    assert await seen() == list(range(18))
    with pytest.raises(NotSequenced):
        await feed.wait_for_consumer(database, "c", 18, seconds=0.01)


async def test_the_sequencer_runs_until_told(
    ledger: PostgresLedger, postgres: EmbeddedPostgres, database_name: str
) -> None:
    async with await open_pool(postgres.dsn(APP_ROLE, database_name), 2) as pool:
        stopping = asyncio.Event()
        running = asyncio.create_task(sequencer.run(pool, stopping, 0.01, 2))
        await append(ledger, whole_case("T-1"))
        assert await feed.wait_for(pool, whole_case("T-1")[-1].event_id) == 8
        await append(ledger, link("T-1", (withdrawn(),), after=whole_case("T-1")[-1], at=LATER))
        assert await feed.wait_for(pool, stream=application_stream("T-1"), sequence=9) == 9
        stopping.set()
        await running

"""Appending: retries collapse, branches stand, and whatever does not fit is refused."""

from __future__ import annotations

import asyncio
import functools
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.trail import Trail, events_of, read_trail
from infra.ledger.writer import REFUSALS, PostgresLedger
from infra.postgres.pool import open_pool
from schemas.application import application_stream
from schemas.events import Event
from schemas.ledger import AppendRequest, LedgerRefusal
from tests.ledger.cases import (
    MASTER_KEY,
    START,
    act_refused,
    admitted,
    attempt,
    handed_over,
    link,
    received,
    refused,
    settled,
    whole_case,
    withdrawn,
)

NO = "T-1"
LATER = START + timedelta(hours=1)


def batch(events: tuple[Event, ...], run: str = "run-1", chain: str = "run-1") -> AppendRequest:
    return AppendRequest(run_id=run, chain_run_id=chain, events=events)


async def refusal(ledger: PostgresLedger, request: AppendRequest) -> LedgerRefusal:
    with pytest.raises(LedgerRefusal) as caught:
        await ledger.append(request)
    return caught.value


async def read(pool: asyncpg.Pool, keys: SubjectKeys) -> Trail:
    trail = await read_trail(pool, NO, keys=keys)
    assert trail.sound, trail.findings
    return trail


async def test_position_is_of_the_last_event(ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys) -> None:
    events = whole_case(NO)
    position = await ledger.append(batch(events))
    assert (position.stream, position.sequence) == (application_stream(NO), 8)
    assert position.event_id == str(events[-1].event_id)
    trail = await read(database, keys)
    assert events_of(trail) == events
    row = trail.entries[-1].row
    assert row.chain_hash is not None
    assert row.chain_hash.hex() == position.chain_hash
    assert (row.run_id, row.chain_run_id, row.position) == ("run-1", "run-1", 8)


async def test_retry_after_a_lost_reply_gives_the_same_position(
    ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys
) -> None:
    events = whole_case(NO)
    first = await ledger.append(batch(events))
    assert await ledger.append(batch(events)) == first
    # The retry may run in another process, and from a later run of the chain.
    again = PostgresLedger(database, SubjectKeys(database, MASTER_KEY))
    assert await again.append(batch(events, run="run-2")) == first
    assert events_of(await read(database, keys)) == events


async def test_retry_with_a_longer_list_appends_the_rest(
    ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys
) -> None:
    events = whole_case(NO)
    await ledger.append(batch(events[:4]))
    assert (await ledger.append(batch(events[2:]))).sequence == 8
    assert events_of(await read(database, keys)) == events


async def test_retry_of_a_prefix_gives_its_own_position(ledger: PostgresLedger) -> None:
    events = whole_case(NO)
    first = await ledger.append(batch(events[:4]))
    await ledger.append(batch(events[4:]))
    assert await ledger.append(batch(events[:4])) == first


async def test_all_or_none(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    events = whole_case(NO)
    gap = (*events[:3], *events[4:])
    assert "MZ002" in codes(await refusal(ledger, batch(gap)))
    assert await database.fetchval("SELECT count(*) FROM ledger.event") == 0
    assert await database.fetchval("SELECT count(*) FROM ledger.sealed_field") == 0


def codes(caught: LedgerRefusal) -> set[str]:
    return {code for code, reason in REFUSALS.items() if caught.reason.startswith(reason)}


async def test_same_id_with_another_content_is_an_alarm(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    events = whole_case(NO)
    await ledger.append(batch(events[:2]))
    first: Any = events[0].body
    other = events[0].model_copy(update={"body": first.model_copy(update={"purpose": "另一用途"})})
    assert codes(await refusal(ledger, batch((other, *events[1:])))) == {"MZ001"}
    parties: Any = events[1].body
    renamed = parties.parties[0].model_copy(update={"name": "测试陈某乙"})
    body = parties.model_copy(update={"parties": (renamed, *parties.parties[1:])})
    changed = events[1].model_copy(update={"body": body})
    assert codes(await refusal(ledger, batch((changed,)))) == {"MZ001"}, "a sealed value counts as content"
    assert await database.fetchval("SELECT count(*) FROM ledger.event") == 2


@pytest.mark.parametrize("missing", [1, 4])
async def test_gap(ledger: PostgresLedger, missing: int) -> None:
    events = whole_case(NO)
    if missing > 1:
        await ledger.append(batch(events[: missing - 1]))
    assert codes(await refusal(ledger, batch(events[missing:]))) == {"MZ002"}


async def test_wrong_previous_event(ledger: PostgresLedger) -> None:
    events = whole_case(NO)
    await ledger.append(batch(events[:3]))
    stranger = link(NO, (attempt(2),), after=events[1], at=LATER)[0].model_copy(update={"sequence": 3})
    assert codes(await refusal(ledger, batch((stranger,)))) == {"MZ004"}
    headless = link("T-2", (received(),))[0].model_copy(update={"previous_id": events[0].event_id})
    assert codes(await refusal(ledger, batch((headless,)))) == {"MZ004"}


async def test_branch_after_a_reset(ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys) -> None:
    old = whole_case(NO)
    await ledger.append(batch(old))
    branch = link(NO, (attempt(1), settled(0), settled(1)), after=old[2], at=LATER)
    await ledger.append(batch(branch[:1], run="run-2"))
    await ledger.append(batch(branch, run="run-2"))
    trail = await read(database, keys)
    assert events_of(trail) == (*old[:3], *branch)
    assert events_of(trail, with_superseded=True) == (*old, *branch)
    current = await database.fetch("SELECT event_id FROM ledger.current_event ORDER BY position")
    assert [r["event_id"] for r in current] == [e.event_id for e in (*old[:3], *branch)]

    # A branch of the branch, shorter than it was; then one from the very beginning.
    second = link(NO, (withdrawn(),), after=branch[0], at=LATER + timedelta(hours=1))
    await ledger.append(batch(second, run="run-3"))
    assert events_of(await read(database, keys)) == (*old[:3], branch[0], *second)
    third = whole_case(NO, at=LATER + timedelta(hours=2))
    await ledger.append(batch(third, run="run-4"))
    assert events_of(await read(database, keys)) == third


async def test_branch_must_leave_from_an_event_that_stands(ledger: PostgresLedger) -> None:
    old = whole_case(NO)
    await ledger.append(batch(old))
    await ledger.append(batch(link(NO, (attempt(1),), after=old[2], at=LATER), run="run-2"))
    from_superseded = link(NO, (settled(0),), after=old[3], at=LATER + timedelta(hours=1))
    assert codes(await refusal(ledger, batch(from_superseded, run="run-3"))) == {"MZ004"}


async def test_late_retry_of_a_replaced_run_changes_nothing(
    ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys
) -> None:
    old = whole_case(NO)
    await ledger.append(batch(old[:4]))
    branch = link(NO, (attempt(1), settled(0)), after=old[2], at=LATER)
    await ledger.append(batch(branch, run="run-2"))
    late = link(NO, (withdrawn(),), after=old[2], at=START + timedelta(minutes=1))
    assert codes(await refusal(ledger, batch(late))) == {"MZ005"}
    assert (await ledger.append(batch(old[:4]))).sequence == 3, "what it had appended is still a retry"
    assert events_of(await read(database, keys)) == (*old[:3], *branch)


async def test_reset_before_the_ledger_had_everything(
    ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys
) -> None:
    """The new run appends events that the old run recorded: they are the same events, whichever comes first."""
    events = whole_case(NO)
    await ledger.append(batch(events[:3]))
    await ledger.append(batch(events[3:5], run="run-2"))
    assert (await ledger.append(batch(events[3:5]))).sequence == 4
    await ledger.append(batch(events[5:], run="run-2"))
    assert events_of(await read(database, keys)) == events


async def test_another_case_under_the_number(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    events = whole_case(NO)
    await ledger.append(batch(events))
    second = whole_case(NO, at=LATER)
    caught = await refusal(ledger, batch(second, run="run-9", chain="run-9"))
    assert codes(caught) == {"MZ003"}
    assert caught.number_taken
    follows = link(NO, (act_refused(),), after=events[-1], at=LATER)
    assert (await refusal(ledger, batch(follows, run="run-9", chain="run-9"))).number_taken
    assert await database.fetchval("SELECT count(*) FROM ledger.event") == len(events)


async def test_other_refusals_do_not_claim_the_number_is_taken(ledger: PostgresLedger) -> None:
    assert not (await refusal(ledger, batch(whole_case(NO)[1:]))).number_taken


@pytest.mark.parametrize("acts_after", [0, 1])
async def test_refused_intake_may_be_handed_in_again(
    ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys, acts_after: int
) -> None:
    first = link(NO, (received(), refused(), *[act_refused()] * acts_after))
    await ledger.append(batch(first))
    second = whole_case(NO, at=LATER)
    await ledger.append(batch(second, run="run-2", chain="run-2"))
    trail = await read(database, keys)
    assert events_of(trail) == second
    assert events_of(trail, with_superseded=True) == (*first, *second)
    third = whole_case(NO, at=LATER + timedelta(hours=1))
    assert (await refusal(ledger, batch(third, run="run-3", chain="run-3"))).number_taken
    assert (await refusal(ledger, batch(third))).number_taken, "nor may the refused chain come back"


async def test_stream_of_another_application(ledger: PostgresLedger) -> None:
    events = whole_case(NO)
    await ledger.append(batch(events[:2]))
    stranger = events[2].model_copy(update={"application_no": "T-2"})
    assert (await refusal(ledger, batch((stranger,)))).number_taken
    with pytest.raises(ValueError, match="one stream"):
        await ledger.append(batch((events[2], link("T-2", (received(),))[0])))


async def test_one_prefix_by_twenty_at_once(ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys) -> None:
    events = whole_case(NO)
    positions = await asyncio.gather(*(ledger.append(batch(events)) for _ in range(20)))
    assert len({p.chain_hash for p in positions}) == 1
    assert events_of(await read(database, keys)) == events


async def test_twenty_different_branches_at_once(
    ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys
) -> None:
    """Whoever comes last stands; everything is kept, in one unbroken chain."""
    trunk = link(NO, (received(), admitted()))
    await ledger.append(batch(trunk))
    branches = [link(NO, (attempt(0), settled(0)), after=trunk[1], at=LATER + timedelta(hours=n)) for n in range(20)]
    await asyncio.gather(*(ledger.append(batch(b, run=f"run-{n}")) for n, b in enumerate(branches, start=2)))
    trail = await read(database, keys)
    assert len(trail.entries) == 42
    assert events_of(trail)[2:] in branches


async def test_twenty_cases_at_once(ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys) -> None:
    """They share their people: keys are made once, and nobody waits for nobody."""
    numbers = [f"T-{n}" for n in range(20)]
    await asyncio.gather(*(ledger.append(batch(whole_case(no))) for no in numbers))
    for no in numbers:
        trail = await read_trail(database, no, keys=keys)
        assert trail.sound
        assert events_of(trail) == whole_case(no)


async def test_statements_of_one_append(
    postgres: EmbeddedPostgres, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []

    def note(record: Any) -> None:
        statements.append(record.query)

    async def listen(connection: Any) -> None:
        connection.add_query_logger(note)  # one and the same: adding it again changes nothing

    monkeypatch.setattr(asyncpg, "create_pool", functools.partial(asyncpg.create_pool, setup=listen))
    async with await open_pool(postgres.dsn(APP_ROLE, database_name), 1) as pool:
        # Once per connection the driver asks for the types.
        await PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY)).append(batch(whole_case("T-0")))
        ledger = PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY))
        for number, allowed in (("T-1", 2), ("T-2", 1), ("T-2", 1)):
            statements.clear()
            await ledger.append(batch(whole_case(number)))
            assert len(statements) == allowed, statements


async def test_no_lock_outlives_an_append(database: asyncpg.Pool, ledger: PostgresLedger) -> None:
    await ledger.append(batch(link(NO, (received(), admitted(), handed_over()))))
    await refusal(ledger, batch(whole_case(NO)[4:]))
    assert await database.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0

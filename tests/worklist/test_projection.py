"""The lists are what the events say, in whatever portions they come, and show each what the rule grants him."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed, sequencer
from infra.ledger.writer import PostgresLedger
from infra.worklist import read
from infra.worklist.listed import ApplicationFilters, BadCursor, ListedTask, Sort, TaskFilters
from infra.worklist.projection import NAME, apply, rebuild
from schemas.authority import Action, Principal, Role, Visibility, decide, visible
from schemas.worklist import urgency
from tests.ledger.cases import MASTER_KEY
from tests.schemas.principals import DEPARTMENTS, principals
from tests.worklist.streams import County, append

TABLES = ("stream", "application", "task", "unreadable")
EVERYTHING = Visibility(everything=True)


@pytest.fixture
def ledger(database: asyncpg.Pool) -> PostgresLedger:
    return PostgresLedger(database, SubjectKeys(database, MASTER_KEY))


async def contents(pool: asyncpg.Pool) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [dict(row) for row in await pool.fetch(f"SELECT * FROM worklist.{table} ORDER BY 1, 2")]
        for table in TABLES
    }


async def staged(ledger: PostgresLedger, pool: asyncpg.Pool, seed: int, happenings: int, every: int = 1) -> County:
    """A county in which much happened, taken up in portions on the way."""
    county, chance = County(seed), random.Random(seed)
    for n in range(happenings):
        stream, event = county.happen()
        await append(ledger, stream, [event])
        if n % every == 0 and chance.random() < 0.5:
            await sequencer.sequence(pool)
            await take(pool, chance.randint(1, 7))
    await sequencer.sequence(pool)
    await take(pool, 500)
    return county


async def take(pool: asyncpg.Pool, limit: int) -> None:
    async with pool.acquire() as connection:
        while await feed.advance(connection, NAME, apply, limit):
            pass


@pytest.mark.parametrize("seed", range(6))
async def test_event_by_event_is_the_same_as_built_anew(
    ledger: PostgresLedger, database: asyncpg.Pool, seed: int
) -> None:
    county = await staged(ledger, database, seed, 150)
    assert any(stream.resets for stream in county.streams.values())
    grown = await contents(database)
    assert grown["task"] and grown["application"] and not grown["unreadable"]
    assert await rebuild(database) == await feed.head(database) + 1
    assert await contents(database) == grown
    assert await read.read_up_to(database) == await feed.head(database)


async def test_the_rows_are_what_the_fold_of_each_stream_says(ledger: PostgresLedger, database: asyncpg.Pool) -> None:
    county = await staged(ledger, database, 11, 200, every=5)
    kept = {(row["stream"], row["assignment"]): row for row in await database.fetch("SELECT * FROM worklist.task")}
    said = {(part.stream, each.task.assignment): each for part in county.parts() for each in part.tasks}
    assert set(kept) == set(said)
    for place, each in said.items():
        row, task = kept[place], each.task
        assert (row["due_at"], row["closed"], row["urgency"]) == (task.due_at, task.closed, urgency(task))
        assert row["claimed_by"] == (task.claim.by.actor_id if task.claim else None)
        assert tuple(row["cases"]) == each.cases
    for number, target in county.targets().items():
        found = await read.target(database, number)
        assert found is not None
        assert found.model_copy(update={"asked": tuple(sorted(found.asked))}) == target.model_copy(
            update={"asked": tuple(sorted(target.asked))}
        )


@pytest.fixture
async def county(ledger: PostgresLedger, database: asyncpg.Pool) -> County:
    return await staged(ledger, database, 5, 260, every=20)


async def pages(pool: asyncpg.Pool, visibility: Visibility, sort: Sort, limit: int) -> list[ListedTask]:
    found: list[ListedTask] = []
    cursor: str | None = None
    while True:
        page, cursor = await read.tasks(pool, visibility, TaskFilters(), sort, cursor, limit)
        found += page
        if cursor is None:
            return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(principal=principals(), sort=st.sampled_from(Sort), limit=st.integers(1, 9))
async def test_a_list_shows_what_the_rule_grants_and_nothing_else(
    county: County, database: asyncpg.Pool, principal: Principal, sort: Sort, limit: int
) -> None:
    targets = county.targets()
    tasks = await pages(database, visible(principal, Action.TASKS), sort, limit)
    mine = {n for n, target in targets.items() if decide(principal, Action.TASKS, target).granted}
    said = {
        (part.stream, each.task.assignment): next(n for n in each.cases if n in mine)
        for part in county.parts()
        for each in part.tasks
        if each.task.open and mine & set(each.cases)
    }
    assert {(t.stream, t.assignment): t.application_no for t in tasks} == said
    assert len(tasks) == len(said), "each once"
    seen = {n for n, target in targets.items() if decide(principal, Action.LIST, target).granted}
    cases = [part.application_no for part in county.parts() if part.facts is not None]
    listed: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = await read.applications(
            database, visible(principal, Action.LIST), ApplicationFilters(), cursor, limit
        )
        listed += [a.application_no for a in page]
        if cursor is None:
            break
    assert sorted(listed) == sorted(n for n in cases if n in seen)


@pytest.mark.parametrize("sort", Sort)
async def test_pages_are_in_order_and_overlap_nowhere(county: County, database: asyncpg.Pool, sort: Sort) -> None:
    whole, _ = await read.tasks(database, EVERYTHING, TaskFilters(), sort, limit=200)
    assert len(whole) > 5
    assert await pages(database, EVERYTHING, sort, 3) == list(whole)
    by_sort: dict[Sort, list[tuple[Any, ...]]] = {
        Sort.DUE: [(t.due_at,) for t in whole],
        Sort.OPENED: [(t.opened_at,) for t in whole],
        Sort.COLOUR: [({"red": 0, "orange": 1, "blue": 2}.get(t.colour or "", 3), t.due_at) for t in whole],
    }
    keys = by_sort[sort]
    assert keys == sorted(keys)


async def test_every_filter_keeps_what_it_says(county: County, database: asyncpg.Pool) -> None:
    whole, _ = await read.tasks(database, EVERYTHING, TaskFilters(), limit=200)
    some = whole[len(whole) // 2]
    claimed = next(t for t in whole if t.claimed_by)
    coloured = next(t for t in whole if t.colour)
    of_office = next(t for t in whole if t.department)
    filters: dict[str, tuple[TaskFilters, Callable[[ListedTask], bool]]] = {
        "step": (TaskFilters(step=some.step), lambda t: t.step == some.step),
        "turn": (TaskFilters(responsible=some.responsible), lambda t: t.responsible == some.responsible),
        "colour": (TaskFilters(colour=coloured.colour), lambda t: t.colour == coloured.colour),
        "office": (TaskFilters(department=of_office.department), lambda t: t.department == of_office.department),
        "mine": (TaskFilters(claimed_by=claimed.claimed_by), lambda t: t.claimed_by == claimed.claimed_by),
        "free": (TaskFilters(unclaimed=True), lambda t: t.claimed_by is None),
        "due": (TaskFilters(due_before=some.due_at), lambda t: t.due_at < some.due_at),
    }
    for name, (wanted, keeps) in filters.items():
        page, _ = await read.tasks(database, EVERYTHING, wanted, limit=200)
        assert list(page) == [t for t in whole if keeps(t)], name
        assert page or name == "due"


async def test_a_case_that_may_not_be_seen_has_no_tasks_though_it_shares_them(
    county: County, database: asyncpg.Pool
) -> None:
    targets = county.targets()
    shared = [e.cases for p in county.parts() for e in p.tasks if e.task.open and len(e.cases) > 1]
    assert shared, "cases share a task"
    tried = 0
    for cases in shared:
        for department in DEPARTMENTS:
            principal = Principal(principal_id="c", roles=(Role.CLERK,), department=department)
            sees = visible(principal, Action.TASKS)
            for hidden in (n for n in cases if not sees.covers(targets[n])):
                page, _ = await read.tasks(database, sees, TaskFilters(application_no=hidden))
                assert page == ()
                tried += 1
    assert tried
    for number in county.numbers:
        of_case = await read.open_tasks_of(database, number)
        assert {(t.stream, t.assignment) for t in of_case} == {
            (p.stream, e.task.assignment) for p in county.parts() for e in p.tasks if e.task.open and number in e.cases
        }


async def test_many_items_are_looked_for_as_few_are(county: County, database: asyncpg.Pool) -> None:
    items = ("item_a", *(f"item_{n}" for n in range(read.FEW_KEYS)))
    few, _ = await read.tasks(database, Visibility(items=items[:1]), TaskFilters(), limit=200)
    many, _ = await read.tasks(database, Visibility(items=items), TaskFilters(), limit=200)
    assert few == many != ()


async def test_a_cursor_of_another_order_or_of_nobody_is_refused(county: County, database: asyncpg.Pool) -> None:
    _, cursor = await read.tasks(database, EVERYTHING, TaskFilters(), Sort.DUE, limit=1)
    for wrong in (cursor, "", "x", "W10", "_" * 50):
        with pytest.raises(BadCursor):
            await read.tasks(database, EVERYTHING, TaskFilters(), Sort.COLOUR, wrong)


async def test_a_stream_that_cannot_be_read_holds_nobody_up(
    ledger: PostgresLedger, database: asyncpg.Pool, admin: asyncpg.Pool
) -> None:
    county = await staged(ledger, database, 3, 40)
    name = next(iter(county.streams))
    await admin.execute("ALTER TABLE ledger.event DISABLE TRIGGER ALL")
    await admin.execute("UPDATE ledger.event SET canonical = '{}' WHERE stream = $1 AND position = 0", name)
    await rebuild(database)
    assert [row["stream"] for row in await database.fetch("SELECT stream FROM worklist.unreadable")] == [name]
    assert await database.fetchval("SELECT count(*) FROM worklist.task") > 0

"""How long a page of ``GET /tasks`` takes to read over 100,000 open tasks, for each kind of principal and each sort.

``python -m tests.benchmarks.bench_tasks [--tasks 100000] [--requests 40]`` prints the table; nothing is asserted, for a
wall clock belongs to the machine.  Pages are the first, and one from the middle of what the principal sees.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table
from stdnum.cn import uscc as numbers

from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.postgres.migrate import upgrade
from infra.postgres.pool import open_pool
from infra.worklist import read
from infra.worklist.listed import Sort, TaskFilters, cursor_of
from infra.worklist.query import Query
from schemas.assignment import Responsible, Rung, Step
from schemas.authority import Action, Principal, Role, Target, Visibility, visible
from schemas.worklist import keys_of

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
TASKS_OF_A_CASE = 3
CLOSED_FOR_EACH_OPEN = 2
ITEMS = [f"item_{n:04d}" for n in range(1200)]
RARE = Role.DATA_BUREAU


def uscc(n: int) -> str:
    """An office of the county."""
    head = f"11350526MB{n:07d}"
    return str(head + numbers.calc_check_digit(head))


OFFICES = [uscc(n) for n in range(1, 41)]
"""The first has a tenth of all tasks."""


def office(chance: random.Random) -> str:
    """An office, the first ones far more often."""
    return OFFICES[min(int(chance.expovariate(1 / 6)), len(OFFICES) - 1)]


def cases(count: int, chance: random.Random) -> Iterator[Target]:
    """Cases as a county has them."""
    for n in range(count):
        item = chance.randrange(len(ITEMS))
        asked = tuple({office(chance) for _ in range(chance.randint(1, 3))})
        roles = (Role.COMMITTEE,) if chance.random() < 0.05 else ()
        helpers = (f"helper-{chance.randint(1, 30)}",) if chance.random() < 0.1 else ()
        yield Target(
            application_no=f"B-{n:07d}",
            item_code=ITEMS[item],
            department=OFFICES[min(item // 30, len(OFFICES) - 1)],
            taken_in_by=office(chance),
            asked=asked,
            asked_roles=(*roles, *((Role.CASE_HELPER,) if helpers else ())),
            helpers=helpers,
        )


async def fill(pool: asyncpg.Pool, open_tasks: int, chance: random.Random) -> None:
    """The lists themselves: how they come about is measured elsewhere."""
    applications: list[tuple[Any, ...]] = []
    tasks: list[tuple[Any, ...]] = []
    colours = (None, None, None, None, Rung.BLUE, Rung.ORANGE, Rung.RED)
    for target in cases(open_tasks // TASKS_OF_A_CASE, chance):
        number, keys = target.application_no, list(keys_of(target))
        received = START + timedelta(minutes=chance.randint(0, 200_000))
        applications.append(
            (number, target.item_code, "示例事项", target.department, "示例部门", target.taken_in_by, "clerk-1",
             "interactive", "establishing", received, keys, list(target.asked), 0)
        )  # fmt: skip
        for n in range(TASKS_OF_A_CASE * (1 + CLOSED_FOR_EACH_OPEN)):
            colour = chance.choice(colours)
            opened = received + timedelta(minutes=n)
            closed = n >= TASKS_OF_A_CASE
            tasks.append(
                (f"verification/{number}/r_{n}", "asked", [number], keys, chance.choice(list(Step)).value,
                 chance.choice(list(Responsible)).value, "示例部门", chance.choice(target.asked), [], "请核对",
                 "继续提醒", opened, opened + timedelta(minutes=chance.randint(1000, 9000)), False,
                 colour.value if colour else None,
                 {Rung.RED: 0, Rung.ORANGE: 1, Rung.BLUE: 2}.get(colour, 3) if colour else 3,
                 f"clerk-{chance.randint(1, 200)}" if chance.random() < 0.3 else None, "done" if closed else None)
            )  # fmt: skip
    async with pool.acquire() as connection:
        await connection.copy_records_to_table(
            "application", schema_name="worklist", records=applications, timeout=600,
            columns=["application_no", "item_code", "item_name", "department", "department_name", "taken_in_by",
                     "taken_in_with", "mode", "stage", "received_at", "keys", "asked", "leaf_index"],
        )  # fmt: skip
        await connection.copy_records_to_table(
            "task", schema_name="worklist", records=tasks, timeout=600,
            columns=["stream", "assignment", "cases", "keys", "step", "responsible", "who", "department",
                     "recipients", "task", "follows", "opened_at", "due_at", "due_provisional", "colour", "urgency",
                     "claimed_by", "closed"],
        )  # fmt: skip


def kinds() -> Iterator[tuple[str, Principal]]:
    """A principal of each kind that has a worklist; of the busy office and of one with little to do."""
    yield "supervisor (whole county)", Principal(principal_id="s", roles=(Role.SUPERVISOR,))
    yield "clerk, busy window", Principal(principal_id="c", roles=(Role.CLERK,), department=OFFICES[0])
    yield "clerk, quiet window", Principal(principal_id="c", roles=(Role.CLERK,), department=OFFICES[30])
    few, many = tuple(ITEMS[:3]), tuple(ITEMS[:600])
    yield "clerk, 3 items", Principal(principal_id="c", roles=(Role.CLERK,), department=OFFICES[30], items=few)
    yield "clerk, 600 items", Principal(principal_id="c", roles=(Role.CLERK,), department=OFFICES[0], items=many)
    yield "department, busy", Principal(principal_id="d", roles=(Role.DEPARTMENT,), department=OFFICES[0])
    yield "department, quiet", Principal(principal_id="d", roles=(Role.DEPARTMENT,), department=OFFICES[35])
    yield "case helper", Principal(principal_id="helper-3", roles=(Role.CASE_HELPER,))
    yield "committee", Principal(principal_id="m", roles=(Role.COMMITTEE,))
    yield "justice", Principal(principal_id="j", roles=(Role.JUSTICE,), department=OFFICES[7])
    yield "data bureau, nothing", Principal(principal_id="b", roles=(RARE,), department=uscc(900))
    yield "township", Principal(principal_id="t", roles=(Role.TOWNSHIP,), department=OFFICES[20])


def filters(chance: random.Random) -> Iterator[tuple[str, TaskFilters]]:
    """What people filter by."""
    yield "-", TaskFilters()
    yield "unclaimed", TaskFilters(unclaimed=True)
    yield "mine", TaskFilters(claimed_by="clerk-7")
    yield "red", TaskFilters(colour=Rung.RED)
    yield "overdue", TaskFilters(due_before=START + timedelta(days=60))
    yield "office", TaskFilters(department=OFFICES[12])
    yield "step", TaskFilters(step=Step.HEARING)
    yield "case", TaskFilters(application_no=f"B-{chance.randint(0, 30000):07d}")


async def middle(pool: asyncpg.Pool, visibility: Visibility, sort: Sort) -> str | None:
    """A cursor in the middle of what somebody sees."""
    columns = [name for name, _ in read.ORDERS[sort]]
    query = Query()
    where = read.sight(query, "t", visibility)
    row = await pool.fetchrow(
        f"SELECT {', '.join(columns)} FROM worklist.task t WHERE closed IS NULL AND {where} "
        f"ORDER BY {', '.join(columns)} OFFSET (SELECT count(*) / 2 FROM worklist.task t "
        f"WHERE closed IS NULL AND {where}) LIMIT 1",
        *query.values,
    )
    return cursor_of(sort.value, [read._plain(row[name]) for name in columns]) if row is not None else None


async def measure(pool: asyncpg.Pool, requests: int, chance: random.Random) -> Table:
    """Every kind of principal in every order."""
    table = Table("principal", "sees", "sort", "filter", "p50 ms", "p95 ms", "max ms")
    for name, principal in kinds():
        visibility = visible(principal, Action.TASKS)
        query = Query()
        where = read.sight(query, "t", visibility)
        sees = await pool.fetchval(
            f"SELECT count(*) FROM worklist.task t WHERE closed IS NULL AND {where}", *query.values
        )
        for sort in Sort:
            deep = await middle(pool, visibility, sort)
            for label, wanted in filters(chance) if sort is Sort.DUE else [("-", TaskFilters())]:
                took: list[float] = []
                for n in range(requests):
                    began = time.perf_counter()
                    await read.tasks(pool, visibility, wanted, sort, deep if n % 2 else None)
                    took.append((time.perf_counter() - began) * 1000)
                took.sort()
                p95 = took[int(len(took) * 0.95)]
                mark = "[red]" if p95 > 100 else ""
                table.add_row(
                    name, str(sees), sort.value, label,
                    f"{statistics.median(took):.1f}", f"{mark}{p95:.1f}", f"{took[-1]:.1f}",
                )  # fmt: skip
    return table


async def main(open_tasks: int, requests: int) -> None:
    """Fill, measure, print."""
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as place, EmbeddedPostgres(Path(place), ephemeral=True) as server:
        server.create_database("bench")
        await upgrade(server.dsn(OWNER_ROLE, "bench"))
        async with (
            await open_pool(server.dsn(APP_ROLE, "bench"), 2) as pool,
            await open_pool(server.dsn(OWNER_ROLE, "bench"), 1) as owner,
        ):
            await fill(pool, open_tasks, chance)
            await owner.execute("ANALYZE worklist.task, worklist.application", timeout=600)
            Console(width=110).print(await measure(pool, requests, chance))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=40)
    told = parser.parse_args()
    asyncio.run(main(told.tasks, told.requests))

"""Rates and latencies of a no-op, a bare, and a full application, interleaved in one run on one machine.

``python -m tests.benchmarks.bench_application [--rounds 5] [--cases 200] [--soak 0]`` prints the table; nothing here
is asserted, for a wall clock belongs to the machine.  ``--soak N`` then runs N applications and prints the worker's
memory as it goes.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import WorkflowEnvironment

from infra.catalogue.store import publish
from infra.embedded.ports import any_free
from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, SUPERUSER, EmbeddedPostgres
from infra.postgres.migrate import upgrade
from infra.postgres.pool import open_pool
from infra.sandbox.population import Population
from infra.settings import Settings
from infra.temporal.client import connect
from infra.temporal.search_attributes import register
from schemas.codes import Platform
from tests.benchmarks import workload
from tests.benchmarks.processes import SEED, SIZE
from tests.temporal_fixtures import BIN, FAST_QUEUES
from workers.intake import Intake
from workers.resources import admission_of

QUEUE = "benchmark"
STATEMENT = re.compile(r"LOG:  (?:execute|statement)[^:]*: (.*)")
NOT_COUNTED = ("BEGIN", "COMMIT", "ALTER", "SELECT pg_reload")
ATTRIBUTES = TypedSearchAttributes(
    [
        SearchAttributePair(SearchAttributeKey.for_keyword(name), "bare")
        for name in ("ItemCode", "CaseStage", "Office", "CatalogueVersion")
    ]
)
console = Console(width=110)


@dataclass
class Stack:
    """What the driver works with."""

    client: Client
    intake: Intake
    people: list[tuple[str, str]]
    worker: psutil.Process
    postgres: EmbeddedPostgres


@dataclass
class Measured:
    """Rates of the rounds at concurrency 20, and latencies alone."""

    rates: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    alone_rates: list[float] = field(default_factory=list)


@asynccontextmanager
async def stack(folder: Path) -> AsyncIterator[Stack]:
    port = any_free(())
    platforms = {
        p.value: {
            "base_url": f"http://127.0.0.1:{port}/{p.value.replace('_', '-')}",
            "access_id": "bench",
            "secret": secrets.token_hex(16),
            "requests_per_second": 100_000,
        }
        for p in Platform
    }
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BIN / "temporal"), dev_server_extra_args=FAST_QUEUES, dev_server_log_level="error"
    )
    async with environment:
        with EmbeddedPostgres(folder / "pg") as postgres:
            postgres.create_database("bench")
            await upgrade(postgres.dsn(OWNER_ROLE, "bench"))
            await _prepare(postgres)
            settings: dict[str, Any] = {
                "temporal": {
                    "address": environment.client.service_client.config.target_host,
                    "task_queue": QUEUE,
                    "codec_keys": {"k1": key},
                    "codec_active_key": "k1",
                },
                "postgres": {"dsn": postgres.dsn(APP_ROLE, "bench")},
                "identity": {"pepper": key, "master_key": key},
                "platforms": platforms,
                "evidence_path": str(folder / "evidence"),
                "telemetry": {"log_level": "WARNING"},
            }
            client = await connect(Settings(**settings).temporal)
            await register(client)
            callers = {n: {"access_id": p["access_id"], "secret": p["secret"]} for n, p in platforms.items()}
            ready = folder / "ready"
            told: dict[str, dict[str, Any]] = {
                "sandbox": {"port": port, "callers": callers},
                "worker": {"settings": settings, "ready": str(ready)},
            }
            children = [_start(role, folder, told[role]) for role in ("sandbox", "worker")]
            try:
                while not ready.exists():
                    if any(c.poll() is not None for c in children):
                        raise RuntimeError("a process of the benchmark ended early")
                    await asyncio.sleep(0.05)
                people = workload.people_with_everything(Population(workload.catalogue(), SEED, SIZE))
                async with await open_pool(postgres.dsn(APP_ROLE, "bench"), 4) as pool:
                    intake = Intake(client, QUEUE, admission_of(Settings(**settings), pool))
                    yield Stack(client, intake, people, psutil.Process(children[1].pid), postgres)
            finally:
                for child in reversed(children):
                    child.terminate()
                    child.wait()


def _start(role: str, folder: Path, told: dict[str, Any]) -> subprocess.Popen[bytes]:
    file = folder / f"{role}.json"
    file.write_text(json.dumps(told))
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-m", "tests.benchmarks.processes", role, str(file)], cwd=root
    )


async def _prepare(postgres: EmbeddedPostgres) -> None:
    async with await open_pool(postgres.dsn(APP_ROLE, "bench"), 1) as pool:
        await publish(pool, workload.catalogue())
    async with await open_pool(postgres.dsn(SUPERUSER, "bench"), 1) as pool:
        for table in ("event", "sealed_field"):
            await pool.execute(f"CREATE TABLE public.{table} (LIKE ledger.{table} INCLUDING ALL)")
            await pool.execute(f"GRANT INSERT ON public.{table} TO PUBLIC")


Run = Callable[[str], Awaitable[object]]


def runs(stack: Stack) -> dict[str, Run]:
    """How one of each kind is started and awaited."""
    client = stack.client

    def person(number: str) -> tuple[str, str]:
        return stack.people[hash(number) % len(stack.people)]

    async def noop(number: str) -> object:
        return await client.execute_workflow("NoopWorkflow", number, id=number, task_queue=QUEUE)

    async def bare(number: str) -> object:
        code, name = person(number)
        padding = workload.padding(workload.START_BYTES)
        told = workload.Bare(number=number, code=code, name=name, padding=padding)
        return await client.execute_workflow(
            "BareWorkflow",
            told,
            id=number,
            task_queue=QUEUE,
            search_attributes=ATTRIBUTES,
            static_summary="bare",
            static_details=padding[:200],
        )

    async def full(number: str) -> object:
        handle = await stack.intake.submit(workload.application(number, person(number)))
        result = await handle.result()
        assert result.status == "settled", result
        return result

    return {"a  no-op": noop, "b  bare": bare, "c  application": full}


async def measure(run: Run, cases: int, concurrency: int) -> tuple[float, list[float]]:
    """Cases a second, and the seconds of each."""
    slots, took = asyncio.Semaphore(concurrency), []

    async def one() -> None:
        async with slots:
            began = time.perf_counter()
            await run(f"bench-{secrets.token_hex(8)}")
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(cases)))
    return cases / (time.perf_counter() - began), took


async def compare(stack: Stack, rounds: int, cases: int) -> None:
    kinds = runs(stack)
    measured = {name: Measured() for name in kinds}
    for run in kinds.values():
        await measure(run, 60, 20)
    for _ in range(rounds):
        for name, run in kinds.items():
            measured[name].rates.append((await measure(run, cases, 20))[0])
        for name, run in kinds.items():
            rate, took = await measure(run, 30, 1)
            measured[name].alone_rates.append(rate)
            measured[name].alone += took
    table = Table(title=f"{rounds} interleaved rounds, {cases} cases each; median (least to most)")
    for column in ("", "rate at 20 /s", "rate at 1 /s", "p50 alone ms", "p95 alone ms"):
        table.add_column(column, justify="right")
    for name, m in measured.items():
        alone = statistics.quantiles(m.alone, n=100)
        table.add_row(
            name,
            f"{statistics.median(m.rates):.0f} ({min(m.rates):.0f} to {max(m.rates):.0f})",
            f"{statistics.median(m.alone_rates):.0f}",
            f"{1000 * alone[49]:.1f}",
            f"{1000 * alone[94]:.1f}",
        )
    console.print(table)
    a, b, c = measured.values()
    of_bare = [y / x for x, y in zip(b.rates, c.rates, strict=True)]
    of_noop = [y / x for x, y in zip(a.rates, c.rates, strict=True)]
    p50 = statistics.median(c.alone) / statistics.median(b.alone)
    console.print(
        f"c / b in rate at 20   {statistics.median(of_bare):.2f} ({min(of_bare):.2f} to {max(of_bare):.2f}), reach 0.85"
    )
    console.print(
        f"c / a in rate at 20   {statistics.median(of_noop):.2f} ({min(of_noop):.2f} to {max(of_noop):.2f}), reach 0.28"
    )
    console.print(f"p50 alone c / b       {p50:.2f}, reach at most 1.30")


async def costs(stack: Stack) -> None:
    """What one application costs whatever the machine: history, workflow tasks, statements."""
    run, shapes, cases = runs(stack)["c  application"], [], 40
    async with await open_pool(stack.postgres.dsn(SUPERUSER, "bench"), 1) as pool:
        await pool.execute("ALTER SYSTEM SET log_statement = 'all'")
        await pool.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.5)
        begin = stack.postgres.log_path.stat().st_size
        for n in range(cases):
            number = f"cost-{secrets.token_hex(6)}-{n}"
            await run(number)
            events = [e async for e in stack.client.get_workflow_handle(f"application/{number}").fetch_history_events()]
            tasks = sum(e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for e in events)
            shapes.append((len(events), tasks, sum(e.ByteSize() for e in events)))
        await pool.execute("ALTER SYSTEM RESET log_statement")
        await pool.execute("SELECT pg_reload_conf()")
    with stack.postgres.log_path.open(errors="replace") as log:
        log.seek(begin)
        executed = Counter(
            m.group(1) for line in log if (m := re.search(r"LOG:  (?:execute|statement)[^:]*: (.*)", line))
        )
    events_, tasks_, bytes_ = zip(*shapes, strict=True)
    console.print(f"history events        {min(events_)} to {max(events_)}, reach at most 24")
    console.print(f"workflow tasks        {min(tasks_)} to {max(tasks_)}, reach at most 4")
    console.print(f"history bytes         {statistics.median(bytes_):.0f}")
    counted = Counter(
        {q: n for q, n in executed.items() if not q.startswith(("BEGIN", "COMMIT", "ALTER", "SELECT pg_reload"))}
    )
    console.print(f"SQL statements        {counted.total() / cases:.2f} a case, reach at most 4:")
    for query, calls in counted.most_common(8):
        console.print(f"  {calls / cases:.2f}  {query[:80]}", style="dim", highlight=False)


async def soak(stack: Stack, cases: int) -> None:
    run = runs(stack)["c  application"]
    done = 0
    while done < cases:
        part = min(500, cases - done)
        rate, _ = await measure(run, part, 20)
        done += part
        resident = stack.worker.memory_info().rss / 2**20
        console.print(f"{done:6d} applications   worker {resident:7.1f} MiB   {rate:.0f} /s")


async def main(rounds: int, cases: int, soaked: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mianzheng-bench-") as folder:
        async with stack(Path(folder)) as running:
            if rounds:
                await compare(running, rounds, cases)
            await costs(running)
            if soaked:
                await soak(running, soaked)
    await asyncio.sleep(0.3)


if __name__ == "__main__":
    os.environ.pop("MIANZHENG_CONFIG", None)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--soak", type=int, default=0)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.rounds, chosen.cases, chosen.soak))

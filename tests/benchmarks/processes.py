"""The processes of a benchmark besides Temporal and PostgreSQL: ``python -m tests.benchmarks.processes ROLE FILE``.

Worker and sandbox run apart from the driver, as in life, so that none of them is measured with another's load.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop

from infra.platforms.transport import Transport, http_client
from infra.sandbox.guard import Caller
from infra.sandbox.population import Population
from infra.sandbox.server import create_app, serve
from infra.sandbox.state import State
from infra.settings import Settings
from infra.temporal.client import connect
from schemas.codes import Platform
from tests.benchmarks import workload
from tests.benchmarks.yardsticks import BareWorkflow, NoopWorkflow
from workers.registry import Role
from workers.resources import open_resources
from workers.serve import build_workers, precompile

SEED, SIZE = 1, 400


async def sandbox(told: dict[str, Any]) -> None:
    population = Population(workload.catalogue(), SEED, SIZE)
    callers = {
        Platform(name): Caller(caller["access_id"], caller["secret"].encode())
        for name, caller in told["callers"].items()
    }
    async with serve(create_app(State(population, callers)), port=told["port"]):
        await _until_told()


async def worker(told: dict[str, Any]) -> None:
    precompile(Path(__file__).parent)
    settings = Settings(**told["settings"])
    client = await connect(settings.temporal)
    async with open_resources(settings) as resources, http_client() as http:
        bare = workload.BareActivities({p: Transport(s, http) for p, s in settings.platforms.items()}, resources.pool)
        activities = dict(resources.activities)
        activities[Role.PLATFORMS] += (bare.licence, bare.shared, bare.insert)
        (served,) = build_workers(client, settings.temporal, activities, extra_workflows=(NoopWorkflow, BareWorkflow))
        async with served:
            _ready(Path(told["ready"]))
            await _until_told()


def _ready(file: Path) -> None:
    file.touch()


async def _until_told() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


if __name__ == "__main__":
    role, file = sys.argv[1:]
    import os

    if os.environ.get("UV"):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run({"sandbox": sandbox, "worker": worker}[role](json.loads(Path(file).read_text())))

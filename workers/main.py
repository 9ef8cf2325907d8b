"""The one entry point of a worker process: every role it is given, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack

import structlog

from infra.settings import Settings
from infra.telemetry import start_telemetry
from infra.temporal.client import connect
from infra.temporal.deployment import make_current
from infra.temporal.schedules import keep
from infra.temporal.search_attributes import register
from workers.jobs import jobs
from workers.registry import Role
from workers.resources import open_resources
from workers.serve import ALL_ROLES, build_workers


async def run_worker(
    settings: Settings, *, roles: tuple[Role, ...] = ALL_ROLES, ready: Callable[[], None] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is running within the graceful time.

    ``ready`` is called once when every worker polls.  Search attributes are registered first and schedules kept,
    so that a fresh namespace needs no other step.
    """
    telemetry = start_telemetry(settings.telemetry)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        stack.callback(telemetry.close)
        client = await connect(settings.temporal, plugins=telemetry.plugins, runtime=telemetry.runtime)
        await register(client)
        resources = await stack.enter_async_context(open_resources(settings))
        for worker in build_workers(client, settings.temporal, resources.activities, roles):
            await stack.enter_async_context(worker)
        if settings.temporal.promote_on_start:
            await make_current(client, settings.temporal)
        if Role.CASES in roles:
            changed = await keep(client, settings.temporal.task_queue, jobs(settings))
            structlog.get_logger().info("schedules kept", changed=list(changed))
        structlog.get_logger().info("worker ready", roles=[r.value for r in roles], address=settings.temporal.address)
        if ready is not None:
            ready()
        await stop.wait()
        structlog.get_logger().info("worker stopping")

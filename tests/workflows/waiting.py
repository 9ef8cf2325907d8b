"""Waiting in tests until something is so, within a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from temporalio.client import WorkflowHandle

from schemas.application import ApplicationResult, ApplicationStatus


async def eventually(condition: Callable[[], bool], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def eventually_async(look: Callable[[], Awaitable[set[str]]], wanted: set[str], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not wanted <= await look():
            await asyncio.sleep(0.05)


async def settled_now(handle: WorkflowHandle[object, ApplicationResult]) -> set[str]:
    status = await handle.query("status", result_type=ApplicationStatus)
    return {r.requirement for r in status.requirements if r.status == "settled"}


async def all_durable(handle: WorkflowHandle[object, ApplicationResult], seconds: float = 40) -> ApplicationStatus:
    """The status once everything recorded so far is durable: from then on only something new changes it."""
    async with asyncio.timeout(seconds):
        while True:
            status: ApplicationStatus = await handle.query("status", result_type=ApplicationStatus)
            if status.durable == status.recorded:
                return status
            await asyncio.sleep(0.02)

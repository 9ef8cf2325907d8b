"""Running the sample cases of the demo, and checking what the ledger keeps of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from infra.cli.failures import explained
from infra.cli.session import database, temporal_client
from infra.settings import Settings
from schemas.application import ApplicationRequest, ApplicationResult


@dataclass
class Ran:
    """What came of the cases.  ``seconds`` is from handing in to the outcome, in the order of the ends."""

    results: list[ApplicationResult] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Application number and reason."""
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    events: int = 0
    unsound: list[str] = field(default_factory=list)
    """Applications whose trail does not verify."""


async def run_cases(
    settings: Settings, requests: Sequence[ApplicationRequest], at_once: int, advance: Callable[[], None]
) -> Ran:
    """Run every request to its outcome, so many at once; ``advance`` is called after each."""
    from infra.temporal.start import submit

    client = await temporal_client(settings)
    ran = Ran()
    waiting = iter(requests)

    async def take() -> None:
        for request in waiting:
            began = time.monotonic()
            try:
                handle = await submit(client, settings.temporal.task_queue, request)
                result = await handle.result()
            except Exception as error:
                failure = explained(error)
                if failure is None:
                    raise
                details = "；".join(str(e) for e in failure.errors)
                ran.failures.append((request.application_no, f"{failure.message} {details}".strip()))
            else:
                ran.results.append(result)
                ran.seconds.append(time.monotonic() - began)
            advance()

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(take())
    ran.elapsed = time.monotonic() - began
    return ran


async def check_ledger(settings: Settings, ran: Ran) -> None:
    """Read and verify the trail of every case; fills in the counts."""
    from infra.identity.subject_keys import SubjectKeys
    from infra.ledger.trail import read_trail

    async with database(settings) as pool:
        keys = SubjectKeys(pool, settings.identity.master_key_bytes)
        for result in ran.results:
            trail = await read_trail(pool, result.application_no, keys=keys)
            ran.events += len(trail.entries)
            if not trail.sound or len(trail.entries) <= result.position.sequence:
                ran.unsound.append(result.application_no)

"""Running the sample cases of the demo, and checking what the ledger keeps of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from infra.cli.failures import explained
from infra.cli.session import database, door
from infra.settings import Settings
from schemas.application import ApplicationRequest, ApplicationResult
from workers.intake import Intake

CASE_SECONDS = 60.0
"""Far more than the waiting budgets of the demo: a case that takes longer is stuck, and that is a failure."""


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
    ran = Ran()
    waiting = iter(requests)

    async def take(intake: Intake) -> None:
        for request in waiting:
            began = time.monotonic()
            try:
                async with asyncio.timeout(CASE_SECONDS):
                    handle = await intake.submit(request)
                    result = await handle.result()
            except TimeoutError:
                ran.failures.append((request.application_no, f"{CASE_SECONDS:.0f} 秒内没有结果"))
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
    async with door(settings) as intake, asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(take(intake))
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

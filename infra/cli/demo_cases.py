"""Running the sample cases of the demo with its staged people, and checking what the ledger keeps of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from temporalio.client import Client

from infra.cli.demo_counts import Counts
from infra.cli.demo_desks import Desks
from infra.cli.demo_people import People
from infra.cli.demo_settings import DAY_SECONDS
from infra.cli.failures import explained
from infra.cli.session import database, door, temporal_client
from infra.settings import Settings
from schemas.application import ApplicationRequest, ApplicationResult
from schemas.catalogue import Catalogue
from workers.intake import Intake

CASE_SECONDS = 75.0
"""How long the demo waits for a case; one that is not over by then is left open, and told as such."""
AFTERWARDS_SECONDS = 25
"""How long it waits for what outlives the cases: checks of commitments and papers, licences, late answers."""
RUNNING = 'ExecutionStatus = "Running"'


@dataclass
class Ran:
    """What came of the cases.  ``seconds`` is from handing in to the outcome, in the order of the ends."""

    results: list[ApplicationResult] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    """Applications that were still in hand when the demo ended."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Application number and reason."""
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    running: int = 0
    """Workflows that still waited for somebody when the demo ended."""
    counts: Counts = field(default_factory=Counts)
    unsound: list[str] = field(default_factory=list)
    """Applications whose trail does not verify."""


@dataclass(frozen=True)
class Sample:
    """What is run: the applications, the catalogue they are judged by, and the seed of the people."""

    requests: Sequence[ApplicationRequest]
    catalogue: Catalogue
    seed: int


async def run_cases(
    settings: Settings,
    sample: Sample,
    sandbox_port: int,
    at_once: int,
    advance: Callable[[], None],
    afterwards: Callable[[], None],
) -> Ran:
    """Run every request towards its outcome, so many at once.

    ``advance`` is called after each, ``afterwards`` when only what outlives the cases is waited for.
    """
    ran = Ran()
    began = time.monotonic()
    client = await temporal_client(settings)
    by_number = {request.application_no: request for request in sample.requests}
    waiting = iter(sample.requests)
    async with Desks(sandbox_port) as desks, door(settings) as intake:
        people = People(client, desks, sample.catalogue, by_number, sample.seed, DAY_SECONDS)
        acting = asyncio.create_task(people.run())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(_take(ran, waiting, intake, people, advance))
            ran.elapsed = time.monotonic() - began
            afterwards()
            await _afterwards(client)
            ran.running = (await client.count_workflows(RUNNING)).count
            if acting.done():
                acting.result()
        finally:
            acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting
    return ran


async def _take(
    ran: Ran,
    waiting: Iterator[ApplicationRequest],
    intake: Intake,
    people: People,
    advance: Callable[[], None],
) -> None:
    """One case after the other, each to its outcome or for as long as the demo waits for one."""
    for request in waiting:
        began = time.monotonic()
        try:
            handle = await intake.submit(request)
            people.handed_in(request.application_no)
            async with asyncio.timeout(CASE_SECONDS):
                result = await handle.result()
        except TimeoutError:
            ran.open.append(request.application_no)
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


async def _afterwards(client: Client) -> None:
    """Until nobody is waited for any more, or the demo has lasted long enough."""
    for _ in range(AFTERWARDS_SECONDS):
        if (await client.count_workflows(RUNNING)).count == 0:
            return
        await asyncio.sleep(1)


async def check_ledger(settings: Settings, ran: Ran, numbers: Sequence[str]) -> None:
    """Read and verify every stream of every case; fills in the counts."""
    from infra.identity.subject_keys import SubjectKeys
    from infra.ledger.trail import read_trail

    positions = {r.application_no: r.position.sequence for r in ran.results}
    async with database(settings) as pool:
        keys = SubjectKeys(pool, settings.identity.master_key_bytes)
        for number in numbers:
            trail = await read_trail(pool, number, keys=keys)
            ran.counts.take(trail)
            if not trail.sound or len(trail.entries) <= positions.get(number, 0):
                ran.unsound.append(number)

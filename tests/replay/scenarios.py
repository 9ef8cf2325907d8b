"""The cases whose histories are kept: one for each way a case can go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

from infra.temporal.start import submit
from schemas.application import ApplicationResult, Demand, Receipt, Volunteered, Withdraw
from schemas.codes import Platform, Sensitivity
from schemas.exchange import AnswerClass
from tests.workflows.fakes import World, found, said
from tests.workflows.requests import OPERATOR, request, spouse, volunteer

Handle = WorkflowHandle[object, ApplicationResult]
Scenario = Callable[[Client, str, World], Awaitable[Handle]]


async def settled(client: Client, queue: str, world: World) -> Handle:
    world.platforms[Platform.DATA_SHARING].answers["no_criminal_record"] = lambda q: said(AnswerClass.NOT_FOUND)
    demand = Demand(evidence="无犯罪记录证明", issuer_class="village_committee", party_id="p1")
    return await submit(client, queue, request(demands=(demand,)))


async def not_exempted(client: Client, queue: str, world: World) -> Handle:
    world.platforms[Platform.DATA_SHARING].answers["no_criminal_record"] = found
    return await submit(client, queue, request(parties=(*request().parties, spouse(Sensitivity.HEALTH))))


async def waited(client: Client, queue: str, world: World) -> Handle:
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.answers = dict.fromkeys(("household", "no_criminal_record"), lambda q: said(AnswerClass.TRANSIENT))
    handle = await submit(client, queue, request())
    while len(sharing.asked) < 6:
        await asyncio.sleep(0.05)
    sharing.answers = {}
    return handle


async def volunteered(client: Client, queue: str, world: World) -> Handle:
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.gate.clear()
    given = Volunteered(requirement_code="r_identity", party_id="p1", evidence_type="id_card", document_digest="e" * 64)
    handle = await submit(client, queue, request(volunteered=(given,)))
    while len(sharing.asked) < 2:
        await asyncio.sleep(0.05)
    command = volunteer("r_household", "household")
    await handle.execute_update("volunteer_evidence", command, result_type=Receipt)
    sharing.gate.set()
    return handle


async def withdrawn(client: Client, queue: str, world: World) -> Handle:
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.gate.clear()
    handle = await submit(client, queue, request())
    while len(sharing.asked) < 2:
        await asyncio.sleep(0.05)
    command = Withdraw(command_id="w1", actor=OPERATOR, reason="不再办理")
    await handle.execute_update("withdraw", command, result_type=Receipt)
    sharing.gate.set()
    return handle


async def cancelled(client: Client, queue: str, world: World) -> Handle:
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.gate.clear()
    handle = await submit(client, queue, request())
    while len(sharing.asked) < 2:
        await asyncio.sleep(0.05)
    await handle.cancel()
    sharing.gate.set()
    return handle


async def refused(client: Client, queue: str, world: World) -> Handle:
    return await submit(client, queue, request(item_code="11350526MB0000003J4000999999999"))


SCENARIOS: dict[str, Scenario] = {
    s.__name__: s for s in (settled, not_exempted, waited, volunteered, withdrawn, cancelled, refused)
}


async def play(scenario: Scenario, client: Client, queue: str, world: World) -> str:
    """Run a scenario to its end; gives its history as JSON, payloads sealed with the test key."""
    handle = await scenario(client, queue, world)
    with contextlib.suppress(WorkflowFailureError):
        await handle.result()
    return (await handle.fetch_history()).to_json()

"""A history that has grown is left behind for a new run, and nothing that was pending is lost.

On a server that suggests it after few events; what people do, and what the long routes report, goes on arriving.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from infra.settings import TemporalSettings
from infra.temporal.client import connect
from infra.temporal.search_attributes import register
from infra.temporal.start import submit
from schemas.application import Actor, ApplicationResult, ApplicationStatus, Choice, Receipt
from schemas.case import fold
from schemas.case_commands import Choose
from schemas.codes import ActorKind, Route
from schemas.events import Event
from schemas.long_route import RouteView
from schemas.route_events import ChoiceMade
from schemas.supervision import Reassign
from schemas.views import status_of
from tests.temporal_fixtures import BIN, FAST_QUEUES, settings_for
from tests.workflows.fakes import World, found
from tests.workflows.long_world import bodies_of, clerk, county, reply, serving
from tests.workflows.requests import request, volunteer
from tests.workflows.test_long_case import committed, decide
from tests.workflows.waiting import eventually

SUGGESTED_AFTER = 50
"""Events: more than a run of its own needs to come to rest, less than a dozen acts."""
SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="supervisor-1")
Handle = WorkflowHandle[Any, Any]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
async def forgetful() -> AsyncIterator[tuple[Client, TemporalSettings]]:
    """A server that suggests a new run early."""
    limit = ["--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={SUGGESTED_AFTER}"]
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BIN / "temporal"), dev_server_extra_args=[*FAST_QUEUES, *limit]
    )
    async with environment:
        settings = settings_for(environment.client.service_client.config.target_host)
        client = await connect(settings)
        await register(client)
        yield client, settings


async def choose(handle: Handle, route: Route, wanted: bool, command_id: str | None = None) -> Receipt:
    command = Choose(
        command_id=command_id or f"choose-{next(_numbers)}",
        actor=clerk(),
        choice=Choice(requirement_code="r_village", party_id="p1", route=route, wanted=wanted),
    )
    receipt: Receipt = await handle.execute_update("choose", command, result_type=Receipt)
    return receipt


async def press(handle: Handle) -> None:
    """An act that is refused, and kept."""
    act = Reassign(
        command_id=f"press-{next(_numbers)}",
        actor=SUPERVISOR,
        assignment="nothing",
        recipients=("desk-1",),
        reason="催办",
    )
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update("reassign", act)


async def run_of(handle: Handle) -> str:
    run_id = (await handle.describe()).run_id
    assert run_id is not None
    return run_id


def whole(world: World, stream: str) -> list[Event]:
    """The stream of the ledger: one chain without a gap, over however many runs."""
    events = world.ledger.streams[stream]
    assert [e.sequence for e in events] == list(range(len(events)))
    assert [e.previous_id for e in events] == [None, *(e.event_id for e in events[:-1])]
    return events


def latest(client: Client, handle: Handle) -> Handle:
    """Whichever run it is by now."""
    return client.get_workflow_handle(handle.id, result_type=ApplicationResult)


async def test_a_case_goes_on_in_a_new_run_with_all_that_is_pending(
    forgetful: tuple[Client, TemporalSettings],
) -> None:
    client, settings = forgetful
    world = county("r_verify", "r_village", "r_licence")
    async with serving(client, settings, world) as queue:
        handle = latest(client, await submit(client, queue, request()))
        await eventually(lambda: len(world.outside.collaboration.requests) >= 2)
        key = next(k for k in world.outside.collaboration.requests if "/r_verify/" in k)
        runs = {await run_of(handle)}
        answered: list[Receipt] = []
        for turn in range(6):
            acts = [choose(handle, r, bool(turn % 2)) for r in (Route.VERIFICATION, Route.COMMITMENT)]
            answered += await asyncio.gather(*acts)
            runs.add(await run_of(handle))
        assert len(runs) > 1, "it went on in a new run"
        repeated = await choose(handle, Route.VERIFICATION, False, answered[0].command_id)
        assert repeated.command_id == answered[0].command_id
        assert (await handle.describe()).search_attributes["WaitingOn"], "the list of cases still says whose turn it is"

        events = whole(world, handle.id)
        case = fold(tuple(events))
        assert case is not None
        status = await handle.query("status", result_type=ApplicationStatus)
        assert status == status_of(case, status.durable)
        opened = Counter(e.body.assignment for e in events if e.body.type == "assignment_opened")
        assert set(opened.values()) == {1}, "no task is opened again by a new run"
        told = Counter(n.key for _, n in world.outside.notification.sent if n.key.startswith(handle.id))
        assert set(told.values()) == {1}, "a desk is told once, whichever run it is"
        assert len([k for k in world.outside.collaboration.requests if "/r_verify/" in k]) == 1
        assert [e.body.type for e in events].count("choice_made") == len(answered)

        await reply(client, world, key, "confirmed")
        await eventually(lambda: "route_reported" in bodies_of(world, handle.id))
        for platform in world.platforms.values():
            platform.answers = {"id_card": found}
        await handle.execute_update("volunteer_evidence", volunteer("r_village", "village_proof"))
        await handle.execute_update("volunteer_evidence", volunteer("r_licence", "id_card"))
        result = await handle.result()
    assert Counter(s.ground for s in result.settled) == {"verification": 1, "volunteered": 2}
    assert whole(world, handle.id)[-1].body.type == "application_handed_over"


async def test_acts_that_arrive_while_a_run_gives_way_to_the_next_are_all_answered(
    forgetful: tuple[Client, TemporalSettings],
) -> None:
    client, settings = forgetful
    world = county("r_verify", "r_village")
    async with serving(client, settings, world) as queue:
        handle = latest(client, await submit(client, queue, request()))
        await eventually(lambda: len(world.outside.collaboration.requests) == 1)
        runs = {await run_of(handle)}
        acts: list[asyncio.Task[Receipt]] = []
        for turn in range(40):
            acts.append(asyncio.create_task(choose(handle, Route.PAPER_FIRST, bool(turn % 2))))
            await asyncio.sleep(0.02)
            runs.add(await run_of(handle))
        said = await asyncio.gather(*acts, return_exceptions=True)
        assert [s for s in said if isinstance(s, BaseException)] == []
        assert len(runs) > 1
        made = [
            e.body.command.command_id
            for e in whole(world, handle.id)
            if isinstance(e.body, ChoiceMade) and e.body.command
        ]
        assert sorted(made) == sorted(r.command_id for r in said if isinstance(r, Receipt))
        (key,) = world.outside.collaboration.requests
        await reply(client, world, key, "confirmed")
        await eventually(lambda: "requirement_settled" in bodies_of(world, handle.id))


async def test_a_commitment_waits_for_the_decision_over_several_runs(
    forgetful: tuple[Client, TemporalSettings],
) -> None:
    client, settings = forgetful
    world = county("r_commit", offered=(Route.COMMITMENT, Route.PAPER_FIRST))
    async with serving(client, settings, world) as queue:
        handle = latest(client, await submit(client, queue, request()))
        await eventually(lambda: "assignment_opened" in bodies_of(world, handle.id))
        await handle.execute_update("sign_commitment", committed())
        await eventually(lambda: "requirement_provisionally_settled" in bodies_of(world, handle.id))
        commitment: Handle = client.get_workflow_handle(f"commitment/{handle.id.partition('/')[2]}/r_commit/p1")
        runs = {await run_of(commitment)}
        refused = 0
        while len(runs) < 3:
            await press(commitment)
            refused += 1
            runs.add(await run_of(commitment))
        shown = await commitment.query("status", result_type=RouteView)
        assert shown.recorded == shown.durable == len(whole(world, commitment.id))
        assert bodies_of(world, commitment.id).count("act_refused") == refused, "not one refused act is forgotten"
        await decide(handle)
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await reply(client, world, key, "confirmed")
        await commitment.result()
        await eventually(lambda: "application_completed" in bodies_of(world, handle.id))
    types = [e.body.type for e in whole(world, commitment.id)]
    assert types.count("commitment_opened") == types.count("commitment_counted") == 1
    assert types[-1] == "commitment_ended"


async def test_a_completion_looks_on_for_every_case_in_a_new_run(
    forgetful: tuple[Client, TemporalSettings],
) -> None:
    client, settings = forgetful
    world = county("r_licence", reask_seconds=1, offered=(Route.PAPER_FIRST,))
    async with serving(client, settings, world) as queue:
        first, second = [latest(client, await submit(client, queue, request())) for _ in range(2)]
        await eventually(lambda: any("case_joined" in bodies_of(world, s) for s in world.ledger.streams))
        (stream,) = [s for s in world.ledger.streams if s.startswith("completion/")]
        completion: Handle = client.get_workflow_handle(stream.rpartition("/")[0])
        runs = {await run_of(completion)}
        while len(runs) < 2:
            await press(completion)
            runs.add(await run_of(completion))
        for platform in world.platforms.values():
            platform.answers = {"id_card": found}
        results = [await handle.result() for handle in (first, second)]
        await completion.result()
    assert [[s.ground for s in r.settled] for r in results] == [["elicence"], ["elicence"]]
    assert [s for s in world.ledger.streams if s.startswith("completion/")] == [stream], "one stream over all runs"
    types = [e.body.type for e in whole(world, stream)]
    assert types.count("request_delivered") == types.count("assignment_opened") == 1
    assert types.count("case_told") + types.count("report_undelivered") == 2, "told, or over before it could be"
    assert types[-1] == "completion_ended"

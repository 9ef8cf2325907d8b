"""Acts sent to what has ended: refused on record, the same act the same refusal, and nothing changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle

from infra.settings import TemporalSettings
from infra.temporal.acts import NoSuchWorkflow, StillRunning, refuse_after_end, send_act
from schemas.application import Act, Actor
from schemas.assignment import Rung
from schemas.codes import ActorKind
from schemas.errors import InvalidInput
from schemas.events import ActRefused
from schemas.refused_act import apply, refused_stream
from schemas.supervision import AnnulAlarm
from schemas.verification import VerificationStart
from tests.workflows.fakes import World
from tests.workflows.long_world import answer, bodies_of, county, hand_over
from tests.workflows.starts import ListeningCase, fields, number
from tests.workflows.waiting import eventually
from workers.serve import build_workers

SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="supervisor-1")
ANNUL = AnnulAlarm(command_id="annul-1", actor=SUPERVISOR, assignment="asked", rung=Rung.BLUE, reason="误报")
Running = tuple[World, VerificationStart, WorkflowHandle[Any, Any]]


@pytest.fixture
async def running(client: Client, temporal_settings: TemporalSettings) -> AsyncIterator[Running]:
    world = county("r_verify")
    assert world.policy.long is not None
    start = VerificationStart.model_validate(
        fields("verification", number(), world.policy.long, world.outside.calendar)
    )
    settings = temporal_settings.model_copy(update={"task_queue": f"acts-{start.application_no}"})
    (worker,) = build_workers(client, settings, world.activities(), extra_workflows=(ListeningCase,))
    async with worker:
        case: WorkflowHandle[Any, Any] = await client.start_workflow(
            "ListeningCase", id=f"application/{start.application_no}", task_queue=settings.task_queue
        )
        handle: WorkflowHandle[Any, Any] = await client.start_workflow(
            "VerificationWorkflow", start, id=start.stream, task_queue=settings.task_queue
        )
        await eventually(lambda: "assignment_opened" in bodies_of(world, start.stream))
        yield world, start, handle
        await case.signal("leave")
        if (await handle.describe()).close_time is None:
            await handle.terminate()


async def test_an_act_is_done_once_and_answered_the_same_also_after_the_end(client: Client, running: Running) -> None:
    world, start, handle = running
    reply = answer(world, start.key, "confirmed", document_digest="b" * 64)
    receipt = await send_act(client, start.stream, "reply", reply, reply.message_id)
    await handle.result()
    assert await send_act(client, start.stream, "reply", reply, reply.message_id) == receipt
    assert refused_stream(start.stream, reply.message_id) not in world.ledger.streams


async def test_a_refusal_names_what_is_wrong(client: Client, running: Running) -> None:
    _, start, _ = running
    with pytest.raises(InvalidInput) as refused:
        await send_act(client, start.stream, "annul_alarm", ANNUL, ANNUL.command_id)
    assert [e.code for e in refused.value.errors] == ["alarm_not_raised"]


async def test_what_comes_after_the_end_is_refused_on_record(client: Client, running: Running) -> None:
    world, start, handle = running
    first = answer(world, start.key, "confirmed", document_digest="b" * 64)
    await send_act(client, start.stream, "reply", first, first.message_id)
    await handle.result()
    before = list(world.ledger.streams[start.stream])
    late = answer(world, start.key, "no_record")

    async def send() -> list[str]:
        with pytest.raises(InvalidInput) as refused:
            await send_act(client, start.stream, "reply", late, late.message_id)
        return [e.code for e in refused.value.errors]

    # At once and again: one refusal.
    assert list(await asyncio.gather(send(), send(), send())) == [["conversation_ended"]] * 3
    assert await send() == ["conversation_ended"]
    (event,) = world.ledger.streams[refused_stream(start.stream, late.message_id)]
    assert isinstance(event.body, ActRefused)
    assert event.application_no == start.application_no
    assert (event.body.act, event.actor.kind, event.actor.department) == (
        Act.REPLY,
        ActorKind.DEPARTMENT,
        late.department,
    )
    assert [e.code for e in event.body.errors] == ["conversation_ended"]
    assert apply(None, event).ended
    await hand_over(client.get_workflow_handle(refused_stream(start.stream, late.message_id)))
    assert world.ledger.streams[start.stream] == before


async def test_an_id_that_was_refused_stands_for_no_other_act(client: Client, running: Running) -> None:
    world, start, handle = running
    first = answer(world, start.key, "confirmed")
    await send_act(client, start.stream, "reply", first, first.message_id)
    await handle.result()
    with pytest.raises(InvalidInput):
        await send_act(client, start.stream, "annul_alarm", ANNUL, ANNUL.command_id)
    other = ANNUL.model_copy(update={"rung": Rung.RED})
    with pytest.raises(InvalidInput) as refused:
        await send_act(client, start.stream, "annul_alarm", other, other.command_id)
    assert [e.code for e in refused.value.errors] == ["command_id_reused"]
    (event,) = world.ledger.streams[refused_stream(start.stream, ANNUL.command_id)]
    assert event.actor == SUPERVISOR


async def test_what_never_was_and_what_still_runs(client: Client, running: Running) -> None:
    _, start, _ = running
    with pytest.raises(NoSuchWorkflow):
        await send_act(client, f"verification/{number()}/need/p1", "annul_alarm", ANNUL, ANNUL.command_id)
    with pytest.raises(StillRunning):
        await refuse_after_end(client, start.stream, "annul_alarm", ANNUL)

"""Asked again while people are at work: whatever settles first, the other changes nothing (law 7)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateStage
from temporalio.testing import WorkflowEnvironment

from infra.temporal.start import submit
from schemas.application import Withdraw
from schemas.case import fold
from schemas.codes import Platform
from schemas.route_events import CompletionJoined, CompletionReport
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import World, found
from tests.workflows.long_world import bodies_of, county, reply, serving
from tests.workflows.requests import OPERATOR, request, volunteer
from tests.workflows.waiting import eventually

SETTINGS = settings_for("unused:0")


def completed(world: World, stream: str) -> CompletionReport:
    """Word that the licence this case waits on is in the library now."""
    bodies = [e.body for e in world.ledger.streams[stream]]
    joined = next(body for body in bodies if isinstance(body, CompletionJoined))
    return CompletionReport(
        stream=joined.stream,
        sequence=9,
        requirement=joined.requirement,
        evidence=joined.evidence,
        completed=True,
        detail="completed",
    )


def questions(world: World) -> list[str]:
    """Keys of what was asked of a department about the requirement."""
    return [key for key in world.outside.collaboration.requests if "/verification/" in key]


async def test_a_department_answers_while_the_library_is_asked_again(skipping: WorkflowEnvironment) -> None:
    world = county("r_licence", "r_village")
    library = world.platforms[Platform.ELICENCE_PROVINCIAL]
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: "completion_joined" in bodies_of(world, handle.id) and bool(questions(world)))
        before = len(library.asked)
        library.gate.clear()
        library.answers["id_card"] = found
        await handle.signal("completion_report", completed(world, handle.id))
        await eventually(lambda: len(library.asked) > before)
        await reply(skipping.client, world, questions(world)[0], "confirmed")
        await eventually(lambda: "route_reported" in bodies_of(world, handle.id))
        library.gate.set()
        await eventually(lambda: "attempt_closed" in bodies_of(world, handle.id))
        await handle.execute_update("volunteer_evidence", volunteer("r_village", "village_proof"), id="c-village")
        result = await asyncio.wait_for(handle.result(), 30)
    assert [s.ground for s in result.settled] == ["verification", "volunteered"]
    assert bodies_of(world, handle.id).count("requirement_settled") == 2
    assert fold(tuple(world.ledger.streams[handle.id])) is not None


@pytest.mark.parametrize("appending", [False, True], ids=["nothing is owed to it", "it owes an answer already"])
async def test_an_ended_case_asks_nothing_while_the_ledger_is_away(
    skipping: WorkflowEnvironment, appending: bool
) -> None:
    world = county("r_verify", reask_seconds=600)
    asked = world.platforms[Platform.DATA_SHARING].asked
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(questions(world)) and "assignment_opened" in bodies_of(world, handle.id))
        before = len(asked)
        await skipping.sleep(timedelta(hours=1))
        assert len(asked) > before, "while the case is open its source is asked again"
        world.ledger.down = True
        if appending:
            await handle.start_update(
                "volunteer_evidence", volunteer("r_other", "other"), wait_for_stage=WorkflowUpdateStage.ACCEPTED
            )
            await skipping.sleep(timedelta(minutes=1))
        withdrawn = Withdraw(command_id="c-withdraw", actor=OPERATOR, reason="不再需要")
        await handle.start_update("withdraw", withdrawn, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        await skipping.sleep(timedelta(minutes=10))
        by_then = len(asked)
        await skipping.sleep(timedelta(hours=5))
        assert len(asked) == by_then, "the end is recorded, though the ledger does not have it yet"
        world.ledger.down = False
        assert (await asyncio.wait_for(handle.result(), 30)).status == "withdrawn"

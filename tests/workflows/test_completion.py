"""证照补齐 on a server whose clock skips: one completion for every case that hits it, and for its holder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment
from temporalio.workflow import Info

from infra.temporal.completion import start_completion
from schemas.base import personal_values
from schemas.codes import Platform
from schemas.completion import CannotComplete, apply
from schemas.exchange import AnswerClass
from tests.workflows.fakes import World, found, said
from tests.workflows.listening import POLICE, Stage, joining, licence_start, new_person, staged, world_of
from tests.workflows.long_world import DECIDING, clerk, reply
from tests.workflows.waiting import eventually

Handle = WorkflowHandle[Any, Any]


def completed(world: World) -> None:
    """The issuer has put the licence right."""
    world.platforms[Platform.ELICENCE_PROVINCIAL].answers["id_card"] = found


def seen(stage: Stage, handle: Handle, *types: str) -> Callable[[], bool]:
    return lambda: set(types) <= set(stage.types(handle))


def folds(stage: Stage, handle: Handle) -> bool:
    streams = {n: e for n, e in stage.world.ledger.streams.items() if n.startswith(f"{handle.id}/")}
    for events in streams.values():
        state = None
        for event in events:
            state = apply(state, event)
        assert state is not None
        assert state.ended
        assert not any(task.open for task in state.assignments.values())
    return bool(streams)


def wait_for(number: str) -> Any:
    return joining(number, "r_licence/p1", "id_card")


async def test_three_cases_wait_for_one_licence(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_licence"), new_person()
    async with staged(skipping, world) as stage:
        for number in ("C-1", "C-2", "C-3"):
            await stage.case(number)
        licence = await stage.begin("LicenceCompletionWorkflow", licence_start("C-1", person))
        await licence.signal("join", wait_for("C-2"))
        await eventually(seen(stage, licence, "assignment_opened"))
        await licence.signal("join", wait_for("C-3"))
        assert len(world.outside.collaboration.requests) == 1, "one request, however many cases hit it"
        assert world.outside.notification.sent == [], "the platform has told the issuer"
        completed(world)
        await stage.end(licence)
        for number in ("C-1", "C-2", "C-3"):
            assert await stage.heard(number) == ["True/completed@r_licence/p1"]
        assert folds(stage, licence)
        assert stage.events(licence)[-1].result == "completed"


async def test_a_case_that_comes_after_is_answered_at_once(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_licence"), new_person()
    completed(world)
    async with staged(skipping, world) as stage:
        await stage.case("A-1")
        licence = await stage.begin("LicenceCompletionWorkflow", licence_start("A-1", person))
        await stage.end(licence)
        assert await stage.heard("A-1") == ["True/completed@r_licence/p1"]
        assert world.outside.collaboration.requests == {}
        assert stage.types(licence) == ["completion_opened", "library_answered", "case_told", "completion_ended"]


async def test_a_licence_that_is_still_wrong_is_not_completed(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_licence"), new_person()
    library = world.platforms[Platform.ELICENCE_PROVINCIAL]
    library.answers["id_card"] = lambda q: said(AnswerClass.MISMATCH)
    async with staged(skipping, world) as stage:
        await stage.case("W-1")
        licence = await stage.begin("LicenceCompletionWorkflow", licence_start("W-1", person, lack="mismatch"))
        await eventually(seen(stage, licence, "assignment_opened"))
        (request,) = world.outside.collaboration.requests.values()
        assert "不符" in request.question
        await skipping.sleep(timedelta(hours=6))
        assert await stage.heard("W-1", 0) == []
        completed(world)
        await stage.end(licence)
        assert await stage.heard("W-1") == ["True/completed@r_licence/p1"]


async def test_an_issuer_that_is_slow_is_pressed_and_never_let_off(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_licence"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("P-1")
        licence = await stage.begin("LicenceCompletionWorkflow", licence_start("P-1", person))
        await eventually(seen(stage, licence, "assignment_opened"))
        await skipping.sleep(timedelta(days=30))
        rungs = [b.rung.value for b in stage.events(licence) if b.type == "rung_fired"]
        assert rungs[-3:] == ["blue", "orange", "red"]
        assert "assignment_closed" not in stage.types(licence)
        assert await stage.heard("P-1", 0) == []


async def test_an_issuer_that_cannot_says_why_and_the_cases_go_on(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_licence"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("X-1")
        licence = await stage.begin("LicenceCompletionWorkflow", licence_start("X-1", person))
        await eventually(seen(stage, licence, "assignment_opened"))
        with pytest.raises(WorkflowUpdateFailedError):
            stranger = CannotComplete(command_id="x-1", actor=clerk(DECIDING), reason="无档案")
            await licence.execute_update("cannot_complete", stranger)
        act = CannotComplete(command_id="x-2", actor=clerk(POLICE), reason="无档案")
        await licence.execute_update("cannot_complete", act)
        await stage.end(licence)
        assert await stage.heard("X-1") == ["False/issuer_cannot_complete@r_licence/p1"]
        assert stage.types(licence).count("act_refused") == 1
        assert folds(stage, licence)


@pytest.mark.parametrize(("verdict", "ends"), [("declined", True), ("no_record", True), ("confirmed", False)])
async def test_what_the_issuer_says_over_the_platform(skipping: WorkflowEnvironment, verdict: str, ends: bool) -> None:
    world, person = world_of("r_licence"), new_person()
    number = f"R-{verdict}"
    async with staged(skipping, world) as stage:
        await stage.case(number)
        licence = await stage.begin("LicenceCompletionWorkflow", licence_start(number, person))
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await reply(skipping.client, world, key, verdict, reason="无档案")
        if ends:
            await stage.end(licence)
            assert await stage.heard(number) == ["False/issuer_cannot_complete@r_licence/p1"]
        else:
            await skipping.sleep(timedelta(hours=3))
            assert await stage.heard(number, 0) == [], "that it is done is believed when our lookup finds it"
            with pytest.raises(WorkflowUpdateFailedError):
                await reply(skipping.client, world, key, "declined", reason="反悔")
            completed(world)
            await stage.end(licence)
            assert await stage.heard(number) == ["True/completed@r_licence/p1"]


async def test_the_holder_starts_one_and_cases_join_it(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_licence"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("H-1")
        start = licence_start(None, person)
        licence = await start_completion(skipping.client, stage.queue, start)
        stage.started.append(licence)
        again = await start_completion(skipping.client, stage.queue, licence_start(None, person, opened_by="counter"))
        assert (again.id, again.first_execution_run_id) == (licence.id, licence.first_execution_run_id)
        await eventually(seen(stage, licence, "assignment_opened"))
        await licence.signal("join", wait_for("H-1"))
        completed(world)
        await stage.end(licence)
        assert await stage.heard("H-1") == ["True/completed@r_licence/p1"]
        assert {e.application_no for s in world.ledger.streams.values() for e in s} == {start.application_no}
        later = await start_completion(skipping.client, stage.queue, start)
        assert later.first_execution_run_id != licence.first_execution_run_id, "free again, and found at once"
        await stage.end(later)
        assert folds(stage, licence)


async def test_an_issuer_that_is_not_on_the_platform_is_told_at_its_desk(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_licence"), new_person()
    start = licence_start(None, person)
    offline = start.model_copy(update={"kind": start.kind.model_copy(update={"issuer_on_platform": False})})
    async with staged(skipping, world) as stage:
        licence = await stage.begin("LicenceCompletionWorkflow", offline)
        await eventually(lambda: bool(world.outside.notification.sent))
        assert world.outside.collaboration.requests == {}
        ((desk, notification),) = world.outside.notification.sent
        assert (desk, notification.department) == (f"{POLICE}-1", POLICE)
        await eventually(seen(stage, licence, "escalation_delivered"))


async def test_nothing_personal_outside_the_sealed_fields(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_licence"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("Q-1")
        licence = await stage.begin("LicenceCompletionWorkflow", licence_start("Q-1", person))
        await eventually(seen(stage, licence, "assignment_opened"))
        completed(world)
        await stage.end(licence)
        description = await licence.describe()
        assert person.id_number not in licence.id
        assert person.name not in str(await description.static_summary())
        for event in (e for s in world.ledger.streams.values() for e in s):
            hidden = [str(value) for _, _, value in personal_values(event)]
            text = event.model_dump_json()
            for value in (person.id_number, person.name):
                assert value not in text or any(value in h for h in hidden)
        sent = " ".join(n.title + n.text for _, n in world.outside.notification.sent)
        assert person.name not in sent


async def test_a_new_run_keeps_who_waits(skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Info, "is_continue_as_new_suggested", lambda self: self.get_current_history_length() > 45)
    world, person = world_of("r_licence"), new_person()
    async with staged(skipping, world) as stage:
        for number in ("K-1", "K-2"):
            await stage.case(number)
        licence = await stage.begin("LicenceCompletionWorkflow", licence_start("K-1", person))
        await licence.signal("join", wait_for("K-2"))
        await skipping.sleep(timedelta(days=14))
        now = await skipping.client.get_workflow_handle(licence.id).describe()
        assert now.run_id != licence.first_execution_run_id
        completed(world)
        await stage.end(licence)
        for number in ("K-1", "K-2"):
            assert await stage.heard(number) == ["True/completed@r_licence/p1"]
        assert folds(stage, licence)

"""意见征集 by itself: answered, answered late, never, by whom it may not; told to whoever asked, never withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from schemas.consultation import ConsultationStart, OpinionReport, apply, consultation_stream
from schemas.consultation_acts import EndConsultation
from schemas.recusal import Apart, InternalUnit, Recuse
from schemas.route_events import CaseNewsKind
from tests.workflows import starts
from tests.workflows.fakes import CALENDAR, World
from tests.workflows.long_world import DECIDING, HEALTH, bodies_of, clerk, county, policy, reply
from tests.workflows.reported import act, command, listened, staff, tell, waiting_on
from tests.workflows.waiting import eventually, eventually_async

STAGE = "acceptance_opinion"
OF_ROUTES = ("requirement", "evidence", "round", "kind", "rule", "origin")


def starting(no: str, **over: Any) -> ConsultationStart:
    values = starts.fields("consultation", no, policy(), CALENDAR)
    values = {name: value for name, value in values.items() if name not in OF_ROUTES} | {
        "stream": consultation_stream(no, STAGE),
        "stage": STAGE,
        "about": "是否受理",
        "question": "请就是否受理提出意见",
        "asked": HEALTH,
        "asked_name": "德化县卫生健康局",
        "asker": DECIDING,
        "report_to": f"application/{no}",
    }
    return ConsultationStart.model_validate(values | over)


async def begun(
    env: WorkflowEnvironment, queue: str, world: World, start: ConsultationStart
) -> tuple[WorkflowHandle[Any, Any], str]:
    handle = await env.client.start_workflow("ConsultationWorkflow", start, id=start.stream, task_queue=queue)
    await eventually(lambda: bool(world.outside.collaboration.requests) or start.asked in unreachable(world))
    return handle, start.key


def unreachable(world: World) -> tuple[str, ...]:
    return world.outside.collaboration.strangers


async def opinions(case: WorkflowHandle[Any, Any]) -> list[OpinionReport]:
    return list(await case.query("opinions", result_type=list[OpinionReport]))


def ending() -> EndConsultation:
    return EndConsultation(command_id=command(1), actor=clerk(), reason="已作出受理决定")


async def test_an_opinion_on_a_stage_of_the_case(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle, key = await begun(skipping, queue, world, starting(no))
        asked = world.outside.collaboration.requests[key]
        assert (asked.kind.value, asked.from_department, asked.to_department) == ("opinion", DECIDING, HEALTH)
        await eventually_async(lambda: waiting_on(handle), {"德化县卫生健康局"})
        await reply(skipping.client, world, key, "agree_with_conditions", conditions="须经现场核查")
        await eventually_async(lambda: waiting_on(handle), {"nobody"})
        with pytest.raises(WorkflowUpdateFailedError) as second:
            await reply(skipping.client, world, key, "disagree", reason="另有意见")
        assert "already_answered" in str(second.value.cause.details)  # type: ignore[attr-defined]
        with pytest.raises(WorkflowUpdateFailedError) as other:
            foreign = EndConsultation(command_id=command(2), actor=staff(3, HEALTH), reason="不再需要")
            await act(handle, "end_consultation", foreign)
        assert "asker_only" in str(other.value.cause.details)  # type: ignore[attr-defined]
        await act(handle, "end_consultation", ending())
        await handle.result()
        (heard,) = await opinions(case)
    assert (heard.verdict, heard.conditions, heard.stage, heard.late) == (
        "agree_with_conditions",
        "须经现场核查",
        STAGE,
        False,
    )
    kinds = bodies_of(world, handle.id)
    assert kinds.count("opinion_given") == 1 and kinds.count("act_refused") == 2
    assert kinds[-1] == "consultation_ended" and world.outside.collaboration.withdrawn == []


async def test_silence_is_recorded_as_unanswered_and_a_late_opinion_is_still_heard(
    skipping: WorkflowEnvironment,
) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle, key = await begun(skipping, queue, world, starting(no))
        await skipping.sleep(timedelta(days=9))
        await eventually(lambda: "opinion_lapsed" in bodies_of(world, handle.id))
        await tell(handle, no, CaseNewsKind.SETTLED_OTHERWISE)
        await reply(skipping.client, world, key, "disagree", reason="不符合条件")
        await tell(handle, no, CaseNewsKind.DECIDED)
        await handle.result()
        said = [(o.verdict, o.late) for o in await opinions(case)]
    assert said == [("unanswered", False), ("disagree", True)]
    fired = [e.body.rung.value for e in world.ledger.streams[handle.id] if e.body.type == "rung_fired"]
    assert fired == ["reminder", "blue", "orange"], "given up after three working days"


async def test_never_answered_it_is_listened_for_no_longer_than_it_may_matter(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle, _ = await begun(skipping, queue, world, starting(no))
        await handle.result()
        assert [o.verdict for o in await opinions(case)] == ["unanswered"]
    assert world.outside.collaboration.withdrawn == []


async def test_after_it_was_called_over_nothing_counts(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        world.ledger.gate.clear()
        handle = await skipping.client.start_workflow(
            "ConsultationWorkflow", starting(no), id=starting(no).stream, task_queue=queue
        )
        await tell(handle, no, CaseNewsKind.APPLICATION_ENDED)
        world.ledger.gate.set()
        await handle.result()
        assert await opinions(case) == []
    assert bodies_of(world, handle.id)[-1] == "consultation_ended"


async def test_a_department_the_platform_does_not_reach_is_told_by_notification(
    skipping: WorkflowEnvironment,
) -> None:
    world, no = county("r_verify"), starts.number()
    world.outside.collaboration.strangers = (HEALTH,)
    async with listened(skipping.client, world, no) as (queue, case):
        handle, _ = await begun(skipping, queue, world, starting(no))
        await eventually(lambda: bool(world.outside.notification.sent))
        assert world.outside.notification.sent[0][1].department == HEALTH
        await act(handle, "end_consultation", ending())
        await handle.result()
        (heard,) = await opinions(case)
    assert heard.verdict == "unanswered", "whoever called it over waits for it no longer"
    assert "request_undelivered" in bodies_of(world, handle.id)


async def test_who_stepped_aside_gives_no_opinion(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle, key = await begun(skipping, queue, world, starting(no))
        aside = Recuse(command_id=command(3), actor=staff(3, HEALTH), reason="近亲属为申请人")
        await act(handle, "recuse", aside)
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await reply(skipping.client, world, key, "agree", answered_by="staff-3")
        assert "recused_person" in str(refused.value.cause.details)  # type: ignore[attr-defined]
        await reply(skipping.client, world, key, "agree", answered_by="staff-4")
        await act(handle, "end_consultation", ending())
        await handle.result()
        (heard,) = await opinions(case)
    assert [r.person for r in heard.recusals] == ["staff-3"] and heard.person == "staff-4"


async def test_its_state_is_the_fold_of_its_ledger(skipping: WorkflowEnvironment) -> None:
    apart = Apart(persons=("proposer-1",), units=(InternalUnit(department=HEALTH, unit="window_unit"),))
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, _):
        handle, key = await begun(skipping, queue, world, starting(no, apart=apart))
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await reply(skipping.client, world, key, "agree", unit="window_unit", answered_by="staff-8")
        assert "same_unit" in str(refused.value.cause.details)  # type: ignore[attr-defined]
        await reply(skipping.client, world, key, "outside_remit", reason="不属本局", unit="office", answered_by="s-1")
        await act(handle, "end_consultation", ending())
        await handle.result()
    state = None
    for event in world.ledger.streams[handle.id]:
        state = apply(state, event)
    assert state is not None and state.ended and state.opinion is not None
    assert (state.opinion.verdict, state.opinion.unit, state.result) == ("outside_remit", "office", "answered")
    assert not any(task.open for task in state.assignments.values())

"""灵活处置 by itself, with its consultations: the whole procedure, what may not be done, silence, conditions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from schemas.application import Actor
from schemas.case_commands import CaseCommand, DispositionProposal
from schemas.catalogue import Body
from schemas.codes import ActorKind, BodyRole
from schemas.disposition import DispositionStart, apply
from schemas.disposition_commands import (
    Conclude,
    DecideDisposition,
    MeetCondition,
    RecordInquiry,
    ReturnProposal,
    SupplyFacts,
)
from schemas.disposition_events import ConsultationAsked, DispositionConcluded
from schemas.long_route import Carried
from schemas.recusal import Recuse
from schemas.route_events import CaseNewsKind, RouteReport
from tests.workflows import starts
from tests.workflows.fakes import CALENDAR, World
from tests.workflows.long_world import (
    COMMITTEE,
    DECIDING,
    HEALTH,
    JUSTICE,
    REFORM,
    bodies_of,
    county,
    policy,
    reply,
)
from tests.workflows.reported import act, carried, command, listened, member, staff, tell, waiting_on
from tests.workflows.waiting import eventually, eventually_async

BODIES = {
    role.value: Body(role=role, name=name, uscc=uscc, provenance="synthetic")
    for role, name, uscc in (
        (BodyRole.COMMITTEE, "县行政服务中心管委会", COMMITTEE),
        (BodyRole.REFORM, "县审改办", REFORM),
        (BodyRole.JUSTICE, "德化县司法局", JUSTICE),
    )
}
TOLD = "escalation_delivered"
"""The last event of a run that waits: whoever has the task was told."""
DAY = date(2026, 12, 1)


def proposal(**over: Any) -> DispositionProposal:
    said = {
        "cause": "historical",
        "materiality": "非关键材料",
        "relation": "已掌握登记簿册可以印证",
        "risk": "风险可控",
        "proposed": "exempted",
        "legal_basis": "示例依据第一条",
    }
    return DispositionProposal.model_validate(said | over)


def starting(no: str, department: str = DECIDING, **over: Any) -> DispositionStart:
    values = starts.fields("disposition", no, policy(), CALENDAR, department=department) | {
        "proposal": proposal(),
        "unit": "window_unit",
        "proposed_by": Actor(kind=ActorKind.CLERK, actor_id="proposer-1", department=department),
        "bodies": BODIES,
    }
    return DispositionStart.model_validate(values | over)


async def begun(env: WorkflowEnvironment, queue: str, start: DispositionStart) -> WorkflowHandle[Any, Any]:
    return await env.client.start_workflow("FlexibleDispositionWorkflow", start, id=start.stream, task_queue=queue)


def concluding(number: int = 1, outcome: str = "exempted", **over: Any) -> Conclude:
    said = {"outcome": outcome, "reasons": "理由充分", "legal_basis": "示例依据第二条", "effective_from": DAY}
    conclusion = said | {"precedent": "fertility-historical-1"} | over
    fields = {"command_id": command(number), "actor": member(number), "unit": "review_unit", "conclusion": conclusion}
    return Conclude.model_validate(fields)


def deciding(number: int = 1, outcome: str = "exempted", department: str = DECIDING, **over: Any) -> DecideDisposition:
    disposal = {"outcome": outcome, "reasons": "同意管委会意见", "legal_basis": "示例依据第二条"} | over
    fields = {"command_id": command(number), "actor": staff(number, department), "disposal": disposal}
    return DecideDisposition.model_validate(fields)


async def asked(world: World, count: int) -> dict[str, str]:
    """Keys of the questions that are out, by department; the latest round counts."""
    await eventually(lambda: len(world.outside.collaboration.requests) >= count)
    return {r.to_department: key for key, r in world.outside.collaboration.requests.items()}


async def heard(world: World, stream: str, count: int) -> None:
    await eventually(lambda: bodies_of(world, stream).count("opinion_heard") >= count)


async def agreed(env: WorkflowEnvironment, world: World, stream: str) -> None:
    """审改 and 司法 both agree."""
    for key in (await asked(world, 2)).values():
        await reply(env.client, world, key, "agree")
    await heard(world, stream, 2)


async def reports(case: WorkflowHandle[Any, Any]) -> list[tuple[str, str]]:
    said = await case.query("reports", result_type=list[RouteReport])
    return [(r.kind.value, r.detail) for r in said]


async def refuse(handle: WorkflowHandle[Any, Any], name: str, refused: CaseCommand) -> str:
    """An act that is refused; the code of what was wrong."""
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await act(handle, name, refused)
    return str(error.value.cause.details[0][0]["code"])  # type: ignore[attr-defined]


def refused_acts(world: World, stream: str) -> list[str]:
    acts = [e.body for e in world.ledger.streams[stream] if e.body.type == "act_refused"]
    return [error.code for body in acts for error in body.errors]


def tasks(world: World, stream: str) -> list[str]:
    """The steps whose tasks were opened, in order."""
    bodies = (e.body for e in world.ledger.streams[stream])
    return [body.step.value for body in bodies if body.type == "assignment_opened"]


async def test_proposed_consulted_concluded_with_dissent_and_decided(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    start = starting(no, proposal=proposal(consulted=(HEALTH, JUSTICE, COMMITTEE)))
    async with listened(skipping.client, world, no) as (queue, case):
        handle = await begun(skipping, queue, start)
        keys = await asked(world, 3)
        assert set(keys) == {REFORM, JUSTICE, HEALTH}, "at the same moment, so in any order"
        assert await refuse(handle, "conclude", concluding()) == "not_consulted_yet"
        await reply(skipping.client, world, keys[REFORM], "agree")
        assert await refuse(handle, "conclude", concluding()) == "not_consulted_yet"
        await reply(skipping.client, world, keys[JUSTICE], "disagree", reason="依据不足", answered_by="staff-31")
        await heard(world, handle.id, 2)
        recusal = Recuse(command_id=command(9), actor=member(9), reason="与当事人有利害关系")
        await act(handle, "recuse", recusal)
        assert await refuse(handle, "conclude", concluding(9)) == "recused_person"
        await act(handle, "conclude", concluding())
        assert await refuse(handle, "conclude", concluding(2)) == "already_concluded"
        await act(handle, "decide_disposition", deciding())
        await handle.result()
        assert await reports(case) == [("settled", "exempted")]
    bodies = [e.body for e in world.ledger.streams[handle.id]]
    assert [b.department for b in bodies if isinstance(b, ConsultationAsked)] == [REFORM, JUSTICE, HEALTH]
    body = next(b for b in bodies if isinstance(b, DispositionConcluded))
    assert body.dissent == (JUSTICE,)
    assert [(o.department, o.verdict, o.reason) for o in body.opinions] == [
        (REFORM, "agree", None),
        (JUSTICE, "disagree", "依据不足"),
    ]
    assert [(r.person, r.reason) for r in body.recusals] == [("member-9", "与当事人有利害关系")]
    third = f"consultation/{no}/disposition-need-p1-1-{HEALTH}"
    await eventually(lambda: bodies_of(world, third)[-1:] == ["consultation_ended"])
    assert world.outside.collaboration.withdrawn == []
    state = None
    for event in world.ledger.streams[handle.id]:
        state = apply(state, event)
    assert state is not None and state.ended and not any(t.open for t in state.assignments.values())


async def test_silence_of_both_lets_the_committee_conclude_and_is_no_consent(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, _):
        handle = await begun(skipping, queue, starting(no))
        keys = await asked(world, 2)
        await skipping.sleep(timedelta(days=9))
        await heard(world, handle.id, 2)
        await act(handle, "conclude", concluding())
        await reply(skipping.client, world, keys[JUSTICE], "disagree", reason="迟到的意见")
        await heard(world, handle.id, 3)
        await act(handle, "decide_disposition", deciding(outcome="not_exempted"))
        await handle.result()
    bodies = [e.body for e in world.ledger.streams[handle.id]]
    concluded = next(b for b in bodies if isinstance(b, DispositionConcluded))
    assert [o.verdict for o in concluded.opinions] == ["unanswered", "unanswered"] and concluded.dissent == ()
    decided = next(b for b in bodies if b.type == "disposition_decided")
    assert not decided.followed


async def test_returned_for_facts_and_only_the_named_are_heard_again(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle = await begun(skipping, queue, starting(no))
        await agreed(skipping, world, handle.id)
        back = ReturnProposal(
            command_id=command(1),
            actor=member(1),
            unit="review_unit",
            questions="请补充簿册年份",
            consult_again=(JUSTICE, COMMITTEE),
        )
        await act(handle, "return_proposal", back)
        assert await refuse(handle, "conclude", concluding()) == "facts_awaited"
        facts = SupplyFacts(command_id=command(2), actor=staff(22), unit="window_unit", facts="簿册为一九七九年所立")
        await act(handle, "supply_facts", facts)
        assert await refuse(handle, "conclude", concluding()) == "not_consulted_yet"
        again = await asked(world, 3)
        assert again[JUSTICE].split("/")[1] == f"disposition-need-p1-2-{JUSTICE}"
        assert again[REFORM].split("/")[1] == f"disposition-need-p1-1-{REFORM}"
        await reply(skipping.client, world, again[JUSTICE], "agree_with_conditions", conditions="存档备查")
        await heard(world, handle.id, 3)
        await act(handle, "conclude", concluding(outcome="substituted", substitute="登记簿册"))
        assert await refuse(handle, "decide_disposition", deciding(22)) == "proposer_never_decides"
        await act(handle, "decide_disposition", deciding(outcome="substituted", substitute="登记簿册"))
        await handle.result()
        (report,) = await case.query("reports", result_type=list[RouteReport])
    assert "登记簿册" in report.basis and report.detail == "substituted"
    assert tasks(world, handle.id) == ["conclusion", "more_facts", "conclusion", "department_decision"]


@pytest.mark.parametrize("met", [True, False])
async def test_a_condition_is_followed_up(skipping: WorkflowEnvironment, met: bool) -> None:
    world, no = county("r_verify"), starts.number()
    terms: dict[str, Any] = {"outcome": "conditional", "condition": "三十个工作日内补交", "condition_days": 30}
    async with listened(skipping.client, world, no) as (queue, case):
        handle = await begun(skipping, queue, starting(no))
        await agreed(skipping, world, handle.id)
        await act(handle, "conclude", concluding(**terms))
        await act(handle, "decide_disposition", deciding(**terms))
        await eventually(lambda: tasks(world, handle.id)[-1] == "condition")
        await tell(handle, no, CaseNewsKind.DECIDED)
        await skipping.sleep(timedelta(days=10))
        if met:
            done = MeetCondition(command_id=command(5), actor=staff(1), finding="已补交", document_digest="f" * 64)
            await act(handle, "meet_condition", done)
        else:
            await skipping.sleep(timedelta(days=50))
        await handle.result()
        last = ("confirmed", "condition_met") if met else ("reversed", "condition_lapsed")
        assert await reports(case) == [("provisional", "conditional"), last]


@pytest.mark.parametrize("established", [True, False])
async def test_the_departments_own_inquiry_settles_or_fails(skipping: WorkflowEnvironment, established: bool) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle = await begun(skipping, queue, starting(no))
        await agreed(skipping, world, handle.id)
        await act(handle, "conclude", concluding(outcome="own_inquiry"))
        await act(handle, "decide_disposition", deciding(outcome="own_inquiry"))
        found = RecordInquiry(command_id=command(4), actor=staff(1), established=established, finding="走访核实")
        await act(handle, "record_inquiry", found)
        await handle.result()
        want = ("settled", "own_inquiry") if established else ("failed", "inquiry_not_established")
        assert await reports(case) == [want]


async def test_an_item_of_the_justice_bureau_itself(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle = await begun(skipping, queue, starting(no, department=JUSTICE))
        keys = await asked(world, 2)
        await reply(skipping.client, world, keys[REFORM], "agree")
        for wrong, code in (
            ({}, "unit_missing"),
            ({"unit": "rule_of_law_unit"}, "person_missing"),
            ({"unit": "window_unit", "answered_by": "staff-41"}, "same_unit"),
            ({"unit": "rule_of_law_unit", "answered_by": "proposer-1"}, "same_person"),
        ):
            with pytest.raises(WorkflowUpdateFailedError) as error:
                await reply(skipping.client, world, keys[JUSTICE], "agree", **wrong)
            assert code in str(error.value.cause.details)  # type: ignore[attr-defined]
        assert await refuse(handle, "conclude", concluding()) == "not_consulted_yet"
        await reply(skipping.client, world, keys[JUSTICE], "agree", unit="rule_of_law_unit", answered_by="staff-41")
        await heard(world, handle.id, 2)
        await act(handle, "conclude", concluding())
        assert await refuse(handle, "decide_disposition", deciding(41, department=JUSTICE)) == "same_person"
        await act(handle, "decide_disposition", deciding(42, department=JUSTICE))
        await handle.result()
        assert await reports(case) == [("settled", "exempted")]
    stream = world.outside.collaboration.requests[keys[JUSTICE]].stream
    assert refused_acts(world, stream) == ["unit_missing", "person_missing", "same_unit", "same_person"]


async def test_another_settlement_ends_it_and_withdraws_no_opinion(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle = await begun(skipping, queue, starting(no))
        keys = await asked(world, 2)
        await tell(handle, no, CaseNewsKind.SETTLED_OTHERWISE)
        await handle.result()
        assert await reports(case) == []
        await reply(skipping.client, world, keys[JUSTICE], "agree")
        stream = world.outside.collaboration.requests[keys[JUSTICE]].stream
        await eventually(lambda: "report_undelivered" in bodies_of(world, stream))
    assert world.outside.collaboration.withdrawn == []
    assert bodies_of(world, handle.id)[-1] == "disposition_ended"


async def test_a_county_without_the_bodies_cannot_dispose(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        handle = await begun(skipping, queue, starting(no, bodies={"committee": BODIES["committee"]}))
        await handle.result()
        assert await reports(case) == [("failed", "bodies_missing")]


async def test_a_new_run_goes_on_where_the_last_one_stood(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    start = starting(no)
    terms: dict[str, Any] = {"outcome": "conditional", "condition": "补交", "condition_days": 10}

    async def renewed(handle: WorkflowHandle[Any, Any], step: str) -> WorkflowHandle[Any, Any]:
        await eventually(lambda: tasks(world, handle.id)[-1:] == [step] and bodies_of(world, handle.id)[-1] == TOLD)
        await handle.terminate()
        on = start.model_copy(update={"carried": Carried(**carried(world, handle.id, apply))})
        return await begun(skipping, queue, on)

    async with listened(skipping.client, world, no) as (queue, case):
        handle = await begun(skipping, queue, start)
        await eventually_async(lambda: waiting_on(handle), {"会商部门"})
        await agreed(skipping, world, handle.id)
        await eventually_async(lambda: waiting_on(handle), {"县行政服务中心管委会"})
        handle = await renewed(handle, "conclusion")
        await act(handle, "conclude", concluding(**terms))
        handle = await renewed(handle, "department_decision")
        await act(handle, "decide_disposition", deciding(**terms))
        handle = await renewed(handle, "condition")
        done = MeetCondition(command_id=command(5), actor=staff(1), finding="已补交")
        await act(handle, "meet_condition", done)
        await handle.result()
        told = await reports(case)
    assert (told[0], told[-1]) == (("provisional", "conditional"), ("confirmed", "condition_met"))
    assert tasks(world, handle.id) == ["conclusion", "department_decision", "condition"]
    assert len(world.outside.collaboration.requests) == 2, "nobody was asked again"

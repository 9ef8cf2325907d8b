"""信息核验 with its case: answered in time, late, never, refuted, withdrawn."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from infra.temporal.start import submit
from schemas.acceptance import Accept, ReportDecision
from schemas.application import ApplicationStatus, Explanation
from schemas.case import fold
from schemas.case_commands import SubmitPaper
from schemas.codes import Route
from schemas.collaboration_exchange import CollaborationRequest
from schemas.late_check import CloseCheck
from schemas.outside import PlatformReceipt, Refusal
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import World
from tests.workflows.long_world import HEALTH, bodies_of, clerk, county, reply, serving
from tests.workflows.requests import request, volunteer
from tests.workflows.waiting import eventually

SETTINGS = settings_for("unused:0")


async def test_a_department_answers_and_the_case_is_handed_over(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await reply(skipping.client, world, key, "confirmed", document_digest="b" * 64)
        result = await handle.result()
    assert [(s.ground, s.evidence_digest) for s in result.settled] == [("verification", "b" * 64)]
    assert result.status == "settled"
    child = world.outside.collaboration.requests[key].stream
    assert bodies_of(world, child) == [
        "verification_opened",
        "request_delivered",
        "assignment_opened",
        "assignment_closed",
        "verification_answered",
    ]
    case = fold(tuple(world.ledger.streams[handle.id]))
    assert case is not None and not any(t.open for t in case.assignments.values())


async def test_silence_presumes_nothing_and_a_late_answer_reopens_once(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await skipping.sleep(timedelta(days=20))
        await eventually(lambda: "notice_issued" in bodies_of(world, handle.id))
        status = await handle.query("status", result_type=ApplicationStatus)
        assert [(r.status, r.routes[0].result) for r in status.requirements] == [("not_exempted", "no_answer")]
        told = urgencies(world, "verification")
        assert told[-3:] == ["blue", "orange", "red"]
        assert told[:-3] in ([], ["reminder"]), "asked after hours, one working day leaves no time to remind"
        await reply(skipping.client, world, key, "confirmed")
        result = await handle.result()
    assert [(s.ground, result.status) for s in result.settled] == [("verification", "settled")]
    events = bodies_of(world, handle.id)
    assert events.count("requirement_reopened") == events.count("requirement_settled") == 1
    assert "assignment_closed" in events and events[-1] == "application_handed_over"


async def test_two_answers_at_once_settle_once(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        said = await asyncio.gather(
            reply(skipping.client, world, key, "confirmed"),
            reply(skipping.client, world, key, "no_record"),
            return_exceptions=True,
        )
        await eventually(lambda: "route_reported" in bodies_of(world, handle.id))
    refused = [s for s in said if isinstance(s, WorkflowUpdateFailedError)]
    assert len(refused) == 1
    child = world.outside.collaboration.requests[key].stream
    assert bodies_of(world, child).count("verification_answered") == 1
    assert bodies_of(world, child).count("act_refused") == 1
    assert bodies_of(world, handle.id).count("route_reported") == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "T-1/r_verify/p1/verification/9"}, "wrong_request"),
        ({"department": "11350526MB0000002F"}, "wrong_department_replied"),
        ({"verdict": "perhaps"}, "unknown_verdict"),
        ({"verdict": "declined"}, "reason_missing"),
    ],
)
async def test_a_reply_that_cannot_count_is_recorded_and_refused(
    skipping: WorkflowEnvironment, change: dict[str, str], code: str
) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        verdict = change.pop("verdict", "confirmed")
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await reply(skipping.client, world, key, verdict, **change)
        assert code in str(refused.value.cause)
        child = world.outside.collaboration.requests[key].stream
        assert bodies_of(world, child)[-1] == "act_refused"
        await reply(skipping.client, world, key, "confirmed")
        assert (await handle.result()).status == "settled"


async def test_what_settles_otherwise_calls_the_question_back(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await handle.execute_update("volunteer_evidence", volunteer("r_verify", "fertility"))
        result = await handle.result()
        child = world.outside.collaboration.requests[key].stream
        await eventually(lambda: "verification_ended" in bodies_of(world, child))
    assert [s.ground for s in result.settled] == ["volunteered"]
    assert [w.key for w in world.outside.collaboration.withdrawn] == [key]


async def test_an_issuer_who_is_not_on_the_platform_is_skipped_at_once(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify", "r_village")
    world.outside.collaboration.strangers = (HEALTH,)
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bodies_of(world, handle.id).count("assignment_opened") >= 3)
        explained = await handle.query("explain", result_type=Explanation)
        reasons = {
            view.requirement: [r.reason for r in view.rungs if r.route is Route.VERIFICATION]
            for view in explained.requirements
        }
        assert reasons["r_village/p1"] == ["issuer_not_on_platform"]
        assert reasons["r_verify/p1"] == ["tried_request_not_on_platform"]
        await handle.terminate()


async def test_an_answer_after_the_decision_opens_a_check_and_changes_nothing(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        child = world.outside.collaboration.requests[key].stream
        await skipping.sleep(timedelta(days=7))
        paper = SubmitPaper(
            command_id="p-1",
            actor=clerk(),
            requirement_code="r_verify",
            party_id="p1",
            evidence_type="fertility",
            document_digest="e" * 64,
        )
        await handle.execute_update("submit_paper", paper)
        await handle.execute_update("accept", Accept(command_id="a-1", actor=clerk()))
        decided = ReportDecision(command_id="d-1", actor=clerk(), decision="granted", reference="doc-1")
        await handle.execute_update("report_decision", decided)
        with skipping.auto_time_skipping_disabled():
            result = await handle.result()
        assert (result.status, result.decision) == ("completed", "granted")
        assert [s.ground for s in result.provisional] == ["paper_first"], "its check outlives the case"
        await eventually(lambda: "news_heard" in bodies_of(world, child))
        await reply(skipping.client, world, key, "confirmed")
        await eventually(lambda: bodies_of(world, child).count("assignment_opened") == 2)
        checker = skipping.client.get_workflow_handle(child)
        await checker.execute_update("close_check", CloseCheck(command_id="k-1", actor=clerk(), finding="不影响决定"))
        await checker.result()
    assert bodies_of(world, handle.id)[-1] == "application_completed"
    assert "check_closed" in bodies_of(world, child)


def urgencies(world: World, prefix: str) -> list[str]:
    sent = [n for _, n in world.outside.notification.sent if n.key.startswith(prefix)]
    return [n.urgency.value for n in sent]


async def test_an_answer_that_is_quicker_than_the_platforms_receipt(
    skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = county("r_verify")
    take = world.outside.collaboration.request

    async def answered_at_once(asked: CollaborationRequest) -> PlatformReceipt | Refusal:
        receipt = await take(asked)
        await reply(skipping.client, world, asked.key, "confirmed")
        return receipt

    monkeypatch.setattr(world.outside.collaboration, "request", answered_at_once)
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        assert (await handle.result()).status == "settled"
    (asked,) = world.outside.collaboration.requests.values()
    assert bodies_of(world, asked.stream) == ["verification_opened", "verification_answered"]

"""A whole case through each long route: what the applicant and the offices do, and what the case comes to."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from infra.settings import TemporalSettings
from infra.temporal.start import submit
from schemas.acceptance import (
    Accept,
    ExcludeTime,
    ExtendClock,
    RefuseAcceptance,
    ReportDecision,
    ResumeClock,
    Terminate,
)
from schemas.application import ApplicationStatus, Choice, Origin
from schemas.assistance_exchange import AssistanceCallback, AssistanceStep
from schemas.case import fold
from schemas.case_commands import (
    Choose,
    ConsentAssistance,
    RequestProof,
    SignCommitment,
    SignDeferral,
    SignedBy,
    SubmitPaper,
    SupplyDeferred,
)
from schemas.codes import Route
from schemas.credit_exchange import CreditStanding
from schemas.long_route import RouteView
from schemas.stage_opinion import AskOpinion
from schemas.texts import zh
from schemas.timetable import ClockKind, Timetable, due_of
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import CALENDAR, World, found
from tests.workflows.long_world import DECIDING, REFORM, bodies_of, clerk, county, reply, serving
from tests.workflows.requests import request
from tests.workflows.waiting import eventually

SETTINGS = settings_for("unused:0")
Handle = WorkflowHandle[Any, Any]


def about(code: str, **fields: Any) -> dict[str, Any]:
    """What every act about a requirement carries."""
    named = {"command_id": f"c-{uuid.uuid4().hex[:10]}", "actor": clerk(), "requirement_code": code, "party_id": "p1"}
    return named | fields


async def waits_for_choice(world: World, handle: Handle) -> None:
    """The case has asked the applicant which way he wants."""
    await eventually(lambda: any(t.step.value == "choice" and t.open for t in tasks(world, handle)))


def tasks(world: World, handle: Handle) -> list[Any]:
    case = fold(tuple(world.ledger.streams.get(handle.id, [])))
    return list(case.assignments.values()) if case else []


async def decide(handle: Handle, decision: str = "granted") -> None:
    """受理 and 决定 by the deciding department."""
    await handle.execute_update("accept", Accept(command_id="accept-1", actor=clerk()))
    act = ReportDecision.model_validate(
        {"command_id": "decide-1", "actor": clerk(), "decision": decision, "reference": "doc-1"}
    )
    await handle.execute_update("report_decision", act)


def committed(**fields: Any) -> SignCommitment:
    values = about("r_commit", evidence_type="hardship", letter_version="letter_1", letter_digest="f" * 64)
    return SignCommitment.model_validate(
        values | {"signed_by": SignedBy.SELF, "signed_at": datetime.now(UTC) - timedelta(minutes=1)} | fields
    )


async def test_a_commitment_counts_is_decided_on_and_checked_afterwards(skipping: WorkflowEnvironment) -> None:
    world = county("r_commit", offered=(Route.COMMITMENT, Route.PAPER_FIRST))
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await waits_for_choice(world, handle)
        await handle.execute_update("sign_commitment", committed())
        await eventually(lambda: "requirement_provisionally_settled" in bodies_of(world, handle.id))
        await decide(handle)
        with skipping.auto_time_skipping_disabled():
            result = await handle.result()
        assert [(s.ground, s.clause) for s in result.provisional] == [("commitment", "四(六)")]
        commitment = f"commitment/{handle.id.partition('/')[2]}/r_commit/p1"
        await eventually(lambda: "news_heard" in bodies_of(world, commitment))
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await reply(skipping.client, world, key, "confirmed")
        await skipping.client.get_workflow_handle(commitment).result()
    assert len(world.outside.credit.asked) == 2, "both platforms"


async def test_discredit_closes_a_commitment_and_another_way_is_offered(skipping: WorkflowEnvironment) -> None:
    world = county("r_commit", offered=(Route.COMMITMENT, Route.PAPER_FIRST))
    world.outside.credit.standing_of = lambda query: CreditStanding.SERIOUS_DISCREDIT
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await waits_for_choice(world, handle)
        await handle.execute_update("sign_commitment", committed())
        await eventually(lambda: "route_reported" in bodies_of(world, handle.id))
        await waits_for_choice(world, handle)
        status = await handle.query("status", result_type=ApplicationStatus)
        assert [r.result for r in status.requirements[0].routes] == ["credit_serious"]
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update("sign_commitment", committed())
        assert "tried_credit_serious" in str(refused.value.cause)
        assert "act_refused" in bodies_of(world, handle.id)


async def test_deferred_supply_withholds_the_result_until_it_has_come(skipping: WorkflowEnvironment) -> None:
    world = county("r_defer", offered=(Route.DEFERRED_SUPPLY,))
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await waits_for_choice(world, handle)
        signed = SignDeferral.model_validate(about("r_defer", letter_digest="a" * 64))
        await handle.execute_update("sign_deferral", signed)
        await eventually(lambda: "deferral_granted" in bodies_of(world, handle.id))
        await decide(handle)
        await eventually(lambda: "decision_reported" in bodies_of(world, handle.id))
        assert "application_completed" not in bodies_of(world, handle.id), "decided, and the result withheld"
        supplied = SupplyDeferred.model_validate(about("r_defer", document_digest="b" * 64))
        await handle.execute_update("supply_deferred", supplied)
        result = await handle.result()
    assert (result.status, [s.ground for s in result.settled]) == ("completed", ["deferred_supply"])
    events = bodies_of(world, handle.id)
    assert events.index("deferred_supplied") < events.index("result_released") < events.index("application_completed")


async def test_a_deferral_that_lapses_has_the_stated_effect(skipping: WorkflowEnvironment) -> None:
    world = county("r_defer", offered=(Route.DEFERRED_SUPPLY,))
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await waits_for_choice(world, handle)
        signed = SignDeferral.model_validate(about("r_defer", letter_digest="a" * 64))
        await handle.execute_update("sign_deferral", signed)
        await eventually(lambda: "deferral_granted" in bodies_of(world, handle.id))
        await handle.execute_update("accept", Accept(command_id="accept-1", actor=clerk()))
        await skipping.sleep(timedelta(days=14))
        result = await handle.result()
    assert result.status == "terminated"
    assert "deferral_lapsed" in bodies_of(world, handle.id)


async def test_assistance_parks_the_case_and_brings_back_what_was_obtained(skipping: WorkflowEnvironment) -> None:
    world = county("r_village", offered=(Route.ASSISTANCE,))
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await waits_for_choice(world, handle)
        consent = ConsentAssistance.model_validate(about("r_village", authorisation_digest="a" * 64))
        await handle.execute_update("consent_assistance", consent)
        await eventually(lambda: bool(world.outside.assistance.orders))
        (order,) = world.outside.assistance.orders.values()
        carrier = skipping.client.get_workflow_handle(order.stream)
        steps = ((AssistanceStep.ASSIGNED, None), (AssistanceStep.FINISHED, "d" * 64))
        for number, (step, digest) in enumerate(steps):
            callback = AssistanceCallback(
                message_id=f"as-{number}",
                stream=order.stream,
                key=order.key,
                step=step,
                helper="helper-3",
                text="进展",
                document_digest=digest,
                at=datetime.now(UTC),
            )
            await carrier.execute_update("progress", callback, id=callback.message_id)
        result = await handle.result()
    assert [(s.ground, s.evidence_digest) for s in result.settled] == [("assistance", "d" * 64)]


async def test_a_refuted_fact_is_reviewed_and_no_commitment_passes_it(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", offered=(Route.VERIFICATION, Route.PAPER_FIRST))
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await reply(skipping.client, world, key, "refuted", reason="与登记不符")
        await eventually(lambda: "review_opened" in bodies_of(world, handle.id))
        review = f"review/{handle.id.partition('/')[2]}/r_shared/p1/1"
        await eventually(lambda: bool(bodies_of(world, review)))
        paper = SubmitPaper.model_validate(about("r_shared", evidence_type="household", document_digest="e" * 64))
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update("submit_paper", paper)
        assert "held_by_adverse" in str(refused.value.cause)


async def test_a_record_that_appears_while_people_work_settles_first(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", reask_seconds=3600)
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        for platform in world.platforms.values():
            platform.answers = {"household": found}
        result = await handle.result()
        child = world.outside.collaboration.requests[key].stream
        await eventually(lambda: "verification_ended" in bodies_of(world, child))
    assert [s.ground for s in result.settled] == ["data_sharing"]
    assert [w.key for w in world.outside.collaboration.withdrawn] == [key], "the department need not work for nothing"


async def test_a_missing_licence_is_completed_for_every_case_that_hit_it(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = county("r_licence", reask_seconds=1, offered=(Route.PAPER_FIRST,))
    async with serving(client, temporal_settings, world) as queue:
        handles = [await submit(client, queue, request()) for _ in range(2)]
        for handle in handles:
            await waits_for_choice(world, handle)
        await eventually(lambda: "case_joined" in bodies_of(world, completion(world)))
        for platform in world.platforms.values():
            platform.answers = {"id_card": found}
        results = [await handle.result() for handle in handles]
    assert [[s.ground for s in r.settled] for r in results] == [["elicence"], ["elicence"]]


def completion(world: World) -> str:
    """The one completion of the licence, however many cases hit the gap."""
    found_streams = [stream for stream in world.ledger.streams if stream.startswith("completion/")]
    assert len(found_streams) <= 1
    return found_streams[0] if found_streams else ""


async def test_the_clocks_of_a_case_that_was_accepted(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify", offered=(Route.PAPER_FIRST,))
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await waits_for_choice(world, handle)
        paper = SubmitPaper.model_validate(about("r_verify", evidence_type="fertility", document_digest="e" * 64))
        await handle.execute_update("submit_paper", paper)
        await handle.execute_update("accept", Accept(command_id="accept-1", actor=clerk()))
        itself = ExtendClock(
            command_id="e-0",
            actor=clerk(),
            clock=ClockKind.STATUTORY,
            working_days=5,
            reason="案情复杂",
            decided_by="clerk-7",
            notice_digest="a" * 64,
        )
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update("extend_clock", itself)
        assert "head_must_decide" in str(refused.value.cause)
        by_head = itself.model_copy(update={"command_id": "e-1", "decided_by": "head-1"})
        await handle.execute_update("extend_clock", by_head)
        excluded = ExcludeTime(
            command_id="x-1", actor=clerk(), procedure="hearing", reason="举行听证", notice_digest="a" * 64
        )
        await handle.execute_update("exclude_time", excluded)
        case = fold(tuple(world.ledger.streams[handle.id]))
        assert case is not None
        assert case.clocks[ClockKind.STATUTORY].allowed == 25
        assert all(clock.standing_still for clock in case.clocks.values())
        shown = await handle.query("tasks", result_type=RouteView)
        assert [t.step.value for t in shown.tasks if t.closed is None] == ["decision"]
        await eventually(lambda: "assignment_held" in bodies_of(world, handle.id))
        await skipping.sleep(timedelta(days=60))
        assert "rung_fired" not in bodies_of(world, handle.id)[bodies_of(world, handle.id).index("assignment_held") :]
        await handle.execute_update("resume_clock", ResumeClock(command_id="x-2", actor=clerk()))
        await eventually(lambda: "due_changed" in bodies_of(world, handle.id))
    case = fold(tuple(world.ledger.streams[handle.id]))
    assert case is not None
    decision, promised = case.assignments["decision"], case.clocks[ClockKind.PROMISED]
    timetable = Timetable(calendar=CALENDAR)
    assert decision.held_since is None
    assert decision.due_at == due_of(promised, timetable, decision.due_at).at


@pytest.mark.parametrize(
    ("name", "act", "status"),
    [
        (
            "refuse_acceptance",
            RefuseAcceptance(command_id="r-1", actor=clerk(), reason="不属职权", legal_basis="行政许可法第三十二条"),
            "not_accepted",
        ),
        (
            "terminate",
            Terminate(
                command_id="t-1", actor=clerk(), cause="applicant_died", reason="申请人死亡", document_digest="a" * 64
            ),
            "terminated",
        ),
    ],
)
async def test_a_case_ends_without_a_decision(
    skipping: WorkflowEnvironment, name: str, act: RefuseAcceptance | Terminate, status: str
) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        await handle.execute_update(name, act)
        result = await handle.result()
        (key,) = world.outside.collaboration.requests
        child = world.outside.collaboration.requests[key].stream
        await eventually(lambda: "verification_ended" in bodies_of(world, child))
    assert result.status == status
    case = fold(tuple(world.ledger.streams[handle.id]))
    assert case is not None and not any(t.open for t in case.assignments.values())


async def test_choices_and_origins_come_with_the_start(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    origin = Origin(requirement_code="r_verify", party_id="p1", area="360100")
    refused = Choice(requirement_code="r_verify", party_id="p1", route=Route.PAPER_FIRST, wanted=False)
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request(origins=(origin,), choices=(refused,)))
        await waits_for_choice(world, handle)
        assert not world.outside.collaboration.requests, "an issuer in another province is not on the platform"
        later = Choose.model_validate(
            {
                "command_id": "ch-1",
                "actor": clerk(),
                "choice": Choice(requirement_code="r_verify", party_id="p1", route=Route.ASSISTANCE, wanted=False),
            }
        )
        await handle.execute_update("choose", later)
        await eventually(lambda: any(t.step.value == "proposal" and t.open for t in tasks(world, handle)))
        wanted = RequestProof.model_validate(about("r_verify", evidence_type="fertility"))
        await handle.execute_update("request_proof", wanted)
        assert bodies_of(world, handle.id)[-1] == "proof_requested"


OPINION = AskOpinion(
    command_id="o-9",
    actor=clerk(),
    stage="site_opinion",
    asked=REFORM,
    asked_name="县审改办",
    question="本环节是否具备条件",
)


async def test_an_opinion_that_is_still_out_when_the_case_ends_is_closed_on_record_and_on_the_platform(
    skipping: WorkflowEnvironment,
) -> None:
    world = county("r_verify", offered=(Route.PAPER_FIRST,))
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await waits_for_choice(world, handle)
        await handle.execute_update("ask_opinion", OPINION)
        stream = f"consultation/{handle.id.partition('/')[2]}/site_opinion"
        await eventually(lambda: "assignment_opened" in bodies_of(world, stream))
        dead = Terminate(
            command_id="t-9", actor=clerk(), cause="applicant_died", reason="死亡", document_digest="a" * 64
        )
        await handle.execute_update("terminate", dead)
        assert (await handle.result()).status == "terminated"
        await skipping.client.get_workflow_handle(stream).result()
    kinds = bodies_of(world, handle.id)
    assert kinds.index("stage_opinion_closed") < kinds.index("application_terminated") == len(kinds) - 1
    ended = ["request_withdrawn", "assignment_closed", "consultation_ended"]
    assert bodies_of(world, stream)[-3:] == ended
    (withdrawn,) = [w for w in world.outside.collaboration.withdrawn if w.to_department == REFORM]
    assert withdrawn.reason == zh.WITHDRAWN["application_ended"]


async def test_a_case_is_handed_over_with_the_opinion_that_was_asked_for_it(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (question,) = world.outside.collaboration.requests
        await handle.execute_update("ask_opinion", OPINION)
        await eventually(lambda: len(world.outside.collaboration.requests) == 2)
        await reply(skipping.client, world, question, "confirmed")
        await eventually(lambda: "requirement_settled" in bodies_of(world, handle.id))
        assert (await handle.query("status", result_type=ApplicationStatus)).stage == "establishing"
        opinion = next(k for k in world.outside.collaboration.requests if k != question)
        await reply(skipping.client, world, opinion, "agree")
        assert (await handle.result()).status == "settled"
    assert bodies_of(world, handle.id)[-1] == "application_handed_over"


async def test_an_opinion_on_a_stage_is_awaited_before_the_decision(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify", offered=(Route.PAPER_FIRST,))
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await waits_for_choice(world, handle)
        paper = SubmitPaper.model_validate(about("r_verify", evidence_type="fertility", document_digest="e" * 64))
        await handle.execute_update("submit_paper", paper)
        await handle.execute_update("accept", Accept(command_id="accept-1", actor=clerk()))
        asked = AskOpinion(
            command_id="o-1",
            actor=clerk(),
            stage="site_opinion",
            asked=REFORM,
            asked_name="县审改办",
            question="有无意见",
        )
        with pytest.raises(WorkflowUpdateFailedError) as itself:
            await handle.execute_update(
                "ask_opinion", asked.model_copy(update={"command_id": "o-0", "asked": DECIDING})
            )
        assert "asks_itself" in str(itself.value.cause)
        await handle.execute_update("ask_opinion", asked)
        await eventually(lambda: any(r.kind.value == "opinion" for r in world.outside.collaboration.requests.values()))
        decision = ReportDecision(command_id="d-1", actor=clerk(), decision="granted", reference="doc-1")
        with pytest.raises(WorkflowUpdateFailedError) as early:
            await handle.execute_update("report_decision", decision)
        assert "opinion_outstanding" in str(early.value.cause)
        key = next(k for k, r in world.outside.collaboration.requests.items() if r.kind.value == "opinion")
        await reply(skipping.client, world, key, "agree")
        await eventually(lambda: "stage_opinion_heard" in bodies_of(world, handle.id))
        await handle.execute_update("report_decision", decision.model_copy(update={"command_id": "d-2"}))
        with skipping.auto_time_skipping_disabled():
            assert (await handle.result()).status == "completed"


async def test_a_case_that_an_operator_cancels_tells_whoever_works_on_it(skipping: WorkflowEnvironment) -> None:
    world = county("r_verify")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        await handle.cancel()
        with pytest.raises(WorkflowFailureError):
            await handle.result()
        verification = f"verification/{handle.id.partition('/')[2]}/r_verify/p1"
        await skipping.client.get_workflow_handle(verification).result()
        assert bodies_of(world, handle.id)[-1] == "application_cancelled"
    (key,) = world.outside.collaboration.requests
    assert [w.key for w in world.outside.collaboration.withdrawn] == [key]

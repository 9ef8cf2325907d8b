"""容缺后补 with its case: granted on clear credit, accepted and decided while owed, supplied, or lapsed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from infra.temporal.start import submit
from schemas.acceptance import Accept, ApplicationTerminated, DecisionReported, DeferralGranted, ReportDecision
from schemas.case import Case, RequirementStanding, Stage, fold
from schemas.case_commands import SignDeferral, SupplyDeferred
from schemas.credit_exchange import CreditStanding
from schemas.route_events import RouteReported
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import World
from tests.workflows.long_world import bodies_of, clerk, county, serving
from tests.workflows.requests import request
from tests.workflows.waiting import eventually

SETTINGS = settings_for("unused:0")
KEY = "r_defer/p1"
Handle = WorkflowHandle[Any, Any]


def signing(**over: Any) -> SignDeferral:
    values: dict[str, Any] = {
        "command_id": "sign-1",
        "actor": clerk(),
        "requirement_code": "r_defer",
        "party_id": "p1",
        "letter_digest": "a" * 64,
    }
    return SignDeferral.model_validate(values | over)


def supplying() -> SupplyDeferred:
    return SupplyDeferred(
        command_id="supply-1", actor=clerk(), requirement_code="r_defer", party_id="p1", document_digest="b" * 64
    )


def case_of(world: World, handle: Handle) -> Case:
    case = fold(tuple(world.ledger.streams[handle.id]))
    assert case is not None
    return case


def event(world: World, handle: Handle, kind: type[Any]) -> Any:
    return next(e.body for e in world.ledger.streams[handle.id] if isinstance(e.body, kind))


async def days_pass(env: WorkflowEnvironment, days: int) -> None:
    for _ in range(days):
        await env.sleep(timedelta(days=1))


async def signed(env: WorkflowEnvironment, world: World, queue: str, **over: Any) -> Handle:
    """A case that waits for the choice of the applicant, and his signature."""
    handle = await submit(env.client, queue, request())
    await eventually(lambda: "assignment_opened" in bodies_of(world, handle.id))
    await handle.execute_update("sign_deferral", signing(**over))
    return handle


async def accepted_and_decided(world: World, handle: Handle) -> None:
    await handle.execute_update("accept", Accept(command_id="accept-1", actor=clerk()))
    decided = ReportDecision(command_id="decide-1", actor=clerk(), decision="granted", reference="R-1")
    await handle.execute_update("report_decision", decided)
    await eventually(lambda: "decision_reported" in bodies_of(world, handle.id))


async def test_it_is_accepted_and_decided_while_owed_and_the_result_waits(skipping: WorkflowEnvironment) -> None:
    world = county("r_defer")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await signed(skipping, world, queue)
        await eventually(lambda: "deferral_granted" in bodies_of(world, handle.id))
        granted = event(world, handle, DeferralGranted)
        for words in ("示例事项", "保险凭证", "原件扫描", "5个工作日", "退件"):
            assert words in granted.notice_text
        task = case_of(world, handle).assignments[f"deferral/{KEY}"]
        assert (task.due_at, task.ends_at) == (granted.supply_due_at, granted.supply_due_at)
        await accepted_and_decided(world, handle)
        assert event(world, handle, DecisionReported).withheld
        assert "result_released" not in bodies_of(world, handle.id)
        await handle.execute_update("supply_deferred", supplying())
        await eventually(lambda: "application_completed" in bodies_of(world, handle.id))
    case = case_of(world, handle)
    assert case.requirements[KEY].standing is RequirementStanding.SETTLED
    assert case.stage is Stage.COMPLETED and case.deferrals_owed == ()
    assert not any(t.open for t in case.assignments.values())
    bodies = bodies_of(world, handle.id)
    assert bodies.index("settlement_confirmed") < bodies.index("result_released")


async def test_what_comes_before_the_decision_settles_for_good(skipping: WorkflowEnvironment) -> None:
    world = county("r_defer")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await signed(skipping, world, queue)
        await eventually(lambda: "deferral_granted" in bodies_of(world, handle.id))
        await handle.execute_update("supply_deferred", supplying())
        await eventually(lambda: "settlement_confirmed" in bodies_of(world, handle.id))
        result = await handle.result()
    assert [(r.requirement, r.ground) for r in result.settled] == [(KEY, "deferred_supply")]
    case = case_of(world, handle)
    assert case.requirements[KEY].standing is RequirementStanding.SETTLED
    assert bodies_of(world, handle.id).count("settlement_confirmed") == 1


async def test_what_does_not_come_in_its_working_days_has_the_stated_effect(skipping: WorkflowEnvironment) -> None:
    world = county("r_defer")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await signed(skipping, world, queue)
        await eventually(lambda: "deferral_granted" in bodies_of(world, handle.id))
        await accepted_and_decided(world, handle)
        await days_pass(skipping, 4)
        assert "deferral_lapsed" not in bodies_of(world, handle.id), "five working days are not over"
        await days_pass(skipping, 5)
        await eventually(lambda: "application_terminated" in bodies_of(world, handle.id))
    ended = event(world, handle, ApplicationTerminated)
    assert (ended.cause, ended.reason) == ("deferral_lapsed", "「保险凭证」容缺后逾期未补交，退件")
    bodies = bodies_of(world, handle.id)
    assert "rung_fired" in bodies, "he was reminded"
    assert "result_released" not in bodies
    assert not any(t.open for t in case_of(world, handle).assignments.values())


async def test_serious_discredit_closes_it(skipping: WorkflowEnvironment) -> None:
    world = county("r_defer")
    world.outside.credit.standing_of = lambda query: CreditStanding.SERIOUS_DISCREDIT
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await signed(skipping, world, queue)
        await eventually(lambda: "route_reported" in bodies_of(world, handle.id))
        report = event(world, handle, RouteReported).report
        assert (report.kind.value, report.detail) == ("failed", "credit_serious")
        assert report.evidence_digest in world.store.kept
        assert "deferral_granted" not in bodies_of(world, handle.id)
        await handle.terminate()


async def test_silent_credit_platforms_are_never_clear(skipping: WorkflowEnvironment) -> None:
    world = county("r_defer")
    world.outside.credit.standing_of = lambda query: CreditStanding.UNAVAILABLE
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await signed(skipping, world, queue)
        await days_pass(skipping, 9)
        await eventually(lambda: "route_reported" in bodies_of(world, handle.id))
        report = event(world, handle, RouteReported).report
        assert (report.kind.value, report.detail) == ("failed", "credit_unavailable")
        assert "deferral_granted" not in bodies_of(world, handle.id)
        await handle.terminate()


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"by_proxy": True}, "proxy_without_authorisation"),
        ({"by_proxy": True, "authorisation_digest": "c" * 64}, None),
    ],
)
async def test_a_proxy_needs_his_authorisation(
    skipping: WorkflowEnvironment, over: dict[str, Any], code: str | None
) -> None:
    world = county("r_defer")
    async with serving(skipping.client, SETTINGS, world) as queue:
        if code is None:
            handle = await signed(skipping, world, queue, **over)
            await eventually(lambda: "deferral_granted" in bodies_of(world, handle.id))
            await handle.terminate()
            return
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await signed(skipping, world, queue, **over)
        assert code in str(refused.value.cause)

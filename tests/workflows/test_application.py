"""ApplicationWorkflow on a real server with the outside in memory: the procedure, the acts, the faults."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError, CancelledError

from infra.settings import TemporalSettings
from infra.temporal.start import submit
from schemas.application import (
    ApplicationStatus,
    Demand,
    Explanation,
    Receipt,
    Volunteered,
    Withdraw,
)
from schemas.base import personal_values
from schemas.case import fold
from schemas.codes import Platform, Route, Sensitivity
from schemas.errors import InvalidInput
from schemas.events import ActRefused
from schemas.exchange import AnswerClass, EvidenceQuery, PlatformAnswer
from schemas.ledger import LedgerRefusal
from schemas.views import explain, status_of
from tests.workflows.catalogues import sample_catalogue
from tests.workflows.fakes import World, found, said
from tests.workflows.requests import OPERATOR, request, spouse, volunteer
from tests.workflows.waiting import all_durable, eventually, eventually_async, settled_now
from workers.serve import build_workers

STUCK = SearchAttributeKey.for_keyword("StuckReason")


@asynccontextmanager
async def serving(client: Client, settings: TemporalSettings, world: World) -> AsyncIterator[str]:
    queue = f"q-{uuid.uuid4().hex[:8]}"
    (worker,) = build_workers(client, settings.model_copy(update={"task_queue": queue}), world.activities())
    async with worker:
        yield queue


async def test_everything_shared_settles_in_one_append(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].answers["no_criminal_record"] = lambda q: said(AnswerClass.NOT_FOUND)
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        result = await handle.result()
    assert result.status == "settled"
    assert {s.requirement: s.ground for s in result.settled} == {
        "r_identity/p1": "elicence",
        "r_household/p1": "data_sharing",
        "r_record/p1": "data_sharing",
    }
    assert result.applicant_made == ("申请表",)
    assert result.notice is None
    assert world.ledger.appends == 1
    history = await handle.fetch_history()
    assert len(history.events) <= 24
    assert sum(e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for e in history.events) <= 4


async def test_not_exempted_gets_one_notice_that_names_no_person(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].answers = {
        "household": lambda q: said(AnswerClass.NOT_FOUND),
        "no_criminal_record": lambda q: said(AnswerClass.NOT_FOUND),
    }
    async with serving(client, temporal_settings, world) as queue:
        asked = request(parties=(*request().parties, spouse(Sensitivity.HEALTH)))
        result = await (await submit(client, queue, asked)).result()
    assert result.status == "notice_due"
    assert [r.requirement for r in result.not_exempted] == ["r_household/p1", "r_spouse_hardship/p2"]
    assert result.notice is not None
    assert "《居民户口簿》" in result.notice.text
    assert "配偶的《经济困难证明》" in result.notice.text
    assert "测试" not in result.notice.text
    assert "verification:not_yet_offered" in result.not_exempted[1].reasons
    assert "commitment:not_yet_offered" in result.not_exempted[1].reasons
    assert "commitment:not_on_commitment_list" in result.not_exempted[0].reasons


async def test_adverse_is_held_for_a_person_and_not_asked_of_the_applicant(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].answers["no_criminal_record"] = found
    async with serving(client, temporal_settings, world) as queue:
        result = await (await submit(client, queue, request())).result()
    (held,) = result.not_exempted
    assert "data_sharing:tried_adverse" in held.reasons
    assert "commitment:held_by_adverse" in held.reasons
    assert result.status == "under_review"
    assert result.notice is None, "nothing is asked of the applicant while a person of the department has to look"


async def test_demands_of_the_guide_are_cancelled_or_queried(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].answers["no_criminal_record"] = lambda q: said(AnswerClass.NOT_FOUND)
    demands = (
        Demand(evidence="无犯罪记录证明", issuer_class="village_committee", party_id="p1"),
        Demand(evidence="健在证明", issuer_class="village_committee", party_id="p1"),
    )
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request(demands=demands))
        result = await handle.result()
        explanation = await handle.query("explain", result_type=Explanation)
    abolished = next(s for s in result.settled if s.requirement == "demand_0/p1")
    assert (abolished.ground, abolished.clause) == ("abolished", "三(一)")
    assert [q.requirement for q in result.queried] == ["demand_1/p1"]
    assert result.status == "queried", "a missing row alone settles nothing"
    assert all({r.route for r in view.rungs} == set(Route) for view in explanation.requirements)


async def test_unavailable_platform_is_asked_again_within_the_budget(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.answers = dict.fromkeys(("household", "no_criminal_record"), lambda q: said(AnswerClass.TRANSIENT))
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually(lambda: len(sharing.asked) >= 6)
        waiting = await handle.describe()
        assert waiting.typed_search_attributes[STUCK] == "平台未应答:市汇聚共享平台"
        assert len(world.ledger.streams[handle.id]) >= 6, "what is known is durable before the wait"
        sharing.answers = {"no_criminal_record": lambda q: said(AnswerClass.NOT_FOUND)}
        result = await handle.result()
        assert (await handle.describe()).typed_search_attributes.get(STUCK) is None
    assert result.status == "settled"
    keys = [k for k in sharing.asked if "r_household" in k]
    assert set(keys) == {f"{k.rpartition('/')[0]}/{n}" for k in keys for n in (1, 2)}, "retries keep their key"


async def test_unavailable_past_the_budget_moves_on(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue(), budget_seconds=2)
    world.platforms[Platform.DATA_SHARING].answers = {
        "household": lambda q: said(AnswerClass.QUOTA),
        "no_criminal_record": lambda q: said(AnswerClass.TRANSIENT),
    }
    async with serving(client, temporal_settings, world) as queue:
        result = await (await submit(client, queue, request())).result()
    reasons = {r.requirement: r.reasons for r in result.not_exempted}
    assert "data_sharing:tried_transient" in reasons["r_record/p1"]
    assert any(r.startswith("data_sharing:tried_") for r in reasons["r_household/p1"])


async def test_one_slow_answer_does_not_hold_up_the_rest(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].gate.clear()
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually_async(lambda: settled_now(handle), {"r_identity/p1"})
        world.platforms[Platform.DATA_SHARING].gate.set()
        await handle.result()


async def test_volunteering_settles_and_closes_the_question(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.gate.clear()
    sharing.answers["no_criminal_record"] = lambda q: said(AnswerClass.NOT_FOUND)
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually(lambda: len(sharing.asked) == 2)
        command = volunteer("r_household", "household")
        receipt = await handle.execute_update("volunteer_evidence", command, result_type=Receipt, id="u1")
        assert receipt.position.sequence == len(world.ledger.streams[handle.id]) - 1
        again = await handle.execute_update("volunteer_evidence", command, result_type=Receipt, id="u2")
        assert again.command_id == receipt.command_id
        sharing.gate.set()
        result = await handle.result()
    assert next(s for s in result.settled if s.requirement == "r_household/p1").ground == "volunteered"
    kinds = [e.body.type for e in world.ledger.streams[handle.id]]
    assert kinds.count("evidence_volunteered") == 1
    assert kinds.count("attempt_closed") == 1


async def test_what_is_not_asked_for_is_handed_back_and_recorded(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.gate.clear()
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        for command, code in (
            (volunteer("r_form", "form"), "applicant_made"),
            (volunteer("r_unknown", "form"), "unknown_requirement"),
            (volunteer("r_household", "id_card"), "wrong_evidence"),
            (volunteer("r_household", "household", party="p9"), "unknown_requirement"),
        ):
            for _ in range(2):
                with pytest.raises(WorkflowUpdateFailedError) as refused:
                    await handle.execute_update("volunteer_evidence", command, result_type=Receipt)
                cause = refused.value.cause
                assert isinstance(cause, ApplicationError)
                assert cause.type == "ActRefused"
                assert cause.details[0][0]["code"] == code
        sharing.gate.set()
        await handle.result()
    refusals = [e for e in world.ledger.streams[handle.id] if e.body.type == "act_refused"]
    assert len(refusals) == 4


async def test_withdrawal_ends_the_case_and_closes_every_question(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].gate.clear()
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually(lambda: len(world.platforms[Platform.DATA_SHARING].asked) == 2)
        await eventually_async(lambda: settled_now(handle), {"r_identity/p1"})
        await handle.execute_update(
            "withdraw", Withdraw(command_id="w1", actor=OPERATOR, reason="申请人改变主意"), result_type=Receipt
        )
        result = await handle.result()
    world.platforms[Platform.DATA_SHARING].gate.set()
    assert result.status == "withdrawn"
    kinds = [e.body.type for e in world.ledger.streams[handle.id]]
    assert kinds[-1] == "application_withdrawn"
    assert kinds.count("attempt_closed") == 2


async def test_same_request_twice_is_one_case_and_another_names_the_field(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    async with serving(client, temporal_settings, world) as queue:
        asked = request()
        first, second = await asyncio.gather(submit(client, queue, asked), submit(client, queue, asked))
        assert first.id == second.id
        await first.result()
        third = await submit(client, queue, asked)
        assert (await third.result()) == (await first.result())
        other = asked.model_copy(update={"parties": (asked.parties[0].model_copy(update={"name": "测试丙"}),)})
        with pytest.raises(InvalidInput) as refused:
            await submit(client, queue, other)
    assert [e.field for e in refused.value.errors] == ["parties.0.name"]
    assert "测试" not in str(refused.value)
    assert len(world.ledger.streams) == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"item_code": "11350526MB0000003J4000999999999"}, "item_code"),
        (
            {
                "volunteered": (
                    Volunteered(
                        requirement_code="r_household",
                        party_id="p9",
                        evidence_type="household",
                        document_digest="b" * 64,
                    ),
                )
            },
            "volunteered.0.party_id",
        ),
        ({"demands": (Demand(evidence="健在证明", issuer_class="nobody", party_id="p1"),)}, "demands.0.issuer_class"),
    ],
    ids=["unknown item", "not a party", "unknown issuer"],
)
async def test_bad_request_is_refused_by_field_and_may_be_handed_in_again(
    client: Client, temporal_settings: TemporalSettings, fields: dict[str, object], field: str
) -> None:
    world = World(sample_catalogue())
    async with serving(client, temporal_settings, world) as queue:
        asked = request().model_copy(update=fields)
        handle = await submit(client, queue, asked)
        with pytest.raises(WorkflowFailureError) as refused:
            await handle.result()
        cause = refused.value.cause
        assert isinstance(cause, ApplicationError)
        assert cause.type == "InvalidApplication"
        assert [e["field"] for e in cause.details[0]] == [field]
        assert [e.body.type for e in world.ledger.streams[handle.id]] == [
            "application_received",
            "application_refused",
        ]
        assert not any(p.asked for p in world.platforms.values()), "nothing was asked of anybody"
        world.ledger.streams.clear()
        await (await submit(client, queue, request(no=asked.application_no))).result()


async def test_malformed_start_fails_cleanly_and_names_the_field(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    async with serving(client, temporal_settings, world) as queue:
        body = request().model_dump(mode="json")
        body["parties"][0]["id_number"] = "350526199001010018"
        handle = await client.start_workflow(
            "ApplicationWorkflow", body, id=f"application/{body['application_no']}", task_queue=queue
        )
        with pytest.raises(WorkflowFailureError) as refused:
            await handle.result()
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == "PayloadValidationError"
    assert "校验码不符" in str(cause.details)
    assert "350526199001010018" not in str(cause.details)


async def test_workflow_id_must_be_the_case_number(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue())
    async with serving(client, temporal_settings, world) as queue:
        handle = await client.start_workflow(
            "ApplicationWorkflow", request(), id=f"application/other-{uuid.uuid4().hex[:6]}", task_queue=queue
        )
        with pytest.raises(WorkflowFailureError) as refused:
            await handle.result()
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.details[0][0]["code"] == "wrong_workflow_id"


async def test_no_outcome_before_its_record_is_durable(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue())
    world.ledger.down = True
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually_async(lambda: settled_now(handle), {"r_identity/p1", "r_household/p1"})
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(handle.result())), 1)
        world.ledger.down = False
        result = await handle.result()
    assert result.position.sequence == len(world.ledger.streams[handle.id]) - 1


async def test_number_of_another_case_is_refused_by_the_ledger(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    world.ledger.refusal = LedgerRefusal("编号已有他案", number_taken=True)
    async with serving(client, temporal_settings, world) as queue:
        with pytest.raises(WorkflowFailureError) as refused:
            await (await submit(client, queue, request())).result()
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "NumberTaken"


async def test_an_adapter_that_breaks_is_an_outcome_not_a_stuck_case(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    def broken(query: EvidenceQuery) -> PlatformAnswer:
        raise KeyError("defect")

    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].answers = dict.fromkeys(("household", "no_criminal_record"), broken)
    async with serving(client, temporal_settings, world) as queue:
        result = await (await submit(client, queue, request())).result()
    assert all("data_sharing:tried_config" in r.reasons for r in result.not_exempted)


async def test_cancelling_through_temporal_is_in_the_ledger(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].gate.clear()
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually(lambda: len(world.platforms[Platform.DATA_SHARING].asked) == 2)
        await handle.cancel()
        with pytest.raises(WorkflowFailureError) as cancelled:
            await handle.result()
        assert isinstance(cancelled.value.cause, CancelledError)
    world.platforms[Platform.DATA_SHARING].gate.set()
    assert world.ledger.streams[handle.id][-1].body.type == "application_cancelled"


async def test_folding_the_ledger_gives_what_the_query_answers(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue(), budget_seconds=2)
    world.platforms[Platform.DATA_SHARING].answers["household"] = lambda q: said(AnswerClass.TRANSIENT)
    async with serving(client, temporal_settings, world) as queue:
        asked = request(parties=(*request().parties, spouse(Sensitivity.HEALTH)))
        handle = await submit(client, queue, asked)
        await handle.result()
        answered = await handle.query("status", result_type=ApplicationStatus)
        explained = await handle.query("explain", result_type=Explanation)
    case = fold(tuple(world.ledger.streams[handle.id]))
    assert case is not None
    assert status_of(case, answered.durable) == answered
    assert explain(case, {}) == explained


async def test_nothing_personal_is_readable_on_the_server(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].answers["household"] = lambda q: said(AnswerClass.NOT_FOUND)
    async with serving(client, temporal_settings, world) as queue:
        asked = request(parties=(*request().parties, spouse()))
        handle = await submit(client, queue, asked)
        await handle.result()
        stranger = await Client.connect(temporal_settings.address)
        history = (await stranger.get_workflow_handle(handle.id).fetch_history()).to_json()
        described = str((await stranger.get_workflow_handle(handle.id).describe()).raw_description)
    values = [value for _, _, value in personal_values(asked) if isinstance(value, str)]
    assert len(values) == 4
    for value in values:
        for text in (history, described):
            assert value not in text
            assert base64.b64encode(value.encode()).decode().rstrip("=") not in text


async def test_an_act_id_stands_for_one_act_only(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue())
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.gate.clear()
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        command = volunteer("r_household", "household")
        await handle.execute_update("volunteer_evidence", command, result_type=Receipt)
        reused = Withdraw(command_id=command.command_id, actor=OPERATOR, reason="不再办理")
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update("withdraw", reused, result_type=Receipt)
        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.type == "CommandIdReused"
        sharing.gate.set()
        result = await handle.result()
    assert result.status != "withdrawn"


@pytest.mark.parametrize("first_refused", [False, True], ids=["first was done", "first was refused"])
async def test_other_content_under_a_known_act_id_changes_nothing(
    client: Client, temporal_settings: TemporalSettings, first_refused: bool
) -> None:
    world = World(sample_catalogue())
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.gate.clear()
    sharing.answers["no_criminal_record"] = lambda q: said(AnswerClass.NOT_FOUND)
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually(lambda: len(sharing.asked) == 2)
        known = volunteer("r_form", "form") if first_refused else volunteer("r_household", "household")
        other = volunteer("r_record", "no_criminal_record").model_copy(update={"command_id": known.command_id})
        withdraw = Withdraw(command_id=known.command_id, actor=OPERATOR, reason="不再办理")

        async def answer(name: str, command: object) -> str:
            try:
                await handle.execute_update(name, command, result_type=Receipt)
            except WorkflowUpdateFailedError as refused:
                assert isinstance(refused.cause, ApplicationError)
                return str(refused.cause.type)
            return "done"

        first = await answer("volunteer_evidence", known)
        assert first == ("ActRefused" if first_refused else "done")
        before = await all_durable(handle)
        recorded = list(world.ledger.streams[handle.id])
        assert await answer("volunteer_evidence", other) == "CommandIdReused"
        assert await answer("withdraw", withdraw) == "CommandIdReused"
        assert await answer("volunteer_evidence", known) == first, "the first one is still answered as it was"
        assert await handle.query("status", result_type=ApplicationStatus) == before
        assert world.ledger.streams[handle.id] == recorded
        sharing.gate.set()
        result = await handle.result()
    grounds = {s.requirement: s.ground for s in result.settled}
    assert grounds["r_record/p1"] == "data_sharing"
    assert grounds["r_household/p1"] == ("data_sharing" if first_refused else "volunteered")


async def test_staff_of_another_department_are_refused_and_it_is_recorded(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.gate.clear()
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        stranger = OPERATOR.model_copy(update={"department": "11350526MB0000002F"})
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update(
                "withdraw", Withdraw(command_id="w9", actor=stranger, reason="不再办理"), result_type=Receipt
            )
        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.details[0][0]["code"] == "wrong_department"
        sharing.gate.set()
        result = await handle.result()
    assert result.status != "withdrawn"
    kept = [e.body for e in world.ledger.streams[handle.id] if isinstance(e.body, ActRefused)]
    assert [b.errors[0].code for b in kept] == ["wrong_department"]


async def test_received_in_the_future_is_refused_by_field(client: Client, temporal_settings: TemporalSettings) -> None:
    world = World(sample_catalogue())
    async with serving(client, temporal_settings, world) as queue:
        asked = request(received_at=datetime.now(UTC) + timedelta(days=1))
        with pytest.raises(WorkflowFailureError) as refused:
            await (await submit(client, queue, asked)).result()
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.details[0] == [
        {"field": "received_at", "code": "in_future", "message": "收件时间在将来"}
    ]


async def test_answers_that_come_while_the_ledger_is_slow_are_not_lost(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    """The wait for the ledger before a second ask ends after that ask was answered, and nothing is out any more."""
    world = World(sample_catalogue())
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.answers = {"no_criminal_record": lambda q: said(AnswerClass.TRANSIENT) if q.round == 1 else found(q)}
    world.ledger.gate.clear()
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually(lambda: any(key.endswith("/2") for key in sharing.asked))
        await asyncio.sleep(0.3)
        world.ledger.gate.set()
        result = await asyncio.wait_for(handle.result(), 20)
    (held,) = result.not_exempted
    assert "data_sharing:tried_adverse" in held.reasons


async def test_a_store_that_takes_nothing_is_waited_for_and_not_blamed_on_the_source(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = World(sample_catalogue())
    world.platforms[Platform.DATA_SHARING].answers["no_criminal_record"] = lambda q: said(AnswerClass.NOT_FOUND)
    world.store.full = True
    async with serving(client, temporal_settings, world) as queue:
        handle = await submit(client, queue, request())
        await eventually(lambda: len(world.platforms[Platform.ELICENCE_PROVINCIAL].asked) >= 2)
        world.store.full = False
        result = await asyncio.wait_for(handle.result(), 20)
    assert result.status == "settled"

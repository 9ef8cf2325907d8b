"""A real server and a real ledger: no finding where all is honest, and each manipulation by its name."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateStage

from infra.ledger.trail import read_trail
from infra.temporal.client import connect
from schemas.application import Withdraw
from schemas.reconcile import Code, Finding
from schemas.reconcile_events import InterferenceExplained, ReconcileAsked, ReconcileDone
from schemas.register import register_stream
from tests.reconcile.conftest import County
from tests.workflows.long_world import county
from tests.workflows.requests import OPERATOR
from tests.workflows.waiting import eventually

EVENT = "(SELECT event_id FROM ledger.event WHERE stream = $1 ORDER BY position OFFSET 1 LIMIT 1)"


async def reset(client: Client, handle: WorkflowHandle[Any, Any], to: int) -> str:
    """Reset a workflow to the end of a workflow task, as a person with the tool can."""
    described = await handle.describe()
    answer = await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=described.run_id),
            reason="试一试",
            workflow_task_finish_event_id=to,
            request_id=uuid.uuid4().hex,
        )
    )
    return answer.run_id


async def last_task(handle: WorkflowHandle[Any, Any]) -> int:
    """The number of its last completed workflow task."""
    history = await handle.fetch_history()
    return [e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED][-1].event_id


def only(done: ReconcileDone, code: Code, count: int = 1) -> tuple[Finding, ...]:
    """The findings, which are all of this code."""
    assert done.counts == {code: count}, done.findings
    return done.findings


async def test_an_honest_county_has_no_findings(place: County) -> None:
    async with place.served():
        done_case, _ = await place.start(), await place.start()
        await place.finish(done_case)
        daily = await place.reconcile()
        deep = await place.reconcile(deep=True)
        one = await place.reconcile(cases=(done_case.id.partition("/")[2],))
        recent = await place.reconcile(since=datetime.now(UTC) - timedelta(minutes=5))
        later = await place.reconcile(since=datetime.now(UTC) + timedelta(minutes=5))
    for done in (daily, deep, recent):
        assert done.counts == {}, done.findings
        assert done.workflows == done.streams == 4
        assert done.events == sum(map(len, place.ledger.streams.values()))
        assert done.past == 0
    assert (daily.replayed, deep.replayed) == (0, deep.runs)
    assert (one.counts, one.workflows) == ({}, 2)
    assert (later.counts, later.workflows) == ({}, 2), "those that go on"


async def test_what_cases_share_and_tell_each_other_is_explained_by_who_sent_it(place: County) -> None:
    """Two cases miss the same licence: one completion, joined by the second, in a stream of its chain's own."""
    place.world = county("r_licence")
    place.world.ledger = place.ledger

    def joined() -> bool:
        return any("case_joined" in place.types(s) for s in place.ledger.streams if s.startswith("completion/"))

    def both_asked() -> bool:
        """The second case's question stands in the ledger too: no stream begins while it is compared."""
        return sum(s.startswith("verification/") for s in place.ledger.streams) == 2

    async with place.served():
        await place.start()
        await eventually(lambda: any(s.startswith("completion/") for s in place.ledger.streams))
        await place.start()
        await eventually(lambda: joined() and both_asked())
        before = sum(map(len, place.ledger.streams.values()))
        done = await place.reconcile(deep=True)
        signals = [
            event
            async for listed in place.client.list_workflows()
            for event in (
                await place.client.get_workflow_handle(listed.id, run_id=listed.run_id).fetch_history()
            ).events
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
        ]
    assert done.counts == {}, done.findings
    assert done.events >= before
    assert done.streams == len(place.ledger.streams)
    assert signals, "or nothing was explained"


async def test_the_result_is_in_the_register_once(place: County) -> None:
    asked = ReconcileAsked(number="20261201T023000Z-1")
    first = await place.reconciler.reconcile(place.client, asked)
    assert await place.reconciler.reconcile(place.client, asked) == first
    kept = await place.pool.fetch(
        "SELECT type FROM ledger.event WHERE stream = $1", register_stream("reconcile", asked.number)
    )
    assert [row["type"] for row in kept] == ["reconcile_done"]
    looked = await place.reconciler.reconcile(place.client, ReconcileAsked(number="look", files=False))
    assert looked.counts == {}
    assert not await place.pool.fetch(
        "SELECT FROM ledger.event WHERE stream = $1", register_stream("reconcile", "look")
    )


@pytest.mark.parametrize(
    ("statement", "code", "deep"),
    [
        (f"DELETE FROM ledger.event WHERE event_id = {EVENT}", Code.MISSING, False),
        ("DELETE FROM ledger.event WHERE stream = $1", Code.MISSING, False),
        (
            "UPDATE ledger.event SET canonical = replace(canonical, '示例', '另例'),"
            f" digest = sha256(convert_to(replace(canonical, '示例', '另例'), 'UTF8')) WHERE event_id = {EVENT}",
            Code.DIFFERENT,
            True,
        ),
        (f"UPDATE ledger.event SET run_id = 'another' WHERE event_id = {EVENT}", Code.DIFFERENT, False),
        (
            "UPDATE ledger.event e SET position = 1000 - e.position WHERE stream = $1 AND position > 0",
            Code.ORDER,
            False,
        ),
        (
            "INSERT INTO ledger.event (event_id, stream, position, sequence, previous_id, application_no, run_id,"
            " chain_run_id, type, occurred_at, canonical, digest, chain_hash)"
            " SELECT gen_random_uuid(), stream, position + 100, sequence + 1, event_id, application_no, run_id,"
            " chain_run_id, type, occurred_at, canonical, digest, chain_hash FROM ledger.event WHERE stream = $1"
            " ORDER BY position DESC LIMIT 1",
            Code.EXTRA,
            False,
        ),
        (
            "INSERT INTO ledger.event (event_id, stream, position, sequence, previous_id, application_no, run_id,"
            " chain_run_id, type, occurred_at, canonical, digest, chain_hash)"
            " SELECT gen_random_uuid(), 'application/T-''for\\ged', position, sequence, previous_id, 'T-forged',"
            " run_id, chain_run_id, type, occurred_at, canonical, digest, chain_hash FROM ledger.event"
            " WHERE stream = $1 AND position = 0",
            Code.NO_HISTORY,
            False,
        ),
    ],
    ids=["deleted", "deleted_whole", "edited", "other_run", "reordered", "inserted", "inserted_stream"],
)
async def test_what_the_owner_of_the_database_does_is_seen(
    place: County, statement: str, code: Code, deep: bool
) -> None:
    async with place.served():
        handle = await place.start()
        await place.finish(handle)
        await place.force(statement, handle.id)
        done = await place.reconcile(deep=deep)
    assert code in done.counts, done.counts
    assert set(done.counts) <= {code, Code.UNSOUND}, done.findings


async def test_an_end_by_force_is_seen_until_it_is_accounted_for(place: County) -> None:
    async with place.served():
        handle = await place.start()
        await handle.terminate("不想办了")
        (finding,) = only(await place.reconcile(), Code.TERMINATED)
        assert finding.stream == handle.id
        number = handle.id.partition("/")[2]
        explained = InterferenceExplained(
            code=finding.code,
            stream=finding.stream,
            run_id=finding.run_id or "",
            history_event=finding.history_event,
            reason="重复收件",
            reference="效能办督办单 2026-12",
        )
        assert await place.filing.explain(explained, OPERATOR, number)
        assert not await place.filing.explain(explained, OPERATOR, number)
        done = await place.reconcile()
    assert (done.counts, done.explained) == ({}, 1)
    assert (await read_trail(place.pool, number)).sound


async def test_a_reset_is_seen_as_one_thing(place: County) -> None:
    async with place.served():
        handle = await place.start()
        run = await reset(place.client, handle, await last_task(handle))
        (finding,) = only(await place.reconcile(), Code.RESET)
        assert finding.run_id == run
        only(await place.reconcile(deep=True), Code.RESET)


async def test_a_signal_by_hand_is_seen_whatever_it_calls_itself(place: County) -> None:
    async with place.served():
        handle = await place.start()
        forger = await connect(place.settings, identity=place.client.identity)
        await forger.get_workflow_handle(handle.id).signal("report", {"requirement": "x"})
        (finding,) = only(await place.reconcile(), Code.SIGNALLED)
    assert (finding.stream, finding.detail) == (handle.id, "report")


async def test_a_signal_of_ours_sent_again_by_hand_is_not_believed_in_part(place: County) -> None:
    """Where not all was read, what a tool for people sent is seen."""
    async with place.served():
        handle = await place.start()
        tool = await connect(place.settings, identity="temporal-cli:root@host")
        await tool.get_workflow_handle(handle.id).signal("report", {"requirement": "x"})
        only(await place.reconcile(cases=(handle.id.partition("/")[2],)), Code.SIGNALLED)


async def test_an_update_and_a_cancellation_past_the_door_are_seen(place: County) -> None:
    async with place.served():
        handle, other = await place.start(), await place.start()
        tool = await connect(place.settings, identity="temporal-cli:root@host")
        act = Withdraw(command_id="w-1", actor=OPERATOR, reason="试一试")
        await tool.get_workflow_handle(handle.id).execute_update("withdraw", act)
        number = other.id.partition("/")[2]

        def children() -> list[str]:
            return [s for s in place.ledger.streams if s.startswith("verification/") and number in s]

        await eventually(lambda: bool(children()))
        await place.client.get_workflow_handle(children()[0]).cancel()
        await eventually(lambda: "application_withdrawn" in place.types(handle.id))
        done = await place.reconcile()
    assert done.counts.get(Code.UPDATED) == done.counts.get(Code.CANCELLED) == 1, done.findings


async def test_a_cancellation_that_the_stream_tells_is_no_finding(place: County) -> None:
    async with place.served():
        handle = await place.start()
        await handle.cancel()
        await eventually(lambda: "application_cancelled" in place.types(handle.id))
        assert (await place.reconcile()).counts == {}


async def test_what_an_ended_run_never_appended_is_filed(place: County) -> None:
    async with place.served():
        handle = await place.start()
        before = len(place.types(handle.id))
        place.ledger.lost = True
        act = Withdraw(command_id="w-1", actor=OPERATOR, reason="不办了")
        tool = place.client.get_workflow_handle(handle.id)
        await tool.start_update("withdraw", act, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        await handle.terminate("盖住它")
    place.ledger.lost = False

    looked = await place.reconcile(files=False)
    assert looked.counts[Code.RECOVERED] > 0
    assert len(place.types(handle.id)) == before
    first = await place.reconcile()
    assert first.counts == looked.counts
    assert set(first.counts) == {Code.RECOVERED, Code.TERMINATED}
    trail = await read_trail(place.pool, handle.id.partition("/")[2])
    assert trail.sound
    kept = [e.row.type for e in trail.entries if e.row.stream == handle.id]
    assert "application_withdrawn" in kept
    assert [e.row.type for e in trail.entries if e.row.stream.startswith("register/recovered/")] == ["events_recovered"]
    again = await place.reconcile(deep=True)
    assert set(again.counts) == {Code.TERMINATED}, again.findings


async def test_what_was_never_even_sent_is_filed_by_replay(place: County) -> None:
    """While one append does not get through, nothing that follows it is sent: only the code knows of it."""
    async with place.served():
        handle = await place.start()
        place.ledger.lost = True
        for number in (1, 2):
            act = Withdraw(command_id=f"w-{number}", actor=OPERATOR, reason="不办了")
            await handle.start_update("withdraw", act, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        await handle.terminate("盖住它")
    place.ledger.lost = False
    done = await place.reconcile()
    assert set(done.counts) == {Code.RECOVERED, Code.TERMINATED}, done.findings
    trail = await read_trail(place.pool, handle.id.partition("/")[2])
    assert trail.sound
    refused = [e.row.canonical for e in trail.entries if e.row.type == "act_refused"]
    assert len(refused) == 1 and '"w-2"' in refused[0]
    entries = [e.row.canonical for e in trail.entries if e.row.type == "events_recovered"]
    assert any('"from_replay":true' in each for each in entries)

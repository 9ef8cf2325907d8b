"""Workflows that go on as a new run, and workflows that cannot go on."""

from __future__ import annotations

from typing import Any

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.api.enums.v1 import WorkflowTaskFailedCause as Cause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.worker import Worker
from temporalio.workflow import Info

from infra.reconcile.history import Listed, tell
from infra.temporal.start import WORKFLOW, submit
from schemas.reconcile import Code
from schemas.reconcile_events import ReconcileAsked
from tests.reconcile.conftest import County
from tests.reconcile.test_deep import CODEC
from tests.reconcile.test_reconcile import only
from tests.replay.test_replay import HISTORIES, history_of
from tests.workflows.requests import request
from tests.workflows.test_continue_as_new import press, run_of
from tests.workflows.waiting import eventually, eventually_async

LONG = 45


@workflow.defn(name=WORKFLOW, sandboxed=False)
class Defective:
    """A release of the case with a defect."""

    @workflow.run
    async def run(self, start: Any) -> None:
        raise RuntimeError("a defect")


async def test_a_chain_of_runs_is_one_stream(place: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the list of workflows was read before the chain went on."""
    monkeypatch.setattr(Info, "is_continue_as_new_suggested", lambda self: self.get_current_history_length() > LONG)
    async with place.served():
        handle = await place.start()
        asked = ReconcileAsked(number="listed-before", deep=True)
        first = await run_of(handle)
        listed = await place.reconciler._listed(place.client, asked)
        runs = {first}
        while len(runs) < 3:
            await press(handle)
            runs.add(await run_of(handle))
        await press(handle)

        async def listed_before(*_: Any) -> Any:
            return listed

        with monkeypatch.context() as early:
            early.setattr(place.reconciler, "_listed", listed_before)
            done = await place.reconciler.reconcile(place.client, asked)
        assert done.counts == {}, done.findings
        assert done.runs - done.workflows == len(runs) - 1
        assert done.events == sum(map(len, place.ledger.streams.values()))
        await place.finish(handle)
        for deep in (False, True):
            done = await place.reconcile(deep=deep)
            assert done.counts == {}, done.findings
            assert done.runs > done.workflows
            assert done.events == sum(map(len, place.ledger.streams.values()))
        await place.force(
            "DELETE FROM ledger.event WHERE event_id ="
            " (SELECT event_id FROM ledger.event WHERE stream = $1 AND run_id <> $2 ORDER BY position LIMIT 1)",
            handle.id,
            first,
        )
        assert (await place.reconcile()).counts[Code.MISSING] == 1, "of a later run"


async def test_a_workflow_that_cannot_go_on_is_found_until_it_does(place: County) -> None:
    async with Worker(place.client, task_queue=place.settings.task_queue, workflows=[Defective]):
        handle = await submit(place.client, place.settings.task_queue, request())

        async def attributes() -> set[str]:
            events = (await handle.fetch_history()).events
            return {event.WhichOneof("attributes") or "" for event in events}

        await eventually_async(attributes, {"workflow_task_failed_event_attributes"}, 30)
    (finding,) = only(await place.reconcile(), Code.WEDGED)
    assert (finding.stream, finding.run_id) == (handle.id, handle.first_execution_run_id)
    only(await place.reconcile(deep=True), Code.WEDGED)
    async with place.served():
        await eventually(lambda: "application_admitted" in place.types(handle.id))
        assert (await place.reconcile()).counts == {}


@pytest.mark.parametrize(
    ("cause", "codes"),
    [
        (Cause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, [Code.WEDGED]),
        (Cause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND, []),
    ],
    ids=["defect", "something_arrived"],
)
async def test_a_task_that_is_only_done_again_is_no_defect(cause: Cause.ValueType, codes: list[Code]) -> None:
    path = next(p for p in HISTORIES if p.stem == "settled")
    events = list(history_of(path).events)
    while events[-1].event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED:
        events.pop()
    failed = HistoryEvent(event_id=len(events) + 1, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    failed.workflow_task_failed_event_attributes.cause = cause
    run = await tell(Listed(path.stem, "run"), WorkflowHistory(path.stem, [*events, failed]), CODEC)
    assert [each.code for each in run.touched] == codes

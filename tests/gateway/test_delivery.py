"""Handing a callback to its workflow on a real server: once, and what is told when it cannot be."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.ledger import LedgerActivities
from infra.gateway.callbacks import ActNotTaken, NoSuchStream, NotNow
from infra.gateway.delivery import TemporalDelivery
from schemas.assistance_exchange import AssistanceCallback, AssistanceStep
from schemas.collaboration_exchange import CollaborationCallback
from schemas.errors import FieldError
from tests.workflows.fakes import MemoryLedger
from workflows.refused_act import RefusedActWorkflow


@workflow.defn(name="GatewayWaiting")
class Waiting:
    """Something that asked and waits; takes every message down."""

    def __init__(self) -> None:
        self._taken: list[str] = []
        self._over = False

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: self._over and workflow.all_handlers_finished())
        return self._taken

    @workflow.update
    async def reply(self, callback: CollaborationCallback) -> None:
        """Take a reply; ``refuted`` is refused with a reason, ``declined`` without one."""
        if callback.verdict == "refuted":
            error = FieldError(field="department", code="not_asked", message="未问此部门")
            raise ApplicationError("refused", [error.model_dump(mode="json")], type="RefusedAct", non_retryable=True)
        if callback.verdict == "declined":
            raise ApplicationError("别的原因", type="Other", non_retryable=True)
        self._taken.append(f"{callback.message_id} {callback.verdict}")

    @workflow.update
    async def progress(self, callback: AssistanceCallback) -> None:
        """Take a step."""
        self._taken.append(f"{callback.message_id} {callback.step.value}")

    @workflow.query
    def status(self) -> dict[str, str]:
        """To which case it belongs, also when it has ended."""
        return {"application_no": "A-1"}

    @workflow.signal
    def end(self) -> None:
        """Nothing more is waited for."""
        self._over = True


def reply(stream: str, verdict: str = "confirmed", message_id: str = "m-1") -> CollaborationCallback:
    return CollaborationCallback(
        message_id=message_id,
        stream=stream,
        key="A-1/need_licence/p1/verification/1",
        department="11350526MB0000002F",
        verdict=verdict,
        reason=None,
        document_digest=None,
        conditions=None,
        answered_at=datetime(2026, 2, 2, 2, 0, tzinfo=UTC),
    )


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
async def waiting(client: Client, ledger: MemoryLedger) -> AsyncIterator[WorkflowHandle[Any, list[str]]]:
    queue = f"gateway-{uuid.uuid4()}"
    async with Worker(
        client,
        task_queue=queue,
        workflows=[Waiting, RefusedActWorkflow],
        activities=[LedgerActivities(ledger).append],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handle = await client.start_workflow(Waiting.run, id=f"verification/{uuid.uuid4()}", task_queue=queue)
        yield handle
        await handle.terminate() if (await handle.describe()).close_time is None else None


async def _end(handle: WorkflowHandle[Any, list[str]]) -> list[str]:
    await handle.signal("end")
    return await handle.result()


async def test_a_message_is_taken_once(client: Client, waiting: WorkflowHandle[Any, list[str]]) -> None:
    deliver = TemporalDelivery(client)
    await deliver(reply(waiting.id))
    await deliver(reply(waiting.id))
    await deliver(reply(waiting.id, "no_record", "m-2"))
    assert await _end(waiting) == ["m-1 confirmed", "m-2 no_record"]


async def test_a_step_goes_to_progress(client: Client, waiting: WorkflowHandle[Any, list[str]]) -> None:
    step = AssistanceCallback(
        message_id="m-3",
        stream=waiting.id,
        key="A-1/assistance/1",
        step=AssistanceStep.ASSIGNED,
        helper="helper-007",
        text=None,
        document_digest=None,
        at=datetime(2026, 2, 2, 2, 0, tzinfo=UTC),
    )
    await TemporalDelivery(client)(step)
    assert await _end(waiting) == ["m-3 assigned"]


async def test_a_refused_act_says_what_for(client: Client, waiting: WorkflowHandle[Any, list[str]]) -> None:
    deliver = TemporalDelivery(client)
    with pytest.raises(ActNotTaken) as refused:
        await deliver(reply(waiting.id, "refuted"))
    assert refused.value.errors == (FieldError(field="department", code="not_asked", message="未问此部门"),)
    with pytest.raises(ActNotTaken) as again:
        await deliver(reply(waiting.id, "refuted"))
    assert again.value.errors == refused.value.errors
    with pytest.raises(ActNotTaken) as without:
        await deliver(reply(waiting.id, "declined", "m-9"))
    assert without.value.errors == (FieldError(field="(whole)", code="Other", message="别的原因"),)


async def test_nobody_ever_waited_there(client: Client, waiting: WorkflowHandle[Any, list[str]]) -> None:
    with pytest.raises(NoSuchStream):
        await TemporalDelivery(client)(reply(f"verification/{uuid.uuid4()}"))


async def test_a_message_after_the_end_is_on_record_as_refused(
    client: Client, waiting: WorkflowHandle[Any, list[str]], ledger: MemoryLedger
) -> None:
    deliver = TemporalDelivery(client)
    await deliver(reply(waiting.id))
    await _end(waiting)
    for _ in range(2):
        with pytest.raises(ActNotTaken) as refused:
            await deliver(reply(waiting.id, message_id="m-late"))
        assert [e.code for e in refused.value.errors] == ["conversation_ended"]
    await deliver(reply(waiting.id))  # what was taken before the end is answered as it was
    (event,) = ledger.streams[f"refused/{waiting.id}/m-late"]
    assert (event.application_no, event.body.type) == ("A-1", "act_refused")


async def test_without_a_worker_it_is_for_later_and_not_lost(client: Client) -> None:
    queue = f"gateway-{uuid.uuid4()}"
    handle = await client.start_workflow("GatewayWaiting", id=f"verification/{uuid.uuid4()}", task_queue=queue)
    with pytest.raises(NotNow):
        await TemporalDelivery(client, seconds=0.2)(reply(handle.id))
    async with Worker(client, task_queue=queue, workflows=[Waiting], workflow_runner=UnsandboxedWorkflowRunner()):
        await TemporalDelivery(client)(reply(handle.id))
        await handle.signal("end")
        assert await handle.result() == ["m-1 confirmed"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (RPCStatusCode.UNAVAILABLE, NotNow),
        (RPCStatusCode.RESOURCE_EXHAUSTED, NotNow),
        (RPCStatusCode.PERMISSION_DENIED, NotNow),
        (RPCStatusCode.NOT_FOUND, NoSuchStream),
    ],
)
async def test_what_the_server_says_is_told_apart(
    client: Client, monkeypatch: pytest.MonkeyPatch, status: RPCStatusCode, told: type[Exception]
) -> None:
    async def fail(*_args: object, **_named: object) -> None:
        raise RPCError("test", status, b"")

    monkeypatch.setattr(WorkflowHandle, "execute_update", fail)
    with pytest.raises(told):
        await TemporalDelivery(client)(reply("verification/none"))

"""Sending an act to a workflow of ours: one Update, taken once; what has ended refuses it on record (law 14)."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from schemas.application import Receipt
from schemas.errors import FieldError, InvalidInput
from schemas.refused_act import AnyAct, RefusedAct, ref_of, refusal_after_end
from schemas.texts import zh

WORKFLOW = "RefusedActWorkflow"
_ENDED_MEANWHILE = "AcceptedUpdateCompletedWorkflow"
_ERRORS = TypeAdapter(tuple[FieldError, ...])


class NoSuchWorkflow(LookupError):
    """Nothing of ours was ever there under this id, or it is longer ago than Temporal remembers."""


class StillRunning(RuntimeError):
    """It has not ended (it went on as a new run, or began, just now): the act may be sent again."""


async def send_act(
    client: Client, workflow_id: str, update: str, act: AnyAct, id: str, *, ledger_queue: str | None = None
) -> Receipt:
    """Do an act; the same id again is the same act and gives the same answer.

    Raises InvalidInput where it is refused, after the refusal is on record; NoSuchWorkflow; and what Temporal raises
    when it cannot be told now (RPCError, WorkflowUpdateFailedError), so that it may be sent again.
    """
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(workflow_id)
    try:
        receipt: Receipt = await handle.execute_update(update, act, id=id, result_type=Receipt)
    except WorkflowUpdateFailedError as failed:
        errors = refusal_of(failed)
        if errors is None:
            raise
        raise InvalidInput(errors) from failed
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    else:
        return receipt
    raise InvalidInput(await refuse_after_end(client, workflow_id, update, act, ledger_queue=ledger_queue))


async def refuse_after_end(
    client: Client, workflow_id: str, update: str, act: AnyAct, *, ledger_queue: str | None = None
) -> tuple[FieldError, ...]:
    """Put on record that an act came after the end, under the number of the case; gives what it was refused for.

    The same act again is the same refusal.  Raises NoSuchWorkflow, StillRunning, and what Temporal raises.
    """
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(workflow_id)
    try:
        description = await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NoSuchWorkflow(workflow_id) from None
        raise
    if description.status is WorkflowExecutionStatus.RUNNING:
        raise StillRunning(workflow_id)
    known: dict[str, Any] = await handle.query("status", result_type=dict[str, Any])
    ref = ref_of(update, act)
    start = refusal_after_end(workflow_id, known["application_no"], act, ref, ledger_queue)
    try:
        refusing: WorkflowHandle[Any, RefusedAct] = await client.start_workflow(
            WORKFLOW,
            start,
            id=start.stream,
            task_queue=description.task_queue,
            result_type=RefusedAct,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=zh.SUMMARY_REFUSED.format(act=update),
            static_details=zh.DETAILS_REFUSED.format(number=start.application_no, stream=workflow_id, act=update),
        )
    except WorkflowAlreadyStartedError:
        refusing = client.get_workflow_handle(start.stream, result_type=RefusedAct)
    kept = await refusing.result()
    if kept.command == ref:
        return kept.errors
    code = "command_id_reused"
    return (FieldError(field="command_id", code=code, message=zh.ACT_ERRORS[code]),)


def refusal_of(failed: WorkflowUpdateFailedError) -> tuple[FieldError, ...] | None:
    """What an act was refused for; ``None`` where the workflow ended while it had it, so that nothing is known."""
    cause = failed.cause
    if not isinstance(cause, ApplicationError) or cause.type == _ENDED_MEANWHILE:
        return None
    try:
        return _ERRORS.validate_python(cause.details[0])
    except (IndexError, ValidationError):
        return (FieldError(field="(whole)", code=cause.type or "refused", message=cause.message),)

"""What a workflow of ours is retrying right now, and trying it at once instead of at the end of its pause.

An activity that backs off waits in the server, where no code of ours could wake it; the server's own reset does.
"""

from __future__ import annotations

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflowservice.v1 import ResetActivityRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from schemas.base import Model

POLLING = ("data_sharing.watch", "elicence.watch", "trusted_documents.watch")
"""Asks again and again by failing, on purpose: that is no trouble."""
WAITING = PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED


class Retrying(Model):
    """An activity that failed and is to be tried again."""

    activity: str
    attempt: int
    """The one that comes next."""


async def retrying(client: Client, workflow_id: str) -> tuple[Retrying, ...]:
    """What it is retrying.  Raises RPCError, also where there is no such workflow."""
    return tuple(found for _, found in (await _pending(client, workflow_id))[1])


async def try_now(client: Client, workflow_id: str) -> tuple[Retrying, ...]:
    """Try what is being retried at once; what that was.  Raises RPCError.

    What has succeeded, or begun again, in between is left alone.
    """
    run_id, pending = await _pending(client, workflow_id)
    woken: list[Retrying] = []
    for activity_id, found in pending:
        request = ResetActivityRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id, run_id=run_id),
            identity=client.identity,
            id=activity_id,
        )
        try:
            await client.workflow_service.reset_activity(request)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        else:
            woken.append(found)
    return tuple(woken)


async def _pending(client: Client, workflow_id: str) -> tuple[str, list[tuple[str, Retrying]]]:
    raw = (await client.get_workflow_handle(workflow_id).describe()).raw_description
    return raw.workflow_execution_info.execution.run_id, [
        (each.activity_id, Retrying(activity=each.activity_type.name, attempt=each.attempt))
        for each in raw.pending_activities
        if each.state == WAITING and each.attempt > 1 and each.activity_type.name not in POLLING
    ]

"""立即重试: what a case is stuck on is tried at once, by whoever presses on, with the reason on record."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Security
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateStage
from temporalio.service import RPCError, RPCStatusCode

from infra.gateway.acts import AsRole, actor_for, update_id
from infra.gateway.behind import Behind
from infra.gateway.bodies import body_of, command_of
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.gateway.task_acts import PRESSING
from infra.temporal.acts import refusal_of
from infra.temporal.retrying import Retrying, retrying, try_now
from schemas.application import Act, Receipt, application_stream
from schemas.authority import Action, Principal
from schemas.base import Model
from schemas.identifiers import ApplicationNo
from schemas.intervention_acts import RetryNow
from schemas.joining import workflow_of

RECORD_SECONDS = 10.0
"""For the record of it; where the ledger itself is what is away, it follows when that answers."""
LOOK_SECONDS = 2.0
STREAMS = "SELECT stream FROM worklist.stream WHERE application_no = $1 ORDER BY stream"
RetryBody = body_of(RetryNow, by_representative=False)


class Woken(Model):
    """One workflow of the case."""

    workflow: str
    tried: tuple[Retrying, ...]
    """What was being retried, and was tried at once."""
    still: tuple[Retrying, ...]
    """What is still being retried, as it was seen afterwards."""
    receipt: Receipt | None
    """``null`` where the record is not durable yet: it follows, for it is in the history."""


class Retried(Model):
    """How the case was seen to stand afterwards; empty: nothing was being retried."""

    application_no: ApplicationNo
    workflows: tuple[Woken, ...]


def router(behind: Behind) -> APIRouter:
    """``POST /applications/{application_no}/retry``."""
    routes = APIRouter(tags=["worklists"])

    @routes.post(
        "/applications/{application_no}/retry",
        operation_id=Act.RETRY_NOW.value,
        **both(
            "立即重试",
            "Try at once what is being retried",
            "平台或台账恢复后，不等下一次自动重试。答复为重试后的实际状态。"
            "The answer is what was seen afterwards, of the case and of its long routes.",
        ),
    )
    async def retry(
        application_no: Annotated[ApplicationNo, Path()],
        body: RetryBody,  # type: ignore[valid-type]
        principal: Principal = Security(behind.bearer),
        role: AsRole = None,
    ) -> Retried:
        actor = await actor_for(behind, principal, PRESSING, role, Action.INTERVENE, application_no)
        await behind.look(principal, Action.INTERVENE, application_no)
        act = RetryNow.model_validate(command_of(RetryNow, body, actor))
        return await wake(behind, application_no, act)

    return routes


async def wake(behind: Behind, application_no: str, act: RetryNow) -> Retried:
    """Try at once what a case and its long routes are retrying.  Raises Refused, RPCError."""
    known = [row["stream"] for row in await behind.pool.fetch(STREAMS, application_no)]
    workflows = dict.fromkeys((application_stream(application_no), *(workflow_of(s) for s in known)))
    woken = [await _wake(behind, workflow, act) for workflow in workflows]
    return Retried(application_no=application_no, workflows=tuple(w for w in woken if w is not None))


async def _wake(behind: Behind, workflow: str, act: RetryNow) -> Woken | None:
    """Record it and try; in this order, so that nothing is tried of which nothing is known.

    ``None`` where nothing is being retried.  The record is accepted into the history first; that it is durable is not
    waited for before the try, for the ledger may be the very thing that is retried.
    """
    try:
        if not await retrying(behind.client, workflow):
            return None
        handle = behind.client.get_workflow_handle(workflow)
        async with asyncio.timeout(RECORD_SECONDS):
            recording = await handle.start_update(
                Act.RETRY_NOW.value,
                act,
                id=update_id(act),
                wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                result_type=Receipt,
            )
        tried = await try_now(behind.client, workflow)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    receipt: Receipt | None = None
    try:
        receipt = await asyncio.wait_for(recording.result(), RECORD_SECONDS)
    except TimeoutError:
        pass
    except WorkflowUpdateFailedError as failed:
        errors = refusal_of(failed)
        if errors is None:
            raise
        raise Refused(409, "act_refused", errors=errors) from None
    return Woken(workflow=workflow, tried=tried, still=await _settled(behind, workflow), receipt=receipt)


async def _settled(behind: Behind, workflow: str) -> tuple[Retrying, ...]:
    """What is still being retried, after a moment for what was tried to come out."""
    ends = asyncio.get_running_loop().time() + LOOK_SECONDS
    while still := await retrying(behind.client, workflow):
        if asyncio.get_running_loop().time() > ends:
            return still
        await asyncio.sleep(0.2)
    return ()

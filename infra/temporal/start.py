"""收件: the one way a case is started, safe to repeat."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from schemas import attributes
from schemas.application import ApplicationRequest, ApplicationResult, application_stream
from schemas.application_start import start_of
from schemas.base import Model
from schemas.catalogue import ItemRules
from schemas.errors import FieldError, InvalidInput
from schemas.overview import CaseOverview
from schemas.policy import Admission
from schemas.texts import zh

WORKFLOW = "ApplicationWorkflow"
FIRST_ANSWER = "first_answer"
QUERY = timedelta(seconds=10)


async def submit(
    client: Client, task_queue: str, request: ApplicationRequest, admission: Admission | None = None
) -> WorkflowHandle[object, ApplicationResult]:
    """Start the case, or find it started by the same request.

    ``admission`` is what the door has looked up for it; without one the workflow looks it up.  Raises InvalidInput
    for another request under the same number, naming the fields in which it differs.
    """
    begin = _start(task_queue, request, admission)
    try:
        return await client.start_workflow(
            WORKFLOW, start_of(request, admission), id_conflict_policy=WorkflowIDConflictPolicy.FAIL, **begin
        )
    except WorkflowAlreadyStartedError:
        return await _known(client, request)


async def submit_for_answer(
    client: Client, task_queue: str, request: ApplicationRequest, admission: Admission | None, seconds: float
) -> CaseOverview | None:
    """Start the case and wait for its first answer, in one round trip; ``None``: it took longer than ``seconds``.

    What ``submit`` says of repeats and of numbers taken holds here too.  Raises RPCError, WorkflowUpdateFailedError.
    """
    operation: WithStartWorkflowOperation[Any, ApplicationResult] = WithStartWorkflowOperation(
        WORKFLOW,
        start_of(request, admission),
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        **_start(task_queue, request, admission),
    )
    within = timedelta(seconds=seconds)
    try:
        answered: CaseOverview = await client.execute_update_with_start_workflow(
            FIRST_ANSWER,
            start_workflow_operation=operation,
            # Of this start alone: under an id it knows, Temporal gives the answer of the case that stands under the
            # number, whoever's it is, and never comes to the conflict.
            id=uuid.uuid4().hex,
            result_type=CaseOverview,
            rpc_timeout=within,
        )
        return answered
    except WorkflowAlreadyStartedError:
        with suppress(WorkflowAlreadyStartedError):  # what nobody takes is logged as an error of ours
            await operation.workflow_handle()
        handle = await _known(client, request)
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        # Whether it was started is not known; to start it again is safe.
        await submit(client, task_queue, request, admission)
        return None
    try:
        await handle.execute_update(FIRST_ANSWER, id=FIRST_ANSWER, result_type=CaseOverview, rpc_timeout=within)
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        return None
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # it has ended
            raise
    # The answer that was given first is given again for ever; what has happened since is asked for.
    answered = await handle.query("overview", result_type=CaseOverview, rpc_timeout=QUERY)
    return answered


def _start(task_queue: str, request: ApplicationRequest, admission: Admission | None) -> dict[str, Any]:
    """What every start of the case has in common."""
    rules = admission.rules if admission is not None else None
    item = rules.item_name if rules is not None else request.item_code
    return {
        "id": application_stream(request.application_no),
        "task_queue": task_queue,
        "result_type": ApplicationResult,
        "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        "search_attributes": TypedSearchAttributes(_attributes(request, rules)),
        "static_summary": zh.SUMMARY_START.format(item=item, application_no=request.application_no),
        "static_details": zh.DETAILS_START.format(
            item=item, item_code=request.item_code, mode=zh.MODES[request.mode.value]
        ),
    }


async def _known(client: Client, request: ApplicationRequest) -> WorkflowHandle[object, ApplicationResult]:
    """The case that stands under the number, if it is this one.  Raises InvalidInput."""
    handle = client.get_workflow_handle(application_stream(request.application_no), result_type=ApplicationResult)
    known: ApplicationRequest = await handle.query("request", result_type=ApplicationRequest, rpc_timeout=QUERY)
    different = differences(known, request)
    if different:
        raise InvalidInput(different) from None
    return handle


def _attributes(request: ApplicationRequest, rules: ItemRules | None) -> list[SearchAttributePair[Any]]:
    values = {attributes.ITEM_CODE: request.item_code, attributes.CASE_STAGE: zh.STAGES["establishing"]}
    if rules is not None:
        values |= {attributes.OFFICE: rules.department_name, attributes.CATALOGUE_VERSION: rules.ref.version}
    begun = SearchAttributePair(SearchAttributeKey.for_datetime(attributes.LAST_PROGRESS_AT), datetime.now(UTC))
    return [*(SearchAttributePair(SearchAttributeKey.for_keyword(name), v) for name, v in values.items()), begun]


def differences(known: ApplicationRequest, asked: ApplicationRequest) -> tuple[FieldError, ...]:
    """The fields in which a request differs from the one its number already stands for; values are not told."""
    return tuple(
        FieldError(field=field, code="number_taken", message="同一办件编号已用于另一申请，此项与其不同")
        for field in _differing(known, asked, "")
    )


def _differing(known: object, asked: object, path: str) -> list[str]:
    if known == asked:
        return []
    if isinstance(known, tuple) and isinstance(asked, tuple) and len(known) == len(asked):
        pairs = enumerate(zip(known, asked, strict=True))
        return [f for i, (a, b) in pairs for f in _differing(a, b, f"{path}.{i}")]
    if isinstance(known, Model) and type(known) is type(asked):
        names = type(known).model_fields
        return [
            f for n in names for f in _differing(getattr(known, n), getattr(asked, n), f"{path}.{n}" if path else n)
        ]
    return [path]

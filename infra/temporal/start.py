"""收件: the one way a case is started, safe to repeat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from schemas import attributes
from schemas.application import ApplicationRequest, ApplicationResult, application_stream
from schemas.application_start import start_of
from schemas.base import Model
from schemas.catalogue import ItemRules
from schemas.errors import FieldError, InvalidInput
from schemas.policy import Admission
from schemas.texts import zh

WORKFLOW = "ApplicationWorkflow"


async def submit(
    client: Client, task_queue: str, request: ApplicationRequest, admission: Admission | None = None
) -> WorkflowHandle[object, ApplicationResult]:
    """Start the case, or find it started by the same request.

    ``admission`` is what the door has looked up for it; without one the workflow looks it up.  Raises InvalidInput
    for another request under the same number, naming the fields in which it differs.
    """
    rules = admission.rules if admission is not None else None
    item = rules.item_name if rules is not None else request.item_code
    stream = application_stream(request.application_no)
    try:
        return await client.start_workflow(
            WORKFLOW,
            start_of(request, admission),
            id=stream,
            task_queue=task_queue,
            result_type=ApplicationResult,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            search_attributes=TypedSearchAttributes(_attributes(request, rules)),
            static_summary=zh.SUMMARY_START.format(item=item, application_no=request.application_no),
            static_details=zh.DETAILS_START.format(
                item=item, item_code=request.item_code, mode=zh.MODES[request.mode.value]
            ),
        )
    except WorkflowAlreadyStartedError:
        handle = client.get_workflow_handle(stream, result_type=ApplicationResult)
        known: ApplicationRequest = await handle.query("request", result_type=ApplicationRequest)
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

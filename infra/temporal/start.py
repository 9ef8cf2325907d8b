"""收件: the one way a case is started, safe to repeat."""

from __future__ import annotations

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
from schemas.admission import check
from schemas.application import ApplicationRequest, ApplicationResult, application_stream
from schemas.base import Model
from schemas.catalogue import ItemRules
from schemas.errors import FieldError, InvalidInput
from schemas.texts import zh

WORKFLOW = "ApplicationWorkflow"


async def submit(
    client: Client, task_queue: str, request: ApplicationRequest, rules: ItemRules | None = None
) -> WorkflowHandle[object, ApplicationResult]:
    """Start the case, or find it started by the same request.

    With ``rules`` (the item in the catalogue version in force) everything the workflow would refuse is refused here,
    before anything starts.  Raises InvalidInput naming every field; for another request under the same number, the
    fields in which it differs.
    """
    if rules is not None and (errors := check(request, rules)):
        raise InvalidInput(errors)
    item = rules.item_name if rules is not None else request.item_code
    pairs = [
        SearchAttributePair(SearchAttributeKey.for_keyword(attributes.ITEM_CODE), request.item_code),
        SearchAttributePair(SearchAttributeKey.for_keyword(attributes.CASE_STAGE), zh.STAGES["establishing"]),
    ]
    if rules is not None:
        pairs.append(SearchAttributePair(SearchAttributeKey.for_keyword(attributes.OFFICE), rules.department_name))
    stream = application_stream(request.application_no)
    try:
        return await client.start_workflow(
            WORKFLOW,
            request,
            id=stream,
            task_queue=task_queue,
            result_type=ApplicationResult,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            search_attributes=TypedSearchAttributes(pairs),
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

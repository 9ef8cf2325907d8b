"""证照补齐: how one is started that no case has hit, safe to repeat."""

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

from schemas import attributes
from schemas.assignment import Step
from schemas.completion import CompletionStart
from schemas.texts import zh

WORKFLOW = "LicenceCompletionWorkflow"


async def start_completion(client: Client, task_queue: str, start: CompletionStart) -> WorkflowHandle[Any, None]:
    """Start the completion of a licence, or find the one that runs already: it is the same licence."""
    evidence = start.kind.name
    values = {
        attributes.ITEM_CODE: start.item_code,
        attributes.OFFICE: start.department_name,
        attributes.WAITING_ON: start.kind.issuer_name or zh.SOME_DEPARTMENT,
        attributes.ROUTE: zh.COMPLETION_WORD,
        attributes.CASE_STAGE: zh.STEPS[Step.COMPLETION.value],
    }
    begun = SearchAttributePair(SearchAttributeKey.for_datetime(attributes.LAST_PROGRESS_AT), datetime.now(UTC))
    pairs = [SearchAttributePair(SearchAttributeKey.for_keyword(name), value) for name, value in values.items()]
    return await client.start_workflow(
        WORKFLOW,
        start,
        id=start.stream,
        task_queue=task_queue,
        result_type=type(None),
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=TypedSearchAttributes([*pairs, begun]),
        static_summary=zh.SUMMARY_COMPLETION.format(evidence=evidence, number=start.application_no),
        static_details=zh.DETAILS_COMPLETION.format(
            number=start.application_no,
            department=start.department_name,
            evidence=evidence,
            by=zh.OPENED_BY[start.opened_by],
        ),
    )

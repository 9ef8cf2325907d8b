"""Beginning an 意见征集 for another workflow, and telling it that it is over; it reports back by signal."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from schemas import attributes
    from schemas.consultation import ConsultationStart
    from schemas.route_events import CaseNews, CaseNewsKind
    from schemas.texts import zh

OFFICE = SearchAttributeKey.for_keyword(attributes.OFFICE)
ITEM_CODE = SearchAttributeKey.for_keyword(attributes.ITEM_CODE)
WAITING_ON = SearchAttributeKey.for_keyword(attributes.WAITING_ON)


async def consult(start: ConsultationStart) -> None:
    """Begin it as a child that outlives whoever asks; one that runs already is adopted."""
    words = {"who": start.asked_name, "about": start.about, "number": start.application_no}
    try:
        await workflow.start_child_workflow(
            "ConsultationWorkflow",
            start,
            id=start.stream,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(ITEM_CODE, start.item_code),
                    SearchAttributePair(OFFICE, start.department_name),
                    SearchAttributePair(WAITING_ON, start.asked_name),
                ]
            ),
            static_summary=zh.SUMMARY_CONSULTATION.format(**words),
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.info("consultation adopted", extra={"stream": start.stream})


async def call_over(stream: str, application_no: str, requirement: str, news: CaseNewsKind) -> None:
    """Whoever asked needs the opinion no more; a consultation that has ended need not hear it."""
    told = CaseNews(application_no=application_no, requirement=requirement, kind=news)
    try:
        await workflow.get_external_workflow_handle(stream).signal("case_news", told)
    except ApplicationError:
        workflow.logger.info("consultation has ended", extra={"stream": stream})

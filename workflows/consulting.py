"""Beginning an 意见征集 for another workflow, and telling it that it is over; it reports back by signal."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from schemas.assignment import Step
    from schemas.consultation import ConsultationStart
    from schemas.route_events import CaseNews, CaseNewsKind
    from schemas.texts import zh
    from schemas.turn import first_due

from workflows.columns import at_start


async def consult(start: ConsultationStart) -> None:
    """Begin it as a child that outlives whoever asks; one that runs already is adopted."""
    due, tags = first_due(Step.OPINION, start.policy, start.calendar, workflow.now())
    words = {"who": start.asked_name, "about": start.about, "number": start.application_no}
    try:
        await workflow.start_child_workflow(
            "ConsultationWorkflow",
            start,
            id=start.stream,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=at_start(
                item_code=start.item_code,
                office=start.department_name,
                route=zh.CONSULTATION_WORD,
                stage=zh.STEPS[Step.OPINION.value],
                who=start.asked_name,
                due_at=due,
                tags=tags,
            ),
            static_summary=zh.SUMMARY_CONSULTATION.format(**words),
            static_details=zh.DETAILS_CONSULTATION.format(**words, item=start.item_name, asker=start.department_name),
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

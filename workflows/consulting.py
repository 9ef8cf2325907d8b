"""Beginning an 意见征集 for another workflow, and telling it that it is over; it reports back by signal."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from schemas.assignment import Step
    from schemas.consultation import ConsultationStart
    from schemas.outgoing import Begin, plain
    from schemas.route_events import CaseNews, CaseNewsKind
    from schemas.texts import zh
    from schemas.turn import first_due

from workflows.columns import at_start


def consultation(start: ConsultationStart) -> Begin:
    """It begins once the question is durable, and outlives whoever asks; one that runs already is adopted."""
    due, tags = first_due(Step.OPINION, start.policy, start.calendar, workflow.now())
    words = {"who": start.asked_name, "about": start.about, "number": start.application_no}
    return Begin(
        workflow="ConsultationWorkflow",
        stream=start.stream,
        task_queue=workflow.info().task_queue,
        start=plain(start),
        columns=at_start(
            item_code=start.item_code,
            office=start.department_name,
            route=zh.CONSULTATION_WORD,
            stage=zh.STEPS[Step.OPINION.value],
            who=start.asked_name,
            due_at=due,
            tags=tags,
        ),
        summary=zh.SUMMARY_CONSULTATION.format(**words),
        details=zh.DETAILS_CONSULTATION.format(**words, item=start.item_name, asker=start.department_name),
    )


async def call_over(stream: str, application_no: str, requirement: str, news: CaseNewsKind) -> None:
    """Whoever asked needs the opinion no more; a consultation that has ended need not hear it."""
    told = CaseNews(application_no=application_no, requirement=requirement, kind=news)
    try:
        await workflow.get_external_workflow_handle(stream).signal("case_news", told)
    except ApplicationError:
        workflow.logger.info("consultation has ended", extra={"stream": stream})

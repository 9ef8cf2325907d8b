"""What the county does by the clock: every schedule, as the settings have it."""

from __future__ import annotations

from infra.settings import Settings
from infra.temporal.schedules import Job
from schemas.report_run import ReportAsked
from schemas.texts import zh_report


def jobs(settings: Settings) -> tuple[Job, ...]:
    """Every job; one that is set off is among them, so that its schedule goes.

    To add one: a workflow around one activity (``workflows/scheduled.py``) in ``registry.SCHEDULED``, its activity in
    ``resources.py``, its times in ``JobSettings``, and a ``Job`` here.
    """
    return (_reports(settings),)


def _reports(settings: Settings) -> Job:
    told = settings.report
    # Where the day is moved for not being worked, the run itself waits; it only must not come too late for that.
    day = 1 if told.submissions.not_worked == "earlier" else told.submissions.due_day + 1
    return Job(
        name="report",
        workflow="ReportWorkflow",
        argument=ReportAsked(send=told.smtp is not None, queue=settings.temporal.queues.get("audit")),
        at=told.at,
        days=(day,),
        summary=zh_report.SUMMARIES["schedule"],
        enabled=told.by_the_clock,
    )

"""月报与季报: figures at a signed head, drawn, put on record, mailed, and that on record too: once, however often a
step is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.report import ReportActivities
    from schemas.clock import county_date
    from schemas.report import Subject
    from schemas.report_run import (
        Issue,
        MailAsked,
        MakeAsked,
        RecordAsked,
        ReportAsked,
        SentAsked,
        subjects_at,
    )
    from schemas.report_tables import title_of
    from schemas.texts import zh_report as zh

from workflows.scheduled import HEARTBEAT, RETRY, scheduled_for

R = TypeVar("R")

STEP = timedelta(minutes=20)
"""Of one try of a step: the longest mail and the largest ledger stay below."""
PATIENCE = timedelta(days=5)
"""How long a step is tried again: the mail server of an office may be away over a long weekend."""
MAIL_RETRY = RetryPolicy(initial_interval=timedelta(minutes=1), maximum_interval=timedelta(hours=1))


@workflow.defn(name="ReportWorkflow")
class ReportWorkflow:
    """One run: of what was asked for, or by the clock of what has ended."""

    @workflow.init
    def __init__(self, asked: ReportAsked) -> None:
        self._queue = asked.queue

    @workflow.run
    async def run(self, asked: ReportAsked) -> tuple[Issue, ...]:
        """等报送截止，编制，登记，发送.

        One report that fails does not keep the next from being made; the run fails at its end.  Raises ActivityError.
        """
        subjects = (asked.subject,) if asked.subject is not None else subjects_at(scheduled_for())
        if asked.subject is None:
            await self._submissions_due(subjects[0])
        made: list[Issue] = []
        failure: BaseException | None = None
        for subject in subjects:
            try:
                issue = await self._issue(subject, asked.anew)
                made.append(await self._send(issue) if asked.send and not issue.sent else issue)
            except ActivityError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return tuple(made)

    async def _submissions_due(self, subject: Subject) -> None:
        due = await self._step(ReportActivities.due, subject, "compute", subject)
        if due.at > workflow.now():
            await workflow.sleep(
                due.at - workflow.now(), summary=zh.SUMMARIES["wait"].format(month=subject.name, due=due.day)
            )

    async def _issue(self, subject: Subject, anew: bool) -> Issue:
        if not anew:
            known = await self._step(ReportActivities.newest, subject, "record", subject)
            # What somebody had made for a look, before all was in, is not the report that is sent.
            anew = known is not None and known.basis.too_early(county_date(workflow.now()))
            if known is not None and not anew:
                return known
        made = await self._step(
            ReportActivities.make, MakeAsked(subject=subject, at=workflow.now()), "compute", subject
        )
        drawn = await self._step(ReportActivities.draw, made.figures, "render", subject)
        record = RecordAsked(basis=made.basis, drawn=drawn, at=workflow.now(), anew=anew)
        return await self._step(ReportActivities.issue, record, "record", subject)

    async def _send(self, issue: Issue) -> Issue:
        subject, edition = issue.subject, issue.edition
        mail = MailAsked(subject=subject, edition=edition)
        mailed = await self._step(ReportActivities.mail, mail, "mail", subject, MAIL_RETRY)
        if mailed is None:  # another run has sent it, or it is for nobody
            return await self._step(ReportActivities.newest, subject, "record", subject) or issue
        sent = SentAsked(subject=subject, edition=edition, mailed=mailed, at=workflow.now())
        await self._step(ReportActivities.sent, sent, "record", subject)
        return issue.model_copy(update={"sent": True})

    async def _step(
        self,
        activity: Callable[[Any, Any], Awaitable[R]],
        argument: object,
        summary: str,
        subject: Subject,
        retry: RetryPolicy = RETRY,
    ) -> R:
        return await workflow.execute_activity_method(
            activity,
            args=[argument],
            task_queue=self._queue,
            start_to_close_timeout=STEP,
            schedule_to_close_timeout=PATIENCE,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=retry,
            summary=zh.SUMMARIES[summary].format(name=title_of(subject)),
        )

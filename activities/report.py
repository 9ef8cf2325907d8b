"""报告: the steps of a report, each done as often as need be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.beating import beating
from schemas.report import Drawn, ReportFault, Subject
from schemas.report_run import Due, Issue, Made, MailAsked, Mailed, MakeAsked, RecordAsked, SentAsked

REPORT_REFUSED = "ReportRefused"
"""Error type, not retried: a person has to mend something first.  Operators are told."""
REPORT_NOT_YET = "ReportNotYet"
"""Error type, to be retried: the log, the statistics or the mail server is behind or away."""


class Desk(Protocol):
    """What makes reports.  Raises ReportFault, and OSError where a disk does not take a file."""

    def due(self, subject: Subject) -> Due:
        """When its submissions are due, and when it is made."""

    async def newest(self, subject: Subject) -> Issue | None:
        """The newest edition on record."""

    async def make(self, asked: MakeAsked) -> Made:
        """Compute and keep the figures."""

    async def draw(self, figures: str) -> Drawn:
        """Draw what was computed."""

    async def issue(self, asked: RecordAsked) -> Issue:
        """Put it on record, once."""

    async def mail(self, asked: MailAsked) -> Mailed | None:
        """Mail an edition; ``None``: it was sent before."""

    async def sent(self, asked: SentAsked) -> None:
        """Put on record that it was sent, once."""


class ReportActivities:
    """Each raises REPORT_REFUSED or REPORT_NOT_YET."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @activity.defn(name="report.due")
    async def due(self, subject: Subject) -> Due:
        """When submissions are due, by the calendar as it is published now."""
        async with _step():
            return await asyncio.to_thread(self._desk.due, subject)

    @activity.defn(name="report.newest")
    async def newest(self, subject: Subject) -> Issue | None:
        """The edition that is on record already."""
        async with _step():
            return await self._desk.newest(subject)

    @activity.defn(name="report.make")
    async def make(self, asked: MakeAsked) -> Made:
        """Compute the figures at the newest head of the log."""
        async with _step():
            return await self._desk.make(asked)

    @activity.defn(name="report.draw")
    async def draw(self, figures: str) -> Drawn:
        """Draw the workbook and the page."""
        async with _step():
            return await self._desk.draw(figures)

    @activity.defn(name="report.issue")
    async def issue(self, asked: RecordAsked) -> Issue:
        """Put the report on record, once."""
        async with _step():
            return await self._desk.issue(asked)

    @activity.defn(name="report.mail")
    async def mail(self, asked: MailAsked) -> Mailed | None:
        """Mail it, unless the record says that it was."""
        async with _step():
            return await self._desk.mail(asked)

    @activity.defn(name="report.sent")
    async def sent(self, asked: SentAsked) -> None:
        """Put on record that it was sent, once."""
        async with _step():
            await self._desk.sent(asked)


@asynccontextmanager
async def _step() -> AsyncIterator[None]:
    """A step with its heartbeat, and its faults as the workflow knows them."""
    try:
        async with beating():
            yield
    except ReportFault as fault:
        told = f"{fault.code}: {fault.told}"
        if not fault.permanent:
            raise ApplicationError(told, type=REPORT_NOT_YET, category=ApplicationErrorCategory.BENIGN) from fault
        counter = activity.metric_meter().create_counter(
            "mianzheng_report_refusals", "Reports that could not be made or sent, which no retry mends"
        )
        counter.add(1, {"code": fault.code})
        activity.logger.error("report refused", extra={"code": fault.code, "detail": fault.told})
        raise ApplicationError(told, fault.code, type=REPORT_REFUSED, non_retryable=True) from fault

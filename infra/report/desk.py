"""The desk that makes reports: each step can be done again, and hands on digests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import asyncpg
from pydantic import ValidationError

from infra.ledger.writer import PostgresLedger
from infra.report.figures import basis_of, canonical, content_of
from infra.report.mail import MailNotSent, send
from infra.report.message import mail_id, message
from infra.report.page import page
from infra.report.record import ReportRecord
from infra.report.store import ReportStore
from infra.report.workbook import workbook
from infra.settings import ReportSettings
from schemas.clock import COUNTY_TIME, WorkingCalendar
from schemas.report import Content, Drawn, ReportFault, ReportKind, Subject
from schemas.report_run import Due, Issue, Made, MailAsked, Mailed, MakeAsked, RecordAsked, SentAsked

JSON, XLSX, HTML = "json", "xlsx", "html"


class Compared(NamedTuple):
    """A report made again: which of its forms came out the same, byte for byte."""

    issue: Issue
    again: Drawn

    @property
    def figures_same(self) -> bool:
        """Whether the figures are the same."""
        return self.issue.drawn.figures == self.again.figures

    @property
    def all_same(self) -> bool:
        """Whether what was drawn from them is the same too."""
        return self.issue.drawn == self.again


class ReportDesk:
    """``calendar`` reads the county's calendar as it is published now."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        ledger: PostgresLedger,
        settings: ReportSettings,
        county: str,
        calendar: Callable[[], WorkingCalendar],
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._county = county
        self._calendar = calendar
        self.record = ReportRecord(pool, ledger)

    def due(self, subject: Subject) -> Due:
        """When the submissions of a subject's last month are due, and when it is made: the day after."""
        day = self._settings.submissions.due(subject.months[-1], self._calendar())
        at = datetime.combine(day + timedelta(days=1), self._settings.at, COUNTY_TIME)
        return Due(day=day, at=at.astimezone(UTC))

    async def make(self, asked: MakeAsked) -> Made:
        """Compute and keep the figures.  Raises ReportFault."""
        store = self._store()
        basis = await basis_of(
            self._pool, self._county, self._settings.submissions, self._calendar(), asked.subject, asked.at
        )
        content = await content_of(self._pool, basis)
        return Made(basis=basis, figures=await store.put(canonical(content), JSON))

    async def draw(self, figures: str) -> Drawn:
        """Draw and keep the workbook and the page of figures that were kept.  Raises ReportFault."""
        store = self._store()
        content = await self._content(figures)
        xlsx, html = (
            await store.put(workbook(content), XLSX),
            await store.put(page(content), HTML),
        )
        return Drawn(figures=figures, xlsx=xlsx, html=html)

    async def issue(self, asked: RecordAsked) -> Issue:
        """Put a report on record.  Raises ReportFault."""
        return await self.record.issue(asked)

    async def newest(self, subject: Subject) -> Issue | None:
        """The newest edition on record."""
        return await self.record.newest(subject)

    async def mail(self, asked: MailAsked) -> Mailed | None:
        """Mail an edition; ``None`` where the record says that it was sent.  Raises ReportFault."""
        issue = await self.record.edition(asked.subject, asked.edition)
        if issue.sent:
            return None
        smtp = self._settings.smtp
        if smtp is None:
            raise ReportFault("no_mail", permanent=True)
        recipients = self.recipients(asked.subject)
        if not recipients:
            raise ReportFault("no_recipients", permanent=True)
        content = await self._content(issue.drawn.figures)
        built = message(content, issue.drawn, issue.edition, await self.files(issue), smtp.sender, recipients)
        try:
            accepted = await send(smtp, built, recipients)
        except MailNotSent as error:
            raise ReportFault("mail", str(error), permanent=error.permanent) from error
        return Mailed(
            message_id=mail_id(content, issue.drawn, issue.edition, smtp.sender),
            recipients=recipients,
            accepted=accepted,
        )

    async def sent(self, asked: SentAsked) -> None:
        """Put on record that it was sent.  Raises ReportFault."""
        await self.record.sent(asked)

    def recipients(self, subject: Subject) -> tuple[str, ...]:
        """Who gets it."""
        monthly = subject.kind is ReportKind.MONTHLY
        return self._settings.recipients if monthly else self._settings.government

    async def files(self, issue: Issue) -> tuple[bytes, bytes]:
        """The workbook and the page.  Raises ReportFault."""
        store = self._store()
        return await store.get(issue.drawn.xlsx, XLSX), await store.get(issue.drawn.html, HTML)

    async def check(self, issue: Issue) -> Compared:
        """Make a report again from what it rests on.  Raises ReportFault where it cannot be."""
        content = await content_of(self._pool, issue.basis)
        made = [_digest(each) for each in (canonical(content), workbook(content), page(content))]
        return Compared(issue, Drawn(figures=made[0], xlsx=made[1], html=made[2]))

    async def _content(self, figures: str) -> Content:
        kept = await self._store().get(figures, JSON)
        try:
            return Content.model_validate_json(kept)
        except ValidationError as error:  # kept by a version whose reports held something else
            raise ReportFault("other_format", figures, permanent=True) from error

    def _store(self) -> ReportStore:
        if self._settings.directory is None:
            raise ReportFault("no_directory", permanent=True)
        return ReportStore(self._settings.directory)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

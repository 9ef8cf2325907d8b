"""Reports in the register: each edition once, and once that it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from infra.ledger.register import enter
from infra.ledger.trail import masked_event
from infra.ledger.writer import PostgresLedger
from schemas.application import Actor
from schemas.codes import ActorKind
from schemas.events import Event
from schemas.ledger import LedgerRefusal
from schemas.register import register_events, register_stream
from schemas.report import ReportBody, ReportFault, ReportIssued, ReportSent, Subject, report_key
from schemas.report_run import Issue, Mailed, RecordAsked, SentAsked

KEPT = "SELECT canonical FROM ledger.event WHERE stream = $1 ORDER BY position"
ALL = """
    SELECT canonical FROM ledger.event
    WHERE type = 'report_issued' AND stream LIKE 'register/report/%' ORDER BY stream, position
"""
OURSELVES = Actor(kind=ActorKind.SYSTEM, actor_id="report")


class ReportRecord:
    """What is on record of reports."""

    def __init__(self, pool: asyncpg.Pool, ledger: PostgresLedger) -> None:
        self._pool = pool
        self._ledger = ledger

    async def newest(self, subject: Subject) -> Issue | None:
        """The newest edition."""
        return next(reversed(issues(await self._kept(subject))), None)

    async def edition(self, subject: Subject, edition: int) -> Issue:
        """An edition.  Raises ReportFault ``unknown``."""
        for issue in issues(await self._kept(subject)):
            if issue.edition == edition:
                return issue
        raise ReportFault("unknown", f"{subject.report_id} {edition}", permanent=True)

    async def with_file(self, digest: str) -> Issue | None:
        """The report that a file belongs to, by the file's digest."""
        for row in await self._pool.fetch(ALL):
            body = masked_event(row["canonical"]).body
            assert isinstance(body, ReportIssued)  # noqa: S101 - of that type
            if digest in (body.drawn.figures, body.drawn.xlsx, body.drawn.html):
                return await self.edition(body.basis.subject, body.edition)
        return None

    async def issue(self, asked: RecordAsked) -> Issue:
        """Enter a report; where there is one already it stands, unless another edition is wanted.

        Raises ReportFault ``lost_race``, to be tried again.
        """
        subject = asked.basis.subject
        kept = await self._kept(subject)
        known = issues(kept)
        for issue in known:
            if issue.drawn == asked.drawn or not asked.anew:  # entered by a try before, or by another run
                return issue
        body = ReportIssued(edition=len(known) + 1, basis=asked.basis, drawn=asked.drawn)
        await self._enter(subject, body, asked.at, kept)
        return Issue(subject=subject, edition=body.edition, basis=body.basis, drawn=body.drawn)

    async def sent(self, asked: SentAsked) -> None:
        """Enter that an edition was sent, once.  Raises ReportFault ``lost_race``, to be tried again."""
        kept = await self._kept(asked.subject)
        if any(isinstance(e.body, ReportSent) and e.body.edition == asked.edition for e in kept):
            return
        await self._enter(asked.subject, _sent(asked.edition, asked.mailed), asked.at, kept)

    async def _enter(self, subject: Subject, body: ReportBody, at: datetime, kept: Sequence[Event]) -> None:
        stream = register_stream("report", report_key(subject))
        after = kept[-1] if kept else None
        events = register_events(stream, [body], actor=OURSELVES, at=at, after=after)
        try:
            await enter(self._ledger, events)
        except LedgerRefusal as refusal:
            raise ReportFault("lost_race", refusal.reason, permanent=False) from refusal

    async def _kept(self, subject: Subject) -> list[Event]:
        rows = await self._pool.fetch(KEPT, register_stream("report", report_key(subject)))
        return [masked_event(row["canonical"]) for row in rows]


def issues(events: Sequence[Event]) -> tuple[Issue, ...]:
    """The editions that the events of a report's stream tell of, in order (pure)."""
    sent = {event.body.edition for event in events if isinstance(event.body, ReportSent)}
    return tuple(
        Issue(
            subject=event.body.basis.subject,
            edition=event.body.edition,
            basis=event.body.basis,
            drawn=event.body.drawn,
            sent=event.body.edition in sent,
        )
        for event in events
        if isinstance(event.body, ReportIssued)
    )


def _sent(edition: int, mailed: Mailed) -> ReportSent:
    return ReportSent(
        edition=edition, message_id=mailed.message_id, recipients=mailed.recipients, accepted=mailed.accepted
    )

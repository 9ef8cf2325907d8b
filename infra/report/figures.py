"""What stands in a report, computed: from the ledger up to a signed head, and nothing else that could change.

``content_of`` gives the same content for the same basis at any time: figures as of the head's last leaf, submissions
among its leaves, names and who owes from a catalogue version, which is immutable.
"""

from __future__ import annotations

import base64
from datetime import date, datetime, time, timedelta

import asyncpg
import rfc8785

from infra.catalogue.store import StoredCatalogues
from infra.report.submissions import of_month
from infra.statistics import read
from infra.statistics.read import NotCountedYet
from infra.transparency.log import MerkleLog, NodeMissing
from infra.transparency.suites import SUITES
from schemas.catalogue import Catalogue
from schemas.clock import COUNTY_TIME, WorkingCalendar, county_date
from schemas.report import FORMAT, Basis, Content, Head, MonthPart, ReportFault, Subject
from schemas.report_tables import title_of
from schemas.statistics import By
from schemas.submission import Owing, SubmissionTerms, days_of, standings

NEWEST = """
    SELECT m.log, m.origin, m.suite, c.size, c.root, c.note
    FROM ledger.checkpoint c JOIN ledger.merkle_log m ON m.log = c.log ORDER BY c.signed_at DESC, c.size DESC LIMIT 1
"""
LOG = "SELECT log, suite FROM ledger.merkle_log WHERE origin = $1"
UNCOVERED = """
    SELECT EXISTS (SELECT FROM ledger.leaf l JOIN ledger.event e ON e.event_id = l.event_id
                   WHERE l.index >= $1 AND e.occurred_at < $2)
"""


class Pinned(StoredCatalogues):
    """One version, whatever has been published since."""

    def __init__(self, pool: asyncpg.Pool, version: str) -> None:
        super().__init__(pool)
        self._version = version

    async def in_force(self, on: date) -> tuple[Catalogue, str]:
        """The version.  Raises LookupError where it was never published."""
        return await self.get(self._version)


async def basis_of(
    pool: asyncpg.Pool,
    county: str,
    terms: SubmissionTerms,
    calendar: WorkingCalendar,
    subject: Subject,
    at: datetime,
) -> Basis:
    """What a report made at ``at`` rests on: the newest head, if it holds all that happened in the period.

    Raises ReportFault: ``not_begun`` and ``no_catalogue`` (permanent), ``no_checkpoint`` and ``behind``.
    """
    period = subject.period
    if county_date(at) < period.first:
        raise ReportFault("not_begun", subject.name, permanent=True)
    row = await pool.fetchrow(NEWEST)
    if row is None:
        raise ReportFault("no_checkpoint", permanent=False)
    end = datetime.combine(period.last + timedelta(days=1), time.min, COUNTY_TIME)
    if at >= end and await pool.fetchval(UNCOVERED, row["size"], end):
        raise ReportFault("behind", permanent=False)
    try:
        catalogue, _ = await StoredCatalogues(pool).in_force(min(period.last, county_date(at)))
    except LookupError as error:
        raise ReportFault("no_catalogue", str(error), permanent=True) from error
    return Basis(
        subject=subject,
        county=county,
        head=Head(origin=row["origin"], size=row["size"], root=_base64(row["root"]), note=row["note"]),
        as_of=at,
        catalogue=catalogue.version,
        dues=tuple(terms.due(month, calendar) for month in subject.months),
        terms=terms,
    )


async def content_of(pool: asyncpg.Pool, basis: Basis) -> Content:
    """The content of a report.

    Raises ReportFault: ``other_format``, ``root_differs`` and ``no_catalogue`` (permanent), ``behind`` while the
    statistics have not come so far.
    """
    if basis.format != FORMAT:
        raise ReportFault("other_format", f"{basis.format}", permanent=True)
    await _same_log(pool, basis.head)
    size = basis.head.size
    catalogues = Pinned(pool, basis.catalogue)
    try:
        catalogue, _ = await catalogues.get(basis.catalogue)
    except LookupError as error:
        raise ReportFault("no_catalogue", str(error), permanent=True) from error
    owing = [Owing(uscc=each.uscc, name=each.name) for each in catalogue.departments]
    try:
        months = [
            MonthPart(
                month=month,
                due=due,
                standings=standings(owing, await of_month(pool, month, size), due, basis.today),
                total=(await read.figures(pool, days_of(month), as_of=size - 1, catalogues=catalogues)).total,
            )
            for month, due in zip(basis.subject.months, basis.dues, strict=True)
        ]
        by_department, by_township = [
            await read.figures(pool, basis.subject.period, by, size - 1, catalogues=catalogues)
            for by in (By.DEPARTMENT, By.TOWNSHIP)
        ]
    except NotCountedYet as error:
        raise ReportFault("behind", str(error), permanent=False) from error
    return Content(
        basis=basis,
        title=title_of(basis.subject),
        by_department=by_department,
        by_township=by_township,
        months=tuple(months),
    )


def canonical(content: Content) -> bytes:
    """The content as canonical JSON (RFC 8785): what a report's digest is of."""
    return rfc8785.dumps(content.model_dump(mode="json"))


async def _same_log(pool: asyncpg.Pool, head: Head) -> None:
    """Raises ReportFault where the log does not have the root of the head any more."""
    row = await pool.fetchrow(LOG, head.origin)
    try:
        if row is None:
            raise NodeMissing(head.origin)
        log = MerkleLog(row["log"], head.origin, SUITES[row["suite"]])
        root = _base64(await log.root(pool, head.size))
    except NodeMissing as missing:
        raise ReportFault("root_differs", f"{head.size}", permanent=True) from missing
    if root != head.root:
        raise ReportFault("root_differs", f"{head.size}", permanent=True)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()

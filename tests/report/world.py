"""A county with a ledger, a signed log, statistics and departments that hand in, and a desk that reports on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from infra.calendar import working_calendar
from infra.catalogue.files import load
from infra.catalogue.store import publish
from infra.evidence_store import FileEvidenceStore
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed
from infra.ledger.writer import PostgresLedger
from infra.report.desk import ReportDesk
from infra.report.submissions import Submissions
from infra.settings import ReportSettings
from infra.statistics import projection
from schemas.application import Actor
from schemas.codes import ActorKind
from schemas.report import ReportKind, Subject
from schemas.report_run import Issue, MakeAsked, RecordAsked
from schemas.submission import Received, SubmissionKind
from tests.audit.world import World
from tests.e2e.stack import DEHUA
from tests.ledger.cases import MASTER_KEY

JUSTICE, POLICE, CIVIL = "11350526MB0000001C", "11350526MB0000002F", "11350526MB0000003J"
NOVEMBER = Subject(kind=ReportKind.MONTHLY, name="2025-11")
QUARTER = Subject(kind=ReportKind.QUARTERLY, name="2025-Q4")
NINTH = datetime(2025, 12, 9, 1, 0, tzinfo=UTC)
"""In the county it is nine o'clock on the day after submissions are due."""


@dataclass
class Office:
    """Everything of one test."""

    pool: asyncpg.Pool
    folder: Path
    told: dict[str, Any] = field(default_factory=dict)
    world: World = field(init=False)
    desk: ReportDesk = field(init=False)
    now: datetime = NINTH

    def __post_init__(self) -> None:
        self.keys = SubjectKeys(self.pool, MASTER_KEY)
        ledger = PostgresLedger(self.pool, self.keys)
        self.world = World(self.pool, ledger, self.folder)
        self.settings = ReportSettings.model_validate({"directory": self.folder / "reports"} | self.told)
        self.desk = ReportDesk(self.pool, ledger, self.settings, "350526", working_calendar)
        store = FileEvidenceStore(self.folder / "evidence", self.keys, fsync=False)
        self.submissions = Submissions(self.pool, ledger, store, lambda: self.now)

    async def open(self) -> Office:
        """Publish the county's catalogue, in force since long ago."""
        told, since = load(DEHUA), date(2025, 1, 1)
        lists = tuple(each.model_copy(update={"published_on": since}) for each in told.lists)
        catalogue = told.model_copy(update={"effective_from": since, "lists": lists})
        await publish(self.pool, catalogue)
        return self

    async def cases(self, *numbers: str) -> None:
        """More cases of November, counted, under a signed head."""
        await self.world.add(*numbers)
        await self.caught_up()

    async def caught_up(self) -> None:
        """Let the log and the statistics take everything."""
        await self.world.add()
        async with self.pool.acquire() as connection:
            while await feed.advance(connection, projection.NAME, projection.apply, 500):
                pass
        await self.world.keep()

    async def hand_in(
        self, department: str, at: datetime, content: bytes = b"%PDF-1.7 n", month: str = "2025-11"
    ) -> Received:
        """A submission at a moment."""
        self.now = at
        actor = Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-1", department=department)
        kind = SubmissionKind.PROGRESS
        return await self.submissions.hand_in(department, month, kind, "application/pdf", content, actor)

    async def issue(self, subject: Subject = NOVEMBER, at: datetime = NINTH, *, anew: bool = False) -> Issue:
        """Compute, draw, record."""
        made = await self.desk.make(MakeAsked(subject=subject, at=at))
        drawn = await self.desk.draw(made.figures)
        record = RecordAsked(basis=made.basis, drawn=drawn, at=at + timedelta(seconds=5), anew=anew)
        return await self.desk.issue(record)

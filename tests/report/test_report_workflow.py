"""The workflow: it waits for the submissions, does each step until it is done, and there is one report of it all."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.report import REPORT_REFUSED, ReportActivities
from infra.report.desk import ReportDesk
from infra.settings import Settings
from infra.temporal.schedules import keep
from schemas.clock import COUNTY_TIME, county_date
from schemas.report import Drawn, ReportKind, Subject
from schemas.report_run import Due, Issue, Made, MailAsked, Mailed, MakeAsked, RecordAsked, ReportAsked, SentAsked
from schemas.report_run import subjects_at as subjects
from tests.e2e.stack import settings_of
from tests.report.mail_servers import Taken, mail_server
from tests.report.world import NOVEMBER, QUARTER, Office
from workers.jobs import jobs
from workflows.report import ReportWorkflow

STEPS = ("newest", "make", "draw", "issue", "mail", "sent")


class Dying:
    """A desk whose process dies at one step, the first time: before it is done, or after and before anybody hears."""

    def __init__(self, desk: ReportDesk, step: str = "", *, after: bool = False) -> None:
        self._desk = desk
        self._step = step
        self._after = after
        self.done: list[str] = []

    async def _do(self, step: str, doing: Callable[[], Awaitable[Any]]) -> Any:
        dies = self._step == step
        if dies and not self._after:
            self._step = ""
            raise RuntimeError("died before")
        result = await doing()
        self.done.append(step)
        if dies and self._after:
            self._step = ""
            raise RuntimeError("died after")
        return result

    def due(self, subject: Subject) -> Due:
        return self._desk.due(subject)

    async def newest(self, subject: Subject) -> Issue | None:
        found: Issue | None = await self._do("newest", lambda: self._desk.newest(subject))
        return found

    async def make(self, asked: MakeAsked) -> Made:
        made: Made = await self._do("make", lambda: self._desk.make(asked))
        return made

    async def draw(self, figures: str) -> Drawn:
        drawn: Drawn = await self._do("draw", lambda: self._desk.draw(figures))
        return drawn

    async def issue(self, asked: RecordAsked) -> Issue:
        issue: Issue = await self._do("issue", lambda: self._desk.issue(asked))
        return issue

    async def mail(self, asked: MailAsked) -> Mailed | None:
        mailed: Mailed | None = await self._do("mail", lambda: self._desk.mail(asked))
        return mailed

    async def sent(self, asked: SentAsked) -> None:
        await self._do("sent", lambda: self._desk.sent(asked))


@asynccontextmanager
async def served(client: Client, desk: Dying) -> AsyncIterator[str]:
    queue = f"report-{uuid.uuid4().hex[:8]}"
    did = ReportActivities(desk)
    activities: list[Callable[..., Any]] = [did.due, did.newest, did.make, did.draw, did.issue, did.mail, did.sent]
    async with Worker(client, task_queue=queue, workflows=[ReportWorkflow], activities=activities):
        yield queue


async def run(client: Client, queue: str, asked: ReportAsked) -> tuple[Issue, ...]:
    made: tuple[Issue, ...] = await client.execute_workflow(
        ReportWorkflow.run, asked, id=f"report/{uuid.uuid4().hex[:8]}", task_queue=queue
    )
    return made


async def office_with_mail(pool: asyncpg.Pool, folder: Path, port: int) -> Office:
    smtp = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "report@dehua.example"}
    told = {"smtp": smtp, "recipients": ["gwh@dehua.example"]}
    office = await Office(pool, folder, told).open()
    await office.cases("N-1", "N-2")
    return office


async def counted(pool: asyncpg.Pool) -> dict[str, int]:
    rows = await pool.fetch("SELECT type, count(*) AS n FROM ledger.event WHERE type LIKE 'report_%' GROUP BY type")
    return {row["type"]: row["n"] for row in rows}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_one_report_whatever_step_dies(
    skipping: WorkflowEnvironment, database: asyncpg.Pool, tmp_path: Path, step: str, after: bool
) -> None:
    taken = Taken()
    async with mail_server(taken) as port:
        office = await office_with_mail(database, tmp_path, port)
        desk = Dying(office.desk, step, after=after)
        async with served(skipping.client, desk) as queue:
            [issue] = await run(skipping.client, queue, ReportAsked(subject=NOVEMBER))
            assert await run(skipping.client, queue, ReportAsked(subject=NOVEMBER)) == (issue,)
    assert issue.sent and await counted(database) == {"report_issued": 1, "report_sent": 1}
    # Only where the server had it and nobody heard does it get it twice, and can tell.
    assert len(taken.raw) == (2 if (step, after) == ("mail", True) else 1)
    assert len({message["Message-ID"] for message in taken.messages}) == 1
    assert (await office.desk.check(issue)).all_same


async def test_a_mail_that_is_refused_ends_the_run_and_the_next_one_goes_on(
    skipping: WorkflowEnvironment, database: asyncpg.Pool, tmp_path: Path
) -> None:
    taken = Taken(rcpt={"gwh@dehua.example": "550 5.1.1 no such mailbox"})
    async with mail_server(taken) as port:
        office = await office_with_mail(database, tmp_path, port)
        desk = Dying(office.desk)
        async with served(skipping.client, desk) as queue:
            with pytest.raises(WorkflowFailureError) as failed:
                await run(skipping.client, queue, ReportAsked(subject=NOVEMBER))
            cause = failed.value.cause
            assert isinstance(cause, ActivityError) and isinstance(cause.cause, ApplicationError)
            assert cause.cause.type == REPORT_REFUSED and "550" in cause.cause.message
            assert await counted(database) == {"report_issued": 1}
            taken.rcpt.clear()
            [issue] = await run(skipping.client, queue, ReportAsked(subject=NOVEMBER))
    assert desk.done.count("make") == 1 and (issue.edition, issue.sent) == (1, True)
    assert await counted(database) == {"report_issued": 1, "report_sent": 1}


async def test_a_report_for_nobody_is_made_and_not_sent(
    skipping: WorkflowEnvironment, database: asyncpg.Pool, tmp_path: Path
) -> None:
    taken = Taken()
    async with mail_server(taken) as port:
        office = await office_with_mail(database, tmp_path, port)  # it has no mailbox of the government
        async with served(skipping.client, Dying(office.desk)) as queue:
            [issue] = await run(skipping.client, queue, ReportAsked(subject=QUARTER))
    assert not issue.sent and taken.raw == [] and await counted(database) == {"report_issued": 1}


async def test_a_server_that_is_away_for_a_day_is_waited_for(
    skipping: WorkflowEnvironment, database: asyncpg.Pool, tmp_path: Path
) -> None:
    taken = Taken(data=["451 4.3.0 try later"] * 30)
    async with mail_server(taken) as port:
        office = await office_with_mail(database, tmp_path, port)
        async with served(skipping.client, Dying(office.desk)) as queue:
            [issue] = await run(skipping.client, queue, ReportAsked(subject=NOVEMBER))
    assert issue.sent and len(taken.raw) == 1 and taken.data == []


async def test_by_the_clock_it_waits_until_submissions_are_due(
    skipping: WorkflowEnvironment, database: asyncpg.Pool, tmp_path: Path
) -> None:
    office = await Office(database, tmp_path).open()
    await office.cases("N-1")
    since = await skipping.get_current_time()
    async with served(skipping.client, Dying(office.desk)) as queue:
        issues = await run(skipping.client, queue, ReportAsked(send=False))
    assert tuple(issue.subject for issue in issues) == subjects(since)
    due = office.desk.due(issues[0].subject)
    assert issues[0].basis.as_of >= due.at and issues[0].basis.dues == (due.day,)
    assert not issues[0].sent


async def test_another_edition_is_made_when_asked_for(
    skipping: WorkflowEnvironment, database: asyncpg.Pool, tmp_path: Path
) -> None:
    office = await Office(database, tmp_path).open()
    await office.cases("N-1")
    async with served(skipping.client, Dying(office.desk)) as queue:
        [first] = await run(skipping.client, queue, ReportAsked(subject=NOVEMBER, send=False))
        await office.cases("N-2")
        [second] = await run(skipping.client, queue, ReportAsked(subject=NOVEMBER, send=False, anew=True))
        assert await run(skipping.client, queue, ReportAsked(subject=NOVEMBER, send=False)) == (second,)
    assert (first.edition, second.edition) == (1, 2)
    assert (await office.desk.check(first)).all_same


async def test_what_was_made_before_all_was_due_is_not_what_is_sent_afterwards(
    skipping: WorkflowEnvironment, database: asyncpg.Pool, tmp_path: Path
) -> None:
    taken = Taken()
    async with mail_server(taken) as port:
        office = await office_with_mail(database, tmp_path, port)
        month = f"{county_date(await skipping.get_current_time()):%Y-%m}"
        subject = Subject(kind=ReportKind.MONTHLY, name=month)
        async with served(skipping.client, Dying(office.desk)) as queue:
            [look] = await run(skipping.client, queue, ReportAsked(subject=subject, send=False))
            await skipping.sleep(office.desk.due(subject).at - await skipping.get_current_time())
            [report] = await run(skipping.client, queue, ReportAsked(subject=subject))
            assert await run(skipping.client, queue, ReportAsked(subject=subject)) == (report,)
    assert (look.edition, look.sent) == (1, False)
    assert (report.edition, report.sent, len(taken.raw)) == (2, True, 1)
    assert report.basis.today > report.basis.dues[-1]


def settings(folder: Path, **report: Any) -> Settings:
    told = {"directory": str(folder), "scheduled": True} | report
    return settings_of("unused:0", "postgres://unused", "http://unused", folder, report=told)


async def test_the_schedule_fires_on_the_day_after_the_submissions_are_due(client: Client, tmp_path: Path) -> None:
    [job] = [each for each in jobs(settings(tmp_path, at=time(8, 30))) if each.name == "report"]
    await keep(client, "nobody", [job])
    handle = client.get_schedule_handle(job.name)
    try:
        for at in (await handle.describe()).info.next_action_times:
            here = at.astimezone(COUNTY_TIME)
            assert (here.day, here.hour) == (9, 8) and timedelta(0) <= timedelta(minutes=here.minute - 30) <= job.jitter
            [*names] = subjects(at)
            assert names[0].period.last < county_date(at) <= names[0].period.last + timedelta(days=9)
    finally:
        await handle.delete()


@pytest.mark.parametrize(("told", "enabled"), [({}, True), ({"scheduled": None}, False), ({"scheduled": False}, False)])
def test_there_is_a_schedule_where_mail_is_set_up_or_it_is_asked_for(
    told: dict[str, Any], enabled: bool, tmp_path: Path
) -> None:
    [job] = [each for each in jobs(settings(tmp_path, **told)) if each.name == "report"]
    assert job.enabled is enabled


def test_where_the_day_is_moved_to_before_the_run_begins_early_and_waits(tmp_path: Path) -> None:
    told = settings(tmp_path, submissions={"not_worked": "earlier"})
    [job] = [each for each in jobs(told) if each.name == "report"]
    assert job.days == (1,)


@pytest.mark.parametrize(
    ("at", "names"),
    [
        (datetime(2026, 12, 9, 1, tzinfo=UTC), ["2026-11"]),
        (datetime(2026, 12, 31, 15, 59, tzinfo=UTC), ["2026-11"]),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), ["2026-12", "2026-Q4"]),
        (datetime(2027, 1, 9, 1, tzinfo=UTC), ["2026-12", "2026-Q4"]),
        (datetime(2027, 2, 9, 1, tzinfo=UTC), ["2027-01"]),
        (datetime(2027, 4, 9, 1, tzinfo=UTC), ["2027-03", "2027-Q1"]),
    ],
)
def test_what_a_run_by_the_clock_is_of(at: datetime, names: list[str]) -> None:
    assert [subject.name for subject in subjects(at)] == names

"""A report can be made again from its head, whatever has happened since, to the byte."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from infra.report.figures import canonical, content_of
from infra.report.store import ReportStore
from schemas.report import Content, ReportFault
from schemas.report_run import MakeAsked, RecordAsked
from schemas.submission import SubmissionState
from tests.report.world import CIVIL, JUSTICE, NINTH, NOVEMBER, POLICE, QUARTER, Office


async def content(office: Office, figures: str) -> Content:
    kept = await ReportStore(office.folder / "reports").get(figures, "json")
    return Content.model_validate_json(kept)


async def test_what_comes_later_changes_nothing_in_a_report_that_was_made(office: Office) -> None:
    await office.hand_in(JUSTICE, datetime(2025, 12, 5, 2, tzinfo=UTC))
    await office.cases("N-1", "N-2")
    first = await office.issue()
    before = await content(office, first.drawn.figures)
    assert before.by_department.total.cases.received == 2

    await office.hand_in(POLICE, datetime(2025, 12, 6, 2, tzinfo=UTC))  # as if late on the way
    await office.cases("N-3", "N-4", "N-5")
    again = await office.desk.check(first)
    assert again.all_same

    second = await office.issue(at=NINTH + timedelta(days=1), anew=True)
    after = await content(office, second.drawn.figures)
    assert (second.edition, after.by_department.total.cases.received) == (2, 5)
    assert (await office.desk.check(first)).all_same and (await office.desk.check(second)).all_same


async def test_a_tampered_log_is_not_reported_from(office: Office) -> None:
    await office.cases("N-1")
    issue = await office.issue()
    basis = issue.basis.model_copy(update={"head": issue.basis.head.model_copy(update={"root": "A" * 43 + "="})})
    with pytest.raises(ReportFault, match=f"{issue.basis.head.size}") as fault:
        await content_of(office.pool, basis)
    assert fault.value.code == "root_differs" and fault.value.permanent


async def test_other_figures_are_told_from_the_same(office: Office) -> None:
    await office.cases("N-1")
    issue = await office.issue()
    other = issue.model_copy(update={"basis": issue.basis.model_copy(update={"as_of": NINTH + timedelta(days=3)})})
    assert not (await office.desk.check(other)).figures_same


async def test_who_handed_in_who_is_late_and_who_is_missing(office: Office) -> None:
    await office.hand_in(JUSTICE, datetime(2025, 12, 8, 15, 59, tzinfo=UTC))  # a minute before midnight of the 8th
    await office.hand_in(POLICE, datetime(2025, 12, 8, 16, 0, tzinfo=UTC))  # the 9th
    await office.cases("N-1")
    issue = await office.issue()
    found = {s.department: s for s in (await content(office, issue.drawn.figures)).months[0].standings}
    assert found[JUSTICE].state is SubmissionState.ON_TIME
    assert (found[POLICE].state, found[POLICE].days_late) == (SubmissionState.LATE, 1)
    assert (found[CIVIL].state, found[CIVIL].days_late) == (SubmissionState.MISSING, 1)
    page = (await office.desk.files(issue))[1].decode()
    assert "德化县公安局（迟报 1 天）" in page and "德化县民政局（未报，已逾期 1 天）" in page


async def test_a_quarter_is_its_months_by_the_same_definitions(office: Office) -> None:
    await office.cases("N-1", "N-2")
    made = await office.issue(QUARTER, datetime(2026, 1, 9, 1, tzinfo=UTC))
    told = await content(office, made.drawn.figures)
    assert [part.month for part in told.months] == ["2025-10", "2025-11", "2025-12"]
    received = [part.total.cases.received for part in told.months]
    assert received == [0, 2, 0] and told.by_department.total.cases.received == sum(received)
    monthly = await content(office, (await office.issue()).drawn.figures)
    assert monthly.by_department.total == told.months[1].total
    assert (await office.desk.check(made)).all_same


async def test_one_report_however_often_each_step_is_done(office: Office) -> None:
    await office.cases("N-1")
    asked = MakeAsked(subject=NOVEMBER, at=NINTH)
    one, two = await office.desk.make(asked), await office.desk.make(asked)
    assert one == two
    drawn = await office.desk.draw(one.figures)
    assert await office.desk.draw(one.figures) == drawn
    record = RecordAsked(basis=one.basis, drawn=drawn, at=NINTH, anew=False)
    first = await office.desk.issue(record)
    assert await office.desk.issue(record) == first
    # A second run, that computed at a later head, takes over what is on record.
    await office.cases("N-2")
    later = await office.desk.make(asked)
    assert later.figures != one.figures
    other = RecordAsked(basis=later.basis, drawn=await office.desk.draw(later.figures), at=NINTH, anew=False)
    assert await office.desk.issue(other) == first
    count = "SELECT count(*) FROM ledger.event WHERE type = 'report_issued'"
    assert await office.pool.fetchval(count) == 1


async def test_two_runs_at_once_leave_one_report(office: Office) -> None:
    await office.cases("N-1")
    made = await office.desk.make(MakeAsked(subject=NOVEMBER, at=NINTH))
    drawn = await office.desk.draw(made.figures)
    records = [
        RecordAsked(basis=made.basis, drawn=drawn, at=NINTH + timedelta(seconds=n), anew=False) for n in range(4)
    ]
    found = await asyncio.gather(*(office.desk.issue(record) for record in records), return_exceptions=True)
    for each in found:
        assert not isinstance(each, BaseException) or (isinstance(each, ReportFault) and not each.permanent), each
    count = "SELECT count(*) FROM ledger.event WHERE type = 'report_issued'"
    assert await office.pool.fetchval(count) == 1


async def test_nothing_is_reported_before_the_head_holds_all_of_the_month(office: Office) -> None:
    asked = MakeAsked(subject=NOVEMBER, at=NINTH)
    with pytest.raises(ReportFault) as fault:
        await office.desk.make(asked)
    assert (fault.value.code, fault.value.permanent) == ("no_checkpoint", False)
    await office.cases("N-1")
    await office.world.add("N-2")  # no head over it yet
    with pytest.raises(ReportFault) as fault:
        await office.desk.make(asked)
    assert (fault.value.code, fault.value.permanent) == ("behind", False)
    await office.world.keep()  # a head, and the statistics have not come so far
    with pytest.raises(ReportFault) as fault:
        await office.desk.make(asked)
    assert (fault.value.code, fault.value.permanent) == ("behind", False)
    await office.caught_up()
    assert (await office.desk.make(asked)).basis.head.size == await office.pool.fetchval(
        "SELECT max(size) FROM ledger.checkpoint"
    )


async def test_a_month_that_has_not_begun_is_refused(office: Office) -> None:
    await office.cases("N-1")
    with pytest.raises(ReportFault) as fault:
        await office.desk.make(MakeAsked(subject=NOVEMBER, at=datetime(2025, 10, 31, 15, tzinfo=UTC)))
    assert (fault.value.code, fault.value.permanent) == ("not_begun", True)


async def test_a_file_that_was_changed_is_not_handed_out(office: Office) -> None:
    await office.cases("N-1")
    issue = await office.issue()
    path = office.folder / "reports" / f"{issue.drawn.xlsx}.xlsx"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ReportFault) as fault:
        await office.desk.files(issue)
    assert fault.value.code == "files_gone"
    assert await office.desk.draw(issue.drawn.figures) == issue.drawn  # drawn anew, it is there again
    assert await office.desk.files(issue)


async def test_the_figures_are_canonical_and_name_nobody_but_offices(office: Office) -> None:
    await office.cases("N-1")
    issue = await office.issue()
    kept = await ReportStore(office.folder / "reports").get(issue.drawn.figures, "json")
    told = Content.model_validate_json(kept)
    assert canonical(told) == kept
    assert set(json.loads(kept)) == {"basis", "title", "by_department", "by_township", "months"}

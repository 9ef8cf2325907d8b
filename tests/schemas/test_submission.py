"""Who owes a submission, when it is due, and who is late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.calendar import working_calendar
from schemas.report import ReportKind, Subject, last_before
from schemas.submission import (
    Owing,
    Received,
    SubmissionKind,
    SubmissionState,
    SubmissionTerms,
    days_of,
    month_after,
    month_before,
    standings,
)

JUSTICE, POLICE = "11350526MB0000001C", "11350526MB0000002F"
OWING = (Owing(uscc=JUSTICE, name="德化县司法局"), Owing(uscc=POLICE, name="德化县公安局"))
DUE = date(2026, 12, 8)
CALENDAR = working_calendar()
months = st.builds(lambda y, m: f"{y:04d}-{m:02d}", st.integers(2001, 2998), st.integers(1, 12))


def handed_in(day: int, hour: int = 1, *, department: str = JUSTICE, **changed: Any) -> Received:
    at = datetime(2026, 12, day, hour, tzinfo=UTC)
    told = {"department": department, "month": "2026-11", "kind": "progress", "digest": "ab" * 32, "size": 1}
    return Received.model_validate(told | {"media_type": "application/pdf", "received_at": at} | changed)


@pytest.mark.parametrize(
    ("month", "terms", "due"),
    [
        ("2026-11", {}, date(2026, 12, 8)),
        ("2026-12", {}, date(2027, 1, 8)),  # past the published calendar: by the calendar day all the same
        ("2026-01", {}, date(2026, 2, 8)),  # a Sunday
        ("2026-01", {"not_worked": "later"}, date(2026, 2, 9)),
        ("2026-01", {"not_worked": "earlier"}, date(2026, 2, 6)),
        ("2026-09", {"not_worked": "later"}, date(2026, 10, 8)),  # the first day after National Day
        ("2026-09", {"due_day": 7, "not_worked": "later"}, date(2026, 10, 8)),
        ("2026-09", {"due_day": 7, "not_worked": "earlier"}, date(2026, 9, 30)),
        ("2026-09", {"due_day": 10, "not_worked": "later"}, date(2026, 10, 10)),  # a Saturday that is worked (调休)
        ("2026-01", {"due_day": 27}, date(2026, 2, 27)),
    ],
)
def test_when_it_is_due(month: str, terms: dict[str, Any], due: date) -> None:
    assert SubmissionTerms.model_validate(terms).due(month, CALENDAR) == due


@pytest.mark.parametrize("day", [0, 28, 31])
def test_a_day_that_some_month_does_not_have_is_refused(day: int) -> None:
    with pytest.raises(ValidationError, match="due_day"):
        SubmissionTerms(due_day=day)


@pytest.mark.parametrize(
    ("received", "today", "state", "late"),
    [
        ([], DUE, SubmissionState.AWAITED, 0),
        ([], DUE + timedelta(days=1), SubmissionState.MISSING, 1),
        ([handed_in(8, 15)], DUE + timedelta(days=5), SubmissionState.ON_TIME, 0),  # 23:00 of the 8th here
        ([handed_in(8, 16)], DUE + timedelta(days=5), SubmissionState.LATE, 1),  # midnight: the 9th
        ([handed_in(12), handed_in(9)], DUE + timedelta(days=9), SubmissionState.LATE, 1),  # the first counts
        ([handed_in(2, kind=SubmissionKind.SUPPLEMENT)], DUE + timedelta(days=1), SubmissionState.MISSING, 1),
        ([handed_in(12)], DUE + timedelta(days=1), SubmissionState.MISSING, 1),  # as it stood then
        ([handed_in(2, department=POLICE)], DUE + timedelta(days=1), SubmissionState.MISSING, 1),
    ],
)
def test_how_a_department_stands(received: list[Received], today: date, state: SubmissionState, late: int) -> None:
    found = standings(OWING, received, DUE, today)
    assert [each.department for each in found] == [JUSTICE, POLICE]
    assert (found[0].state, found[0].days_late) == (state, late)


@given(st.lists(st.integers(1, 28)), st.integers(1, 28))
def test_everybody_who_owes_stands_in_one_way(days: list[int], today: int) -> None:
    found = standings(OWING, [handed_in(day) for day in days], DUE, date(2026, 12, today))
    assert len(found) == len(OWING)
    for each in found:
        late = each.state in (SubmissionState.LATE, SubmissionState.MISSING)
        assert late == (each.days_late > 0)
        assert (each.received_on is None) == (each.state in (SubmissionState.MISSING, SubmissionState.AWAITED))


@given(months)
def test_months_follow_each_other(month: str) -> None:
    assert month_before(month_after(month)) == month_after(month_before(month)) == month
    assert days_of(month_after(month)).first == days_of(month).last + timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "name", "first", "last"),
    [
        ("monthly", "2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("monthly", "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("quarterly", "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("quarterly", "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_what_a_report_is_of(kind: str, name: str, first: date, last: date) -> None:
    subject = Subject(kind=ReportKind(kind), name=name)
    assert (subject.period.first, subject.period.last) == (first, last)
    assert len(subject.months) == (1 if kind == "monthly" else 3)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("monthly", "2026-Q4"), ("quarterly", "2026-11"), ("monthly", "2026-13"), ("monthly", "2026-1"), ("monthly", "x"),
     ("quarterly", "2026-Q5"), ("monthly", "2０26-11"), ("monthly", "2026-11\n"), ("monthly", "../2026-11")],
)  # fmt: skip
def test_what_is_no_period_is_refused(kind: str, name: str) -> None:
    with pytest.raises(ValidationError):
        Subject(kind=ReportKind(kind), name=name)


@given(st.dates(date(2001, 1, 1), date(2998, 12, 31)), st.sampled_from(ReportKind))
def test_the_last_period_that_has_ended(day: date, kind: ReportKind) -> None:
    subject = last_before(kind, day)
    assert subject.period.last < day
    assert (day - subject.period.last).days <= (31 if kind is ReportKind.MONTHLY else 92)

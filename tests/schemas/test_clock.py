from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.clock import county_date
from tests.schemas.builders import calendar

CALENDAR = calendar()


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, days: int) -> None:
    every = (date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1))
    assert sum(CALENDAR.is_working_day(day) for day in every) == days


@pytest.mark.parametrize(
    ("start", "working_days", "due"),
    [
        ("2024-09-27", 2, "2024-09-30"),
        ("2024-09-30", 1, "2024-10-08"),
        ("2025-01-24", 1, "2025-01-26"),
        ("2025-09-30", 3, "2025-10-11"),
        ("2025-09-26", 2, "2025-09-29"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-04-30", 7, "2026-05-13"),
        ("2026-09-24", 1, "2026-09-28"),
    ],
)
def test_published_vectors(start: str, working_days: int, due: str) -> None:
    found = CALENDAR.due(date.fromisoformat(start), working_days)
    assert (found.day.isoformat(), found.provisional) == (due, False)


@pytest.mark.parametrize(
    ("start", "working_days", "due", "provisional"),
    [
        pytest.param("2026-12-30", 1, "2026-12-31", False, id="last published day"),
        pytest.param("2026-12-31", 1, "2027-01-01", True, id="one past the horizon"),
        pytest.param("2027-03-01", 1, "2027-03-02", True, id="wholly past the horizon"),
        pytest.param("2027-03-05", 1, "2027-03-08", True, id="weekends still count past the horizon"),
    ],
)
def test_past_the_horizon_is_provisional(start: str, working_days: int, due: str, provisional: bool) -> None:
    found = CALENDAR.due(date.fromisoformat(start), working_days)
    assert (found.day.isoformat(), found.provisional) == (due, provisional)


@pytest.mark.parametrize("working_days", [0, -1])
def test_a_period_has_at_least_one_day(working_days: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CALENDAR.due(date(2026, 3, 2), working_days)


def test_a_start_before_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="begins 2024-01-01"):
        CALENDAR.due(date(2023, 12, 31), 1)


@given(st.dates(date(2024, 1, 1), date(2026, 11, 30)), st.integers(1, 15))
def test_a_due_day_is_worked_and_exactly_so_many_days_away(start: date, working_days: int) -> None:
    due = CALENDAR.due(start, working_days)
    between = (date.fromordinal(n) for n in range(start.toordinal() + 1, due.day.toordinal() + 1))
    assert CALENDAR.is_working_day(due.day)
    assert sum(CALENDAR.is_working_day(day) for day in between) == working_days


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), date(2026, 3, 1), id="a second before midnight"),
        pytest.param(datetime(2026, 3, 1, 16, 0, tzinfo=UTC), date(2026, 3, 2), id="midnight in the county"),
    ],
)
def test_the_county_has_its_own_midnight(at: datetime, day: date) -> None:
    assert county_date(at) == day

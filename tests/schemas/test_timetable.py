"""From working days to moments: vectors of domain.md §8.2, and clocks whose sums must add up whatever happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.clock import COUNTY_TIME, county_date
from schemas.timetable import (
    SUSPENDS,
    Account,
    Clock,
    ClockKind,
    Extension,
    Suspension,
    SuspensionGround,
    Timetable,
    account_of,
    due_of,
)
from tests.schemas.builders import calendar

TIMETABLE = Timetable(calendar=calendar())
SHORT = Timetable(calendar=calendar(), working_day_seconds=10)
MORNING = datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
"""Monday, 28 September 2026, 09:00: three working days before the week off (1 to 7 October)."""


def at(day: str, hour: int = 9) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), COUNTY_TIME) + timedelta(hours=hour)


def closing(day: str) -> datetime:
    return TIMETABLE.closing(date.fromisoformat(day))


def clock(kind: ClockKind = ClockKind.PROMISED, budget: int = 5, *suspensions: Suspension, **over: object) -> Clock:
    fields = {"kind": kind, "budget": budget, "started_at": MORNING, "suspensions": suspensions}
    return Clock.model_validate(fields | over)


def still(since: datetime, until: datetime | None, ground: SuspensionGround = SuspensionGround.EXCLUDED) -> Suspension:
    return Suspension(ground=ground, reason="检测", responsible="检测机构", since=since, until=until)


# --- periods -----------------------------------------------------------------------------------------------------


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
        pytest.param("2026-10-09", 1, "2026-10-10", id="a Saturday that is worked"),
    ],
)
def test_a_period_ends_when_offices_close_on_its_last_day(start: str, working_days: int, due: str) -> None:
    found = TIMETABLE.due(at(start), working_days)
    assert (found.at, found.provisional) == (closing(due), False)
    assert found.at.astimezone(COUNTY_TIME).strftime("%H:%M") == "17:30"


def test_a_period_that_ends_past_what_is_published_is_provisional() -> None:
    found = TIMETABLE.due(at("2026-12-31"), 1)
    assert (county_date(found.at), found.provisional) == (date(2027, 1, 1), True)
    assert TIMETABLE.beyond_calendar(found.at) and not TIMETABLE.beyond_calendar(at("2026-12-31", 23))
    assert not SHORT.due(at("2026-12-31"), 1).provisional


def test_the_day_begins_at_midnight_in_the_county() -> None:
    late_on_the_first = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
    assert TIMETABLE.due(late_on_the_first, 1).at == closing("2026-03-03")
    assert TIMETABLE.due(late_on_the_first + timedelta(minutes=1), 1).at == closing("2026-03-04")


@pytest.mark.parametrize(
    ("days", "moment"),
    [
        (0, at("2026-10-08", 11)),
        (1, closing("2026-10-09")),
        (2, closing("2026-10-10")),
        (3, closing("2026-10-12")),
        (-1, closing("2026-09-30")),
    ],
)
def test_moments_before_and_after_another(days: int, moment: datetime) -> None:
    assert TIMETABLE.shifted(at("2026-10-08", 11), days) == moment


def test_short_days_for_demonstrations_are_all_worked() -> None:
    assert SHORT.due(MORNING, 3).at == MORNING + timedelta(seconds=30)
    assert SHORT.shifted(MORNING, -2) == MORNING - timedelta(seconds=20)


@given(st.dates(date(2024, 3, 1), date(2026, 10, 1)), st.integers(1, 20))
def test_back_from_the_end_of_a_period_is_its_beginning(start: date, working_days: int) -> None:
    due = TIMETABLE.due(at(start.isoformat()), working_days)
    begun = TIMETABLE.shifted(due.at, -working_days)
    assert TIMETABLE.due(begun, working_days) == due


# --- clocks ------------------------------------------------------------------------------------------------------


def test_a_clock_runs_over_the_week_off_and_the_saturday_that_is_worked() -> None:
    assert due_of(clock(budget=4), TIMETABLE, MORNING).at == closing("2026-10-09")
    assert due_of(clock(budget=5), TIMETABLE, MORNING).at == closing("2026-10-10")


def test_time_excluded_across_the_week_off_moves_the_end_by_its_working_days_only() -> None:
    excluded = clock(ClockKind.STATUTORY, 5, still(at("2026-09-29"), at("2026-10-09")))
    # 30 September, 8 and 9 October stood still; 29 September, then the 10th (调休), 12th, 13th and 14th are used.
    assert due_of(excluded, TIMETABLE, at("2026-10-09")).at == closing("2026-10-14")
    assert account_of(excluded, TIMETABLE, closing("2026-10-10")) == Account(elapsed=5, consumed=2, suspended=3, left=3)


def test_a_suspension_still_open_counts_up_to_now() -> None:
    open_ = clock(ClockKind.STATUTORY, 2, still(at("2026-09-28", 10), None))
    assert open_.standing_still
    assert due_of(open_, TIMETABLE, at("2026-09-28", 11)).at == closing("2026-09-30")
    assert due_of(open_, TIMETABLE, at("2026-09-30")).at == closing("2026-10-09")


@pytest.mark.parametrize("ground", [SuspensionGround.APPLICANT, SuspensionGround.HELD])
def test_charging_a_wait_to_somebody_never_stops_the_statutory_clock(ground: SuspensionGround) -> None:
    charged = clock(ClockKind.STATUTORY, 5, still(at("2026-09-29"), None, ground))
    plain = clock(ClockKind.STATUTORY, 5)
    now = closing("2026-10-10")
    assert due_of(charged, TIMETABLE, now) == due_of(plain, TIMETABLE, now)
    assert account_of(charged, TIMETABLE, now) == account_of(plain, TIMETABLE, now)
    assert not charged.standing_still
    assert due_of(charged.model_copy(update={"kind": ClockKind.STEP}), TIMETABLE, now) != due_of(plain, TIMETABLE, now)


def test_work_interrupted_stops_the_step_and_not_the_promise() -> None:
    held = still(at("2026-09-28", 10), at("2026-09-30"), SuspensionGround.HELD)
    assert due_of(clock(ClockKind.PROMISED, 3, held), TIMETABLE, MORNING).at == closing("2026-10-08")
    assert due_of(clock(ClockKind.STEP, 3, held), TIMETABLE, MORNING).at == closing("2026-10-10")


def test_an_extension_adds_working_days() -> None:
    longer = clock(budget=3, extensions=(Extension(working_days=10, reason="案情复杂", decided_at=MORNING),))
    assert longer.allowed == 13
    assert due_of(longer, TIMETABLE, MORNING).at == TIMETABLE.due(MORNING, 13).at
    assert account_of(longer, TIMETABLE, closing("2026-10-08")).left == 13 - 3


def test_a_stopped_clock_consumes_nothing_more() -> None:
    stopped = clock(budget=5, stopped_at=at("2026-09-30"))
    assert account_of(stopped, TIMETABLE, at("2026-11-30")) == account_of(stopped, TIMETABLE, at("2026-09-30", 20))


def test_short_days_stand_still_by_the_second_and_overlaps_count_once() -> None:
    excluded = clock(
        ClockKind.PROMISED,
        5,
        still(MORNING + timedelta(seconds=10), MORNING + timedelta(seconds=30)),
        still(MORNING + timedelta(seconds=20), MORNING + timedelta(seconds=40), SuspensionGround.APPLICANT),
        still(MORNING + timedelta(seconds=500), MORNING + timedelta(seconds=900)),
    )
    now = MORNING + timedelta(seconds=1000)
    assert due_of(excluded, SHORT, now).at == MORNING + timedelta(seconds=80)
    account = account_of(excluded, SHORT, MORNING + timedelta(seconds=60))
    assert account == Account(elapsed=6, consumed=3, suspended=3, left=2)


spans = st.lists(
    st.tuples(st.integers(0, 24 * 60), st.integers(0, 24 * 20), st.sampled_from(list(SuspensionGround))), max_size=6
)
"""Suspensions: hours after the start, length in hours, ground."""


@given(st.sampled_from(list(ClockKind)), st.integers(1, 30), spans, st.integers(0, 24 * 90))
def test_the_sums_of_a_clock_add_up(
    kind: ClockKind, budget: int, found: list[tuple[int, int, SuspensionGround]], hours: int
) -> None:
    started = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
    suspensions = [
        still(started + timedelta(hours=begin), started + timedelta(hours=begin + length), ground)
        for begin, length, ground in found
    ]
    one = clock(kind, budget, *suspensions, started_at=started)
    now = started + timedelta(hours=hours)
    account = account_of(one, TIMETABLE, now)
    worked = [
        day
        for day in (county_date(started) + timedelta(days=n) for n in range(1, 200))
        if day <= county_date(now) and TIMETABLE.calendar.is_working_day(day)
    ]
    stood_still = [
        day
        for day in worked
        if any(
            s.until is not None and county_date(s.since) < day <= county_date(s.until)
            for s in suspensions
            if s.ground in SUSPENDS[kind]
        )
    ]
    assert account.elapsed == len(worked) == account.consumed + account.suspended
    assert account.suspended == len(stood_still)
    assert account.left == budget - account.consumed
    if kind is ClockKind.STATUTORY and all(ground is not SuspensionGround.EXCLUDED for *_, ground in found):
        assert account.suspended == 0
    # The deadline and the account tell the same story: nothing is left on the day it is due, one day is the day before.
    due = due_of(one, TIMETABLE, now)
    if all(s.until is not None and s.until <= now for s in suspensions):
        assert account_of(one, TIMETABLE, due.at).left == 0
        assert account_of(one, TIMETABLE, due.at - timedelta(days=1)).left == 1


@given(st.integers(1, 20), spans)
def test_the_sums_of_a_short_clock_add_up(budget: int, found: list[tuple[int, int, SuspensionGround]]) -> None:
    suspensions = [
        still(MORNING + timedelta(seconds=begin), MORNING + timedelta(seconds=begin + length), ground)
        for begin, length, ground in found
    ]
    one = clock(ClockKind.STEP, budget, *suspensions)
    now = MORNING + timedelta(days=1)
    due = due_of(one, SHORT, now)
    assert due.at >= MORNING + timedelta(seconds=10 * budget)
    account = account_of(one, SHORT, due.at)
    assert account.elapsed == account.consumed + account.suspended
    assert account.left == 0

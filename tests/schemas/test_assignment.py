"""Tasks of people: rungs fire once and in order whatever the clock does, and a deadline moves with reason only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.assignment import (
    AlarmAnnulled,
    Assignee,
    Assignment,
    AssignmentBody,
    AssignmentClosed,
    AssignmentHeld,
    AssignmentOpened,
    AssignmentReassigned,
    Moment,
    Responsible,
    Rung,
    RungFired,
    Rungs,
    Step,
    apply_assignment,
    moments_of,
    next_moment,
    opened,
    recomputed,
    resumed,
    unsettled,
    worst_colour,
)
from schemas.clock import county_date
from schemas.timetable import Due, Timetable
from tests.schemas.builders import POLICE, calendar, command

TIMETABLE = Timetable(calendar=calendar())
SHORT = Timetable(calendar=calendar(), working_day_seconds=10)
RUNGS = Rungs()
MORNING = datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
"""Monday, three working days before the week off."""
WHO = Assignee(responsible=Responsible.DEPARTMENT, name="德化县公安局", department=POLICE)
Tasks = dict[str, Assignment]


def opening(
    working_days: int = 2,
    gives_up_after: int | None = None,
    now: datetime = MORNING,
    timetable: Timetable = TIMETABLE,
    due: Due | None = None,
    ends_at: datetime | None = None,
) -> AssignmentOpened:
    return opened(
        "t",
        Step.VERIFICATION,
        WHO,
        task="核验",
        then="转下一路径",
        working_days=working_days,
        gives_up_after=gives_up_after,
        timetable=timetable,
        now=now,
        due=due,
        ends_at=ends_at,
    )


def after(*bodies: AssignmentBody, at: datetime = MORNING) -> Tasks:
    tasks: Tasks = {}
    for body in bodies:
        tasks = apply_assignment(tasks, body, at)
    return tasks


def day(text: str) -> datetime:
    return TIMETABLE.closing(date.fromisoformat(text))


def due_now(tasks: Tasks, now: datetime, timetable: Timetable) -> list[Moment]:
    found = [m for task in tasks.values() for m in moments_of(task, RUNGS, timetable) if m.at <= now]
    return sorted(found, key=lambda m: (m.at, m.rung is None))


def fire(tasks: Tasks, now: datetime, timetable: Timetable = TIMETABLE) -> tuple[Tasks, list[Rung | None]]:
    """Everything whose moment has come, as the desk does it."""
    told: list[Rung | None] = []
    while moments := due_now(tasks, now, timetable):
        rung = moments[0].rung
        told.append(rung)
        body: AssignmentBody
        body = RungFired(assignment="t", rung=rung) if rung else AssignmentClosed(assignment="t", how="expired")
        tasks = apply_assignment(tasks, body, now)
    return tasks, told


# --- rungs -------------------------------------------------------------------------------------------------------


def test_the_moments_of_a_task_over_the_week_off() -> None:
    tasks = after(opening(working_days=2))
    moments = []
    while (moment := next_moment(tasks, RUNGS, TIMETABLE)) is not None and moment.rung is not None:
        moments.append((moment.rung, moment.at))
        tasks = apply_assignment(tasks, RungFired(assignment="t", rung=moment.rung), moment.at)
    assert moments == [
        (Rung.REMINDER, day("2026-09-29")),
        (Rung.BLUE, day("2026-09-30")),
        (Rung.ORANGE, day("2026-10-08")),
        (Rung.RED, day("2026-10-09")),
    ]


def test_no_reminder_of_what_began_only_now() -> None:
    tasks = after(opening(working_days=1, now=day("2026-09-28")), at=day("2026-09-28"))
    assert moments_of(tasks["t"], RUNGS, TIMETABLE)[0].rung is Rung.BLUE


def test_the_last_rung_fires_before_the_end_at_the_same_moment() -> None:
    tasks = after(opening(working_days=1, gives_up_after=3))
    _, told = fire(tasks, day("2026-12-01"))
    assert told == [Rung.REMINDER, Rung.BLUE, Rung.ORANGE, Rung.RED, None]


def test_nothing_fires_after_the_end() -> None:
    tasks, told = fire(after(opening(working_days=1, gives_up_after=1)), day("2026-12-01"))
    assert told == [Rung.REMINDER, Rung.BLUE, None]
    assert tasks["t"].closed == "expired" and next_moment(tasks, RUNGS, TIMETABLE) is None


def test_colours_must_get_worse_with_time() -> None:
    with pytest.raises(ValidationError):
        Rungs(blue_after=2, orange_after=1)


@given(
    st.integers(1, 20),
    st.one_of(st.none(), st.integers(1, 30)),
    st.lists(st.integers(0, 24 * 60), max_size=12),
    st.booleans(),
)
def test_each_rung_fires_once_and_in_order_whenever_one_looks(
    working_days: int, gives_up_after: int | None, hours: list[int], short: bool
) -> None:
    timetable = SHORT if short else TIMETABLE
    tasks = after(opening(working_days, gives_up_after, timetable=timetable))
    told: list[Rung | None] = []
    for hour in sorted(hours):
        tasks, now_told = fire(tasks, MORNING + timedelta(hours=hour), timetable)
        told += now_told
        again, nothing = fire(tasks, MORNING + timedelta(hours=hour), timetable)
        assert nothing == [] and again == tasks
    rungs = [rung for rung in told if rung is not None]
    order = list(Rung) if Rung.REMINDER in rungs else list(Rung)[1:]
    assert rungs == order[: len(rungs)]
    assert told.count(None) <= 1 and None not in told[:-1]
    assert all(f.at >= tasks["t"].opened_at for f in tasks["t"].fired)


# --- annulled, given to others -----------------------------------------------------------------------------------


def test_an_annulled_alarm_keeps_both_facts_and_counts_for_nothing() -> None:
    tasks, _ = fire(after(opening()), day("2026-10-08"))
    assert tasks["t"].colour is Rung.ORANGE
    annulled = AlarmAnnulled(command=command(), assignment="t", rung=Rung.ORANGE, reason="平台停机")
    tasks = apply_assignment(tasks, annulled, day("2026-10-08"))
    assert tasks["t"].colour is Rung.BLUE and worst_colour(tasks) is Rung.BLUE
    orange = next(f for f in tasks["t"].fired if f.rung is Rung.ORANGE)
    assert (orange.at, orange.annulled) == (day("2026-10-08"), "平台停机")
    tasks, told = fire(tasks, day("2026-10-30"))
    assert told == [Rung.RED]


def test_a_closed_task_shows_no_colour() -> None:
    tasks, _ = fire(after(opening()), day("2026-10-30"))
    assert worst_colour(tasks) is Rung.RED
    tasks = apply_assignment(tasks, AssignmentClosed(assignment="t", how="done"), day("2026-10-30"))
    assert worst_colour(tasks) is None and tasks["t"].colour is Rung.RED


def test_what_was_told_before_is_told_anew_to_other_desks_and_for_a_task_opened_again() -> None:
    moved = AssignmentReassigned(
        command=command(), assignment="t", assignee=WHO.model_copy(update={"recipients": ("desk-9",)}), reason="撤岗"
    )
    tasks = after(opening(), moved)
    assert (tasks["t"].opening, tasks["t"].handed_over) == (1, 1)
    tasks = apply_assignment(tasks, AssignmentClosed(assignment="t", how="done"), MORNING)
    tasks = apply_assignment(tasks, opening(), MORNING)
    assert (tasks["t"].opening, tasks["t"].handed_over, tasks["t"].fired) == (2, 0, ())


def test_a_desk_is_never_named_by_a_person() -> None:
    with pytest.raises(ValidationError):
        Assignee(responsible=Responsible.HELPER, name="帮代办员", recipients=("350526199001010019",))


# --- 中止, 续办 --------------------------------------------------------------------------------------------------


HELD = AssignmentHeld(assignment="t", reason="需补充查档", responsible="帮代办员")


def test_a_held_step_fires_nothing_and_goes_on_where_it_stood() -> None:
    tasks = after(opening(working_days=3, gives_up_after=5), HELD)
    assert fire(tasks, day("2026-11-30"))[1] == [] and next_moment(tasks, RUNGS, TIMETABLE) is None
    # Held on Monday the 28th, on again on 9 October: 29 and 30 September, 8 and 9 October stood still.
    again = resumed(tasks["t"], TIMETABLE, day("2026-10-09"))
    tasks = apply_assignment(tasks, again, day("2026-10-09"))
    task = tasks["t"]
    assert (task.held_days, task.held_since) == (4, None)
    assert (task.due_at, task.ends_at) == (day("2026-10-13"), day("2026-10-15"))
    assert next_moment(tasks, RUNGS, TIMETABLE) == Moment(at=day("2026-10-12"), assignment="t", rung=Rung.REMINDER)


def test_held_twice_adds_up_and_holding_what_is_held_changes_nothing() -> None:
    tasks = after(opening(working_days=3), HELD)
    tasks = apply_assignment(tasks, HELD, day("2026-10-08"))
    assert tasks["t"].held_since == MORNING
    tasks = apply_assignment(tasks, resumed(tasks["t"], TIMETABLE, day("2026-09-29")), day("2026-09-29"))
    tasks = apply_assignment(tasks, HELD, day("2026-09-30"))
    tasks = apply_assignment(tasks, resumed(tasks["t"], TIMETABLE, day("2026-10-08")), day("2026-10-08"))
    assert tasks["t"].held_days == 2
    assert tasks["t"].due_at == TIMETABLE.due(MORNING, 5).at


def test_held_within_one_day_moves_nothing() -> None:
    tasks = after(opening(working_days=3), HELD)
    assert resumed(tasks["t"], TIMETABLE, MORNING + timedelta(hours=5)).due_at == tasks["t"].due_at


def test_held_across_the_end_of_what_is_published_is_provisional() -> None:
    now = datetime(2026, 12, 28, 1, 0, tzinfo=UTC)
    tasks = after(opening(working_days=2, now=now), at=now)
    tasks = apply_assignment(tasks, HELD, now)
    again = resumed(tasks["t"], TIMETABLE, now + timedelta(days=3))
    assert again.due_provisional and county_date(again.due_at) == date(2027, 1, 4)


def test_short_days_are_held_by_the_second() -> None:
    tasks = after(opening(working_days=3, gives_up_after=5, timetable=SHORT), HELD)
    again = resumed(tasks["t"], SHORT, MORNING + timedelta(seconds=7))
    assert (again.due_at, again.ends_at) == (MORNING + timedelta(seconds=37), MORNING + timedelta(seconds=57))


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=4), st.integers(1, 10))
def test_a_step_has_its_whole_budget_however_often_it_is_held(spans: list[tuple[int, int]], budget: int) -> None:
    """Working days that were not held, up to the day it is due, are as many as its budget."""
    tasks, now = after(opening(budget, budget + 2)), MORNING
    held: list[tuple[date, date]] = []
    for wait, length in spans:
        since = now + timedelta(hours=wait)
        now = since + timedelta(hours=length)
        tasks = apply_assignment(tasks, HELD, since)
        tasks = apply_assignment(tasks, resumed(tasks["t"], TIMETABLE, now), now)
        held.append((county_date(since), county_date(now)))
    task = tasks["t"]
    stood_still = sum(TIMETABLE.calendar.worked(since, until) for since, until in held)
    assert task.held_days == stood_still
    assert TIMETABLE.calendar.worked(county_date(MORNING), county_date(task.due_at)) == budget + stood_still
    assert task.ends_at is not None
    assert TIMETABLE.calendar.worked(county_date(task.due_at), county_date(task.ends_at)) == 2


# --- calendars ---------------------------------------------------------------------------------------------------


LAST = datetime(2026, 12, 29, 1, 0, tzinfo=UTC)
PUBLISHED = TIMETABLE.model_copy(
    update={
        "calendar": calendar().model_copy(
            update={
                "version": "cn_2027",
                "last": date(2027, 12, 31),
                "holidays": (*calendar().holidays, date(2027, 1, 1)),
            }
        )
    }
)
"""A calendar made up for 2027: 1 January is off."""


def test_a_provisional_deadline_is_reckoned_anew_when_the_calendar_is_published() -> None:
    tasks = after(opening(3, 4, now=LAST), at=LAST)
    task = tasks["t"]
    assert task.due_provisional and task.ends_provisional and county_date(task.due_at) == date(2027, 1, 1)
    assert recomputed(task, TIMETABLE) is None
    changed = recomputed(task, PUBLISHED)
    assert changed is not None
    moved = apply_assignment(tasks, changed, LAST)["t"]
    assert (county_date(moved.due_at), moved.due_provisional) == (date(2027, 1, 4), False)
    assert moved.ends_at is not None and county_date(moved.ends_at) == date(2027, 1, 5)
    assert moved.calendar_version == "cn_2027" and recomputed(moved, PUBLISHED) is None


def test_an_end_past_the_calendar_is_reckoned_anew_though_the_deadline_is_known() -> None:
    task = after(opening(2, 3, now=LAST), at=LAST)["t"]
    assert not task.due_provisional and task.ends_provisional
    changed = recomputed(task, PUBLISHED)
    assert changed is not None and changed.due_at == task.due_at
    assert changed.ends_at is not None and county_date(changed.ends_at) == date(2027, 1, 4)


def test_what_is_settled_is_not_touched_by_another_calendar() -> None:
    assert recomputed(after(opening())["t"], PUBLISHED) is None


def test_a_held_task_stays_held_and_keeps_what_it_stood_still_when_a_calendar_comes() -> None:
    tasks = apply_assignment(after(opening(3, now=LAST), at=LAST), HELD, LAST)
    tasks = apply_assignment(tasks, resumed(tasks["t"], TIMETABLE, LAST + timedelta(days=1)), LAST)
    tasks = apply_assignment(tasks, HELD, LAST + timedelta(days=1))
    changed = recomputed(tasks["t"], PUBLISHED)
    assert changed is not None
    task = apply_assignment(tasks, changed, LAST + timedelta(days=1))["t"]
    assert task.held_since == LAST + timedelta(days=1) and task.held_days == 1
    assert county_date(task.due_at) == date(2027, 1, 5)


def test_a_period_that_began_earlier_is_reckoned_from_there() -> None:
    """视为受理: a period from 收件 on, whose end is its deadline, and stays so."""
    due = TIMETABLE.due(LAST, 5)
    later = LAST + timedelta(days=1)
    task = after(opening(5, None, now=later, due=due, ends_at=due.at), at=later)["t"]
    changed = recomputed(task, PUBLISHED)
    assert changed is not None
    assert changed.due_at == changed.ends_at == PUBLISHED.due(LAST, 5).at


def test_rungs_past_the_calendar_are_unsettled_as_long_as_they_are_to_come() -> None:
    known = after(opening(2, now=LAST), at=LAST)
    assert not known["t"].due_provisional
    assert unsettled(known["t"], RUNGS, TIMETABLE)
    assert not unsettled(known["t"], RUNGS, PUBLISHED)
    assert not unsettled(after(opening())["t"], RUNGS, TIMETABLE)
    gone, _ = fire(known, datetime(2027, 3, 1, tzinfo=UTC))
    assert not unsettled(gone["t"], RUNGS, TIMETABLE)
    assert not unsettled(after(opening(2, now=LAST, timetable=SHORT), at=LAST)["t"], RUNGS, SHORT)


def test_it_is_never_given_up_before_it_is_due() -> None:
    body = opening(working_days=10, gives_up_after=3)
    assert body.ends_at == body.due_at and body.gives_up_after == 10

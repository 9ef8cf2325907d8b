"""The deadline of the decision: 延长, 扣除 and the applicant's turn move it, and no false alarm is raised (law 11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.acceptance import ClockExtended, ClockResumed, ClockSuspended
from schemas.acceptance_acts import accepted
from schemas.assignment import (
    Assignee,
    Assignment,
    AssignmentHeld,
    DueChanged,
    Responsible,
    Rung,
    RungFired,
    Rungs,
    Step,
    apply_assignment,
    moments_of,
    opened,
    recomputed,
)
from schemas.case import Case
from schemas.codes import Route
from schemas.course import DECISION, Bearings, keep_time
from schemas.decision_due import decision_due, follow_clocks
from schemas.events import EventBody
from schemas.timetable import ClockKind, SuspensionGround, Timetable
from tests.schemas.builders import DOCUMENT, NOW, calendar, command
from tests.schemas.long_cases import LONG, RULES, TIMETABLE, provisional, standing
from tests.schemas.long_cases import opened as route_opened

LAW, PROMISE, BOTH = (ClockKind.STATUTORY,), (ClockKind.PROMISED,), (ClockKind.STATUTORY, ClockKind.PROMISED)
EXCLUDED, HIS = SuspensionGround.EXCLUDED, SuspensionGround.APPLICANT
RULES_OF_TIME = RULES.model_copy(update={"statutory_working_days": 20, "promised_working_days": 10})
LATER = NOW + timedelta(days=7)


def after(*more: EventBody, clocks: tuple[ClockKind, ...] = BOTH) -> Case:
    """An accepted case whose clocks have been moved."""
    bodies = [
        b
        for b in accepted(RULES_OF_TIME, None, NOW, TIMETABLE, deemed=False)
        if getattr(b, "clock", None) in (None, *clocks)
    ]
    return standing(RULES_OF_TIME, route_opened(Route.PAPER_FIRST), provisional(), *bodies, *more)


def extended(kind: ClockKind, days: int = 5) -> ClockExtended:
    return ClockExtended(
        command=command("e-1"), clock=kind, working_days=days, reason="案情复杂", decided_by="head-1",
        notice_digest=DOCUMENT, due_at=NOW,
    )  # fmt: skip


def suspended(kind: ClockKind, ground: SuspensionGround) -> ClockSuspended:
    return ClockSuspended(
        command=None, clock=kind, ground=ground, reason="举行听证", responsible="德化县司法局", notice_digest=None
    )


def resumed(kind: ClockKind, ground: SuspensionGround) -> ClockResumed:
    return ClockResumed(command=None, clock=kind, ground=ground, due_at=NOW)


def days(count: int) -> datetime:
    return TIMETABLE.due(NOW, count).at


@pytest.mark.parametrize(
    ("clocks", "moved", "expected"),
    [
        (BOTH, (), 10),
        (LAW, (), 20),
        (BOTH, (extended(ClockKind.PROMISED),), 15),
        (BOTH, (extended(ClockKind.PROMISED, 30),), 20),
        (BOTH, (extended(ClockKind.STATUTORY),), 10),
        (BOTH, (suspended(ClockKind.PROMISED, HIS),), 20),
        (PROMISE, (suspended(ClockKind.PROMISED, HIS),), None),
        (LAW, (suspended(ClockKind.STATUTORY, HIS),), 20),
        (BOTH, (suspended(ClockKind.STATUTORY, EXCLUDED), suspended(ClockKind.PROMISED, EXCLUDED)), None),
    ],
)
def test_it_is_the_first_end_among_the_clocks_that_run(
    clocks: tuple[ClockKind, ...], moved: tuple[EventBody, ...], expected: int | None
) -> None:
    due = decision_due(after(*moved, clocks=clocks), TIMETABLE, NOW)
    assert (due.at if due is not None else None) == (days(expected) if expected is not None else None)


def task(**over: Any) -> Assignment:
    """The task of the decision as it was opened at 受理."""
    who = Assignee(responsible=Responsible.DEPARTMENT, name="德化县司法局")
    body = opened(
        DECISION, Step.DECISION, who, task="决定", then="催办", working_days=3, timetable=TIMETABLE, now=NOW,
        due=TIMETABLE.due(NOW, 10),
    )  # fmt: skip
    return apply_assignment({}, body, NOW)[DECISION].model_copy(update=over)


def folded(known: Assignment, body: AssignmentHeld | DueChanged | None, at: datetime) -> Assignment:
    assert body is not None
    return apply_assignment({DECISION: known}, body, at)[DECISION]


def test_nothing_moves_while_no_clock_does() -> None:
    assert follow_clocks(after(), task(), TIMETABLE, NOW) is None
    assert follow_clocks(after(clocks=()), task(), TIMETABLE, NOW) is None


def test_an_extension_moves_it_once() -> None:
    case = after(extended(ClockKind.PROMISED))
    moved = folded(task(), follow_clocks(case, task(), TIMETABLE, NOW), NOW)
    assert moved.due_at == days(15)
    assert follow_clocks(case, moved, TIMETABLE, LATER) is None


def test_excluded_time_holds_it_and_then_moves_it_by_what_was_excluded() -> None:
    still = [suspended(kind, EXCLUDED) for kind in BOTH]
    held = folded(task(), follow_clocks(after(*still), task(), TIMETABLE, NOW), NOW)
    assert held.held_since == NOW and moments_of(held, Rungs(), TIMETABLE) == []
    assert follow_clocks(after(*still), held, TIMETABLE, LATER) is None
    case = after(*still)
    clocks = {
        kind: clock.model_copy(
            update={"suspensions": tuple(s.model_copy(update={"until": LATER}) for s in clock.suspensions)}
        )
        for kind, clock in case.clocks.items()
    }
    again = folded(held, follow_clocks(case.model_copy(update={"clocks": clocks}), held, TIMETABLE, LATER), LATER)
    assert again.held_since is None
    assert again.due_at == days(15), "a week of five working days was excluded"
    assert again.held_days == 5


def test_his_turn_leaves_the_statutory_period_as_the_deadline_and_gives_the_promise_back() -> None:
    his = suspended(ClockKind.PROMISED, HIS)
    waiting = folded(task(), follow_clocks(after(his), task(), TIMETABLE, NOW), NOW)
    assert (waiting.due_at, waiting.held_since) == (days(20), None)
    back = folded(waiting, follow_clocks(after(his, resumed(ClockKind.PROMISED, HIS)), waiting, TIMETABLE, NOW), NOW)
    assert back.due_at == days(10)


def given_anew(case: Case, now: datetime) -> list[Any]:
    at = Bearings(rules=RULES_OF_TIME, long=LONG, window=None, timetable=TIMETABLE, now=now)
    return list(keep_time(case, {}, at))


def late(*rungs: Rung) -> Case:
    """A case whose promise was extended after alarms were raised about its decision."""
    case = after(extended(ClockKind.PROMISED))
    tasks = {DECISION: task()}
    for rung in rungs:
        tasks = apply_assignment(tasks, RungFired(assignment=DECISION, rung=rung), days(10))
    return case.model_copy(update={"assignments": case.assignments | tasks})


def test_what_was_raised_about_the_old_deadline_counts_no_more() -> None:
    closed, opened_anew = given_anew(late(Rung.REMINDER, Rung.BLUE), days(10))
    assert (closed.assignment, closed.how) == (DECISION, "withdrawn")
    assert opened_anew.due.at == days(15)


def test_where_nothing_was_raised_the_deadline_moves() -> None:
    (moved,) = given_anew(late(), days(10))
    assert isinstance(moved, DueChanged) and moved.due_at == days(15)


def test_more_days_that_are_over_already_clear_no_alarm() -> None:
    (moved,) = given_anew(late(Rung.RED), days(17))
    assert isinstance(moved, DueChanged) and moved.due_at == days(15)


def test_a_calendar_published_later_keeps_what_was_added() -> None:
    case = after(extended(ClockKind.PROMISED))
    moved = folded(task(), follow_clocks(case, task(), TIMETABLE, NOW), NOW)
    newer = Timetable(calendar=calendar().model_copy(update={"version": "newer"}))
    changed = recomputed(moved.model_copy(update={"due_provisional": True}), newer)
    assert changed is not None and changed.due_at == days(15)

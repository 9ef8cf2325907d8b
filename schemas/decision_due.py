"""The deadline of the decision follows the clocks of the case (pure; law 11).

延长 (行政许可法 42) adds days to it and 扣除 (45) excludes them.  A wait charged to the applicant takes the promise out
of the reckoning, never the law: then the decision is due when the statutory period ends.  While no clock runs the task
is held, and no rung fires.
"""

from __future__ import annotations

from datetime import datetime

from schemas.assignment import Assignment, AssignmentHeld, DueChanged
from schemas.case_state import Case
from schemas.clock import county_date
from schemas.timetable import Due, Timetable, due_of


def decision_due(case: Case, timetable: Timetable, now: datetime) -> Due | None:
    """The first end among the clocks that run; ``None`` while none does."""
    running = [c for c in case.clocks.values() if c.stopped_at is None and not c.standing_still]
    return min((due_of(clock, timetable, now) for clock in running), key=lambda due: due.at, default=None)


def follow_clocks(
    case: Case, task: Assignment, timetable: Timetable, now: datetime
) -> AssignmentHeld | DueChanged | None:
    """What becomes of the open task of the decision as the clocks stand; ``None`` where nothing does."""
    still = [s for c in case.clocks.values() if c.stopped_at is None for s in c.counting if s.until is None]
    due = decision_due(case, timetable, now)
    if due is None:
        if not still or task.held_since is not None:
            return None
        return AssignmentHeld(assignment=task.assignment, reason=still[0].reason, responsible=still[0].responsible)
    if task.held_since is None and due.at == task.due_at:
        return None
    return DueChanged(
        assignment=task.assignment,
        due_at=due.at,
        due_provisional=due.provisional,
        calendar_version=timetable.calendar.version,
        ends_at=due.at + (task.ends_at - task.due_at) if task.ends_at is not None else None,
        ends_provisional=task.ends_provisional,
        held_days=_added(task, due, timetable),
        reason="clock_changed",
    )


def _added(task: Assignment, due: Due, timetable: Timetable) -> int:
    """Working days beyond the task's budget: a calendar published later moves it from the same beginning."""
    if timetable.working_day_seconds is not None:
        return task.held_days
    begun = county_date(task.counted_from or task.opened_at)
    return timetable.calendar.worked(begun, county_date(due.at)) - task.working_days

"""Whose turn it is, for whoever looks at a list of cases (pure): one office, until when, and what tells waits apart.

A wait is healthy while nobody is late and nothing is broken; a silent department has a colour, a dead platform and a
record that is not written have a reason.  None of these words names a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import AwareDatetime

from schemas.assignment import (
    COLOURS,
    AlarmAnnulled,
    Assignment,
    AssignmentHeld,
    AssignmentReassigned,
    DueChanged,
    EscalationDelivered,
    EscalationFailed,
    Responsible,
    RungFired,
    Rungs,
    Step,
)
from schemas.base import Model
from schemas.case_state import Case, CompletionState, RequirementStanding, ReviewState, RouteState
from schemas.catalogue import EvidenceRule, ItemRules
from schemas.claim import CLAIM_BODIES
from schemas.clock import WorkingCalendar
from schemas.codes import Route
from schemas.intervention import INTERVENTION_BODIES, RetryAsked
from schemas.long_ladder import out_of_province
from schemas.policy import LongPolicy
from schemas.stream import ActRefused
from schemas.texts import zh
from schemas.timetable import ClockKind, Timetable, due_of

NO_PROGRESS = (
    ActRefused,
    RungFired,
    EscalationDelivered,
    EscalationFailed,
    AlarmAnnulled,
    AssignmentHeld,
    AssignmentReassigned,
    DueChanged,
    *CLAIM_BODIES,
    *INTERVENTION_BODIES,
    RetryAsked,
)
"""Events by which nothing gets on."""
FIRST_STEPS: dict[Route, Step] = {
    Route.VERIFICATION: Step.VERIFICATION,
    Route.PAPER_FIRST: Step.PAPER_CHECK,
    Route.ASSISTANCE: Step.ASSISTANCE,
    Route.FLEXIBLE_DISPOSITION: Step.OPINION,
}
"""What a long route waits for first; a commitment asks about credit, and nobody's time runs."""
PASSING = ("applicant", "due_soon", "held", "stands_still")
"""Tags of a turn; the others are facts of the case, and stay when it is over."""
About = RouteState | ReviewState | CompletionState


class Turn(Model):
    """Whose turn it is, on what, and what ends the wait."""

    who: str
    task: str
    unblocks: str
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    route: Route | None = None
    """The long route that is waited for; ``None`` for a task of the case itself."""


def most_pressing(tasks: dict[str, Assignment]) -> Assignment | None:
    """The open task that a supervisor has to see: the worst alarm first, then the earliest deadline."""
    return min((task for task in tasks.values() if task.open), key=_pressing, default=None)


def is_due_soon(task: Assignment, rungs: Rungs, timetable: Timetable, now: datetime) -> bool:
    """Whether its reminder is due and no alarm yet: one working day is left, or what the settings say."""
    quiet = task.open and task.held_since is None and task.colour is None
    return quiet and _is_near(task.due_at, rungs, timetable, now)


def task_tags(task: Assignment, rungs: Rungs, timetable: Timetable, now: datetime) -> Iterator[str]:
    """What the list says of a task beside its colour."""
    if task.assignee.responsible is Responsible.APPLICANT:
        yield "applicant"
    if is_due_soon(task, rungs, timetable, now):
        yield "due_soon"
    if task.held_since is not None:
        yield "held"


def case_tags(case: Case, county: str, rungs: Rungs, timetable: Timetable, now: datetime) -> list[str]:
    """What the list says of a case beside whose turn it is, in words, in a fixed order."""
    codes = [code for t in case.assignments.values() if t.open for code in task_tags(t, rungs, timetable, now)]
    if any(clock.standing_still for clock in case.clocks.values()):
        codes.append("stands_still")
    for known in case.requirements.values():
        if out_of_province(known.origin, county):
            codes.append("out_of_province")
        if known.origin is not None and known.origin.historical:
            codes.append("historical")
        if known.standing is RequirementStanding.PROVISIONAL:
            codes += [_OWED[known.ground]] if known.ground in _OWED else []
    return [word for code, word in zh.TAGS.items() if code in codes]


def promised_at(case: Case, timetable: Timetable, now: datetime) -> datetime | None:
    """The end of 承诺时限; ``None`` before 受理, and while the clock stands still: nobody knows it then."""
    clock = case.clocks.get(ClockKind.PROMISED)
    if clock is None or clock.standing_still:
        return None
    return due_of(clock, timetable, now).at


def turn_of(case: Case, rules: ItemRules) -> Turn | None:
    """Whose turn it is in a case as a whole; ``None`` while no person has to act.

    Its own tasks come first, then the procedures that open requirements wait for.  The notice runs in the background:
    it is somebody's turn once it is late, or when nothing else is waited for; so does his period while it stands still.
    """
    notice = {name: t for name, t in case.assignments.items() if _in_background(t)}
    task = most_pressing({name: t for name, t in case.assignments.items() if name not in notice})
    if task is not None:
        return _of_task(task)
    behind = most_pressing(notice)
    until = behind.due_at if behind is not None and behind.step is Step.NOTICE else None
    beside = _of_procedures(case, rules, until) or _of_opinion(case, until)
    return beside or (_of_task(behind) if behind is not None else None)


def first_turn(about: About, kind: EvidenceRule, department: str) -> tuple[str, Step | None]:
    """Whose turn it is when a procedure beside the case begins, and the step whose time runs."""
    issuer = kind.issuer_name or zh.SOME_DEPARTMENT
    if isinstance(about, ReviewState):
        return department, Step.REVIEW
    if isinstance(about, CompletionState):
        return issuer, Step.COMPLETION
    who = zh.CONSULTED if about.route is Route.FLEXIBLE_DISPOSITION else zh.TURNS.get(about.route.value, issuer)
    return who, FIRST_STEPS.get(about.route)


def first_due(
    step: Step | None, long: LongPolicy, calendar: WorkingCalendar, now: datetime
) -> tuple[datetime | None, list[str]]:
    """Until when the first turn of a procedure that begins now is, and what the list says of it already."""
    if step is None:
        return None, []
    timetable = long.timetable(calendar)
    due = timetable.due(now, long.step(step).working_days).at
    return due, [zh.TAGS["due_soon"]] if _is_near(due, long.rungs, timetable, now) else []


_OWED = {"deferred_supply": "deferred", "commitment": "commitment", "paper_first": "paper"}


def _in_background(task: Assignment) -> bool:
    stands_still = task.step is Step.SUPPLEMENT and task.held_since is not None
    return stands_still or (task.step is Step.NOTICE and task.colour is None)


def _pressing(task: Assignment) -> tuple[int, datetime]:
    return (COLOURS.index(task.colour) if task.colour is not None else len(COLOURS), task.due_at)


def _is_near(due: datetime, rungs: Rungs, timetable: Timetable, now: datetime) -> bool:
    return timetable.shifted(due, -rungs.reminder_before) <= now


def _of_task(task: Assignment) -> Turn:
    unblocks = zh.UNBLOCKED.format(then=task.then)
    return Turn(who=task.assignee.name, task=task.task, unblocks=unblocks, since=task.opened_at, until=task.due_at)


def _of_procedures(case: Case, rules: ItemRules, until: datetime | None) -> Turn | None:
    """What open requirements wait for beside the case; the notice says until when it may."""
    for about in _under_way(case):
        kind = rules.evidence[about.evidence]
        route = about.route if isinstance(about, RouteState) else None
        if route is not None:
            word, who = zh.ROUTES[route.value], zh.TURNS.get(route.value) or kind.issuer_name or zh.SOME_DEPARTMENT
        else:
            word = zh.REVIEW_WORD if isinstance(about, ReviewState) else zh.COMPLETION_WORD
            who = first_turn(about, kind, rules.department_name)[0]
        return Turn(
            who=who,
            task=zh.TURN_OF_ROUTE.format(route=word, evidence=kind.name),
            unblocks=zh.UNBLOCKED_BY_ROUTE,
            since=about.opened_at if isinstance(about, RouteState) else None,
            until=until,
            route=route,
        )
    return None


def _of_opinion(case: Case, until: datetime | None) -> Turn | None:
    """Another department's opinion is all that is waited for."""
    out = next(iter(case.opinions_out), None)
    if out is None:
        return None
    who, since = out.department_name, out.asked_at
    return Turn(who=who, task=zh.TURN_OF_OPINION, unblocks=zh.UNBLOCKED_BY_ROUTE, since=since, until=until)


def _under_way(case: Case) -> Iterator[About]:
    for known in case.requirements.values():
        if known.standing is RequirementStanding.OPEN:
            yield from (route for route in known.routes if route.under_way)
            yield from (review for review in known.reviews if review.conclusion is None)
            yield from (completion for completion in known.completions if completion.completed is None)

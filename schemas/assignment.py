"""A task that waits on a person or a department: whose turn, by when, and what happens when nobody moves (pure).

One mechanism for every such wait: a budget of working days, a reminder, the colours 蓝 → 橙 → 红, each fired once and
each an event, and for some an end at which the case goes on without an answer.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from schemas.application import CommandRef
from schemas.base import Model, ShortText
from schemas.claim import CLAIM_BODIES, AssignmentClaimed, AssignmentHandedOver, AssignmentReleased, Claim, ClaimBody
from schemas.clock import county_date
from schemas.identifiers import Uscc
from schemas.intervention import (
    INTERVENTION_BODIES,
    AssignmentReminded,
    InterventionBody,
    OverrideConfirmed,
    OverrideKind,
    OverrideProposed,
    Proposal,
)
from schemas.notification_exchange import DeskId
from schemas.timetable import Due, Timetable


class Step(StrEnum):
    """环节: what is waited for."""

    NOTICE = "notice"
    """The window has to issue the one 补正告知, or to accept."""
    SUPPLEMENT = "supplement"
    """The applicant has to supply what the notice names."""
    CHOICE = "choice"
    """The applicant has to say which way he wants."""
    VERIFICATION = "verification"
    OPINION = "opinion"
    PAPER_CHECK = "paper_check"
    BACKFILL = "backfill"
    COMMITMENT_CHECK = "commitment_check"
    HEARING = "hearing"
    CONSEQUENCE = "consequence"
    RECTIFICATION = "rectification"
    DEFERRED_SUPPLY = "deferred_supply"
    ASSISTANCE = "assistance"
    PROPOSAL = "proposal"
    MORE_FACTS = "more_facts"
    CONCLUSION = "conclusion"
    DEPARTMENT_DECISION = "department_decision"
    CONDITION = "condition"
    REVIEW = "review"
    COMPLETION = "completion"
    ACCEPTANCE = "acceptance"
    DECISION = "decision"
    LATE_CHECK = "late_check"
    """An answer came after the decision: the department has to look, and nothing changes by itself."""


class Responsible(StrEnum):
    """Whose turn it is."""

    APPLICANT = "applicant"
    WINDOW = "window"
    DEPARTMENT = "department"
    COMMITTEE = "committee"
    HELPER = "helper"


class Rung(StrEnum):
    """What fires as a deadline nears and passes, in this order."""

    REMINDER = "reminder"
    BLUE = "blue"
    ORANGE = "orange"
    RED = "red"


COLOURS = (Rung.RED, Rung.ORANGE, Rung.BLUE)
"""The alarms, worst first."""


class Rungs(Model):
    """When the rungs fire: working days before due, and after it.  Inference of domain §8.3, hence a setting."""

    reminder_before: int = Field(default=1, ge=0, le=30)
    blue_after: int = Field(default=0, ge=0, le=30)
    orange_after: int = Field(default=1, ge=0, le=60)
    red_after: int = Field(default=2, ge=0, le=90)

    @model_validator(mode="after")
    def _worse_never_before_milder(self) -> Self:
        if not self.blue_after <= self.orange_after <= self.red_after:
            raise ValueError("须 blue_after ≤ orange_after ≤ red_after")
        return self

    def offset(self, rung: Rung) -> int:
        """Working days from due to the rung."""
        return {
            Rung.REMINDER: -self.reminder_before,
            Rung.BLUE: self.blue_after,
            Rung.ORANGE: self.orange_after,
            Rung.RED: self.red_after,
        }[rung]


class Assignee(Model):
    """Who has to act.  ``name`` is an office, ``recipients`` its desks in order: the first, then its substitutes."""

    responsible: Responsible
    name: ShortText
    department: Uscc | None = None
    recipients: tuple[DeskId, ...] = Field(default=(), max_length=20)


def of_department(name: str, department: str | None) -> Assignee:
    """A department has to act; ``department`` is ``None`` for one that is none of the county's."""
    return Assignee(responsible=Responsible.DEPARTMENT, name=name, department=department)


class AssignmentOpened(Model):
    """A task is somebody's from now on."""

    type: Literal["assignment_opened"] = "assignment_opened"
    assignment: str
    step: Step
    requirement: str | None
    assignee: Assignee
    task: ShortText
    then: ShortText
    """What happens when nobody moves, for people."""
    working_days: int = Field(ge=1)
    due_at: AwareDatetime
    due_provisional: bool
    calendar_version: str
    ends_at: AwareDatetime | None
    """When it is given up; ``None``: never by itself."""
    ends_provisional: bool = False
    counted_from: AwareDatetime | None = None
    """Where its period began, if not now."""
    gives_up_after: int | None = None


class RungFired(Model):
    """提醒, or an alarm of a colour."""

    type: Literal["rung_fired"] = "rung_fired"
    assignment: str
    rung: Rung


class EscalationDelivered(Model):
    """A reminder or alarm reached a desk; ``substituted_for`` are those that were away."""

    type: Literal["escalation_delivered"] = "escalation_delivered"
    assignment: str
    rung: Rung | None
    """``None``: the task itself was told."""
    recipient: str
    substituted_for: tuple[str, ...]
    channel: str


class EscalationFailed(Model):
    """Nobody could be reached: a matter for a supervisor."""

    type: Literal["escalation_failed"] = "escalation_failed"
    assignment: str
    rung: Rung | None
    reason: str


class AlarmAnnulled(Model):
    """A false alarm: both facts are kept, and it counts for nothing."""

    type: Literal["alarm_annulled"] = "alarm_annulled"
    command: CommandRef
    assignment: str
    rung: Rung
    reason: ShortText


class AssignmentReassigned(Model):
    """The task is another's."""

    type: Literal["assignment_reassigned"] = "assignment_reassigned"
    command: CommandRef
    assignment: str
    assignee: Assignee
    reason: ShortText


class DueChanged(Model):
    """The deadline moved, and its end with it: on a newly published calendar, because the step stood still, or with the
    clock of the case that it follows."""

    type: Literal["due_changed"] = "due_changed"
    assignment: str
    due_at: AwareDatetime
    due_provisional: bool
    calendar_version: str
    ends_at: AwareDatetime | None = None
    ends_provisional: bool = False
    held_days: int = 0
    """Working days beyond the step's budget so far: it stood still, or its clock was given more."""
    reason: Literal["calendar_published", "step_resumed", "clock_changed"]


class AssignmentHeld(Model):
    """中止: the step stands still; no rung fires meanwhile.  No statutory period is touched (law 11)."""

    type: Literal["assignment_held"] = "assignment_held"
    assignment: str
    reason: ShortText
    responsible: ShortText


class AssignmentClosed(Model):
    """Nobody has to act on it any more."""

    type: Literal["assignment_closed"] = "assignment_closed"
    assignment: str
    how: Literal["done", "withdrawn", "expired", "ended"]


AssignmentBody = (
    AssignmentOpened
    | RungFired
    | EscalationDelivered
    | EscalationFailed
    | AlarmAnnulled
    | AssignmentReassigned
    | DueChanged
    | AssignmentHeld
    | AssignmentClosed
    | ClaimBody
    | InterventionBody
)
ASSIGNMENT_BODIES = (
    AssignmentOpened,
    RungFired,
    EscalationDelivered,
    EscalationFailed,
    AlarmAnnulled,
    AssignmentReassigned,
    DueChanged,
    AssignmentHeld,
    AssignmentClosed,
    *CLAIM_BODIES,
    *INTERVENTION_BODIES,
)


class Fired(Model):
    """A rung that fired, and why it counts for nothing where it was annulled."""

    rung: Rung
    at: AwareDatetime
    annulled: str | None = None


class Assignment(Model):
    """A task as it stands."""

    assignment: str
    step: Step
    requirement: str | None
    assignee: Assignee
    task: str
    then: str
    working_days: int
    opened_at: AwareDatetime
    due_at: AwareDatetime
    due_provisional: bool
    calendar_version: str
    ends_at: AwareDatetime | None
    ends_provisional: bool = False
    counted_from: AwareDatetime | None = None
    gives_up_after: int | None = None
    opening: int = 1
    """How often a task of this id was opened."""
    handed_over: int = 0
    """How often it was given to other desks."""
    fired: tuple[Fired, ...] = ()
    held_since: AwareDatetime | None = None
    held_days: int = 0
    claim: Claim | None = None
    """Who has it in hand; it ends with the task."""
    reminded: int = 0
    """How often somebody had its desk reminded out of turn."""
    override: Proposal | None = None
    closed: str | None = None
    closed_at: AwareDatetime | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to act."""
        return self.closed is None

    @property
    def colour(self) -> Rung | None:
        """The worst alarm that was raised and not annulled."""
        raised = [f.rung for f in self.fired if f.annulled is None]
        return next((c for c in COLOURS if c in raised), None)

    def has_fired(self, rung: Rung) -> bool:
        """Whether the rung fired, annulled or not: it never fires again."""
        return any(f.rung is rung for f in self.fired)


class Moment(Model):
    """The next thing that happens to a task if nobody moves: a rung, or (``None``) its end."""

    at: AwareDatetime
    assignment: str
    rung: Rung | None


def opened(
    assignment: str,
    step: Step,
    assignee: Assignee,
    *,
    task: str,
    then: str,
    working_days: int,
    timetable: Timetable,
    now: datetime,
    requirement: str | None = None,
    gives_up_after: int | None = None,
    due: Due | None = None,
    ends_at: datetime | None = None,
) -> AssignmentOpened:
    """The event that opens a task now.

    ``working_days`` is its budget; ``gives_up_after`` ends it, never before it is due.  ``due``, and ``ends_at`` in
    place of ``gives_up_after``, are given where the period runs from another day than today.
    """
    reckoned = due or timetable.due(now, working_days)
    begun = now if due is None else timetable.shifted(due.at, -working_days)
    ends = Due(at=ends_at, provisional=reckoned.provisional) if ends_at is not None else None
    if ends is None and gives_up_after is not None:
        gives_up_after = max(gives_up_after, working_days)
        ends = timetable.due(begun, gives_up_after)
    return AssignmentOpened(
        assignment=assignment,
        step=step,
        requirement=requirement,
        assignee=assignee,
        task=task[:200],
        then=then[:200],
        working_days=working_days,
        due_at=reckoned.at,
        due_provisional=reckoned.provisional,
        calendar_version=timetable.calendar.version,
        ends_at=ends.at if ends is not None else None,
        ends_provisional=ends is not None and ends.provisional,
        counted_from=begun,
        gives_up_after=gives_up_after if ends_at is None else None,
    )


def apply_assignment(assignments: dict[str, Assignment], body: AssignmentBody, at: datetime) -> dict[str, Assignment]:
    """The tasks after one event about one of them."""
    if isinstance(body, AssignmentOpened):
        before = assignments.get(body.assignment)
        task = Assignment(
            opened_at=at,
            opening=before.opening + 1 if before is not None else 1,
            **{n: getattr(body, n) for n in type(body).model_fields if n != "type"},
        )
        return assignments | {body.assignment: task}
    task = assignments[body.assignment]
    update: dict[str, object]
    match body:
        case RungFired():
            update = {"fired": (*task.fired, Fired(rung=body.rung, at=at))}
        case AlarmAnnulled():
            update = {
                "fired": tuple(
                    f.model_copy(update={"annulled": body.reason}) if f.rung is body.rung else f for f in task.fired
                )
            }
        case AssignmentReassigned():
            update = {"assignee": body.assignee, "handed_over": task.handed_over + 1, "claim": None}
        case DueChanged():
            update = {
                "due_at": body.due_at,
                "due_provisional": body.due_provisional,
                "calendar_version": body.calendar_version,
                "ends_at": body.ends_at,
                "ends_provisional": body.ends_provisional,
                "held_days": body.held_days,
                "held_since": task.held_since if body.reason == "calendar_published" else None,
            }
        case AssignmentHeld():
            update = {"held_since": task.held_since or at}
        case AssignmentClosed():
            update = {"closed": body.how, "closed_at": at, "claim": None, "override": None}
        case AssignmentClaimed():
            update = {"claim": Claim(by=body.by, at=at)}
        case AssignmentReleased():
            update = {"claim": None}
        case AssignmentHandedOver():
            update = {"claim": Claim(by=body.to, at=at)}
        case AssignmentReminded():
            update = {"reminded": task.reminded + 1}
        case OverrideProposed():
            update = {"override": _proposal(body, at)}
        case OverrideConfirmed():
            update = _overridden(task, body)
        case _:
            return assignments
    return assignments | {body.assignment: task.model_copy(update=update)}


def _proposal(body: OverrideProposed, at: datetime) -> Proposal:
    return Proposal(
        command_id=body.command.command_id,
        kind=body.kind,
        working_days=body.working_days,
        reason=body.reason,
        by=body.by,
        at=at,
    )


def _overridden(task: Assignment, body: OverrideConfirmed) -> dict[str, object]:
    more = body.working_days or 0
    ends = task.gives_up_after if body.kind is OverrideKind.EXTEND else None
    return {
        "override": None,
        "working_days": task.working_days + more,
        "gives_up_after": ends + more if ends is not None else None,
        "due_at": body.due_at,
        "due_provisional": body.due_provisional,
        "ends_at": body.ends_at,
        "ends_provisional": body.ends_provisional,
    }


def next_moment(assignments: dict[str, Assignment], rungs: Rungs, timetable: Timetable) -> Moment | None:
    """What happens next if nobody moves; ``None`` when nothing is waited for."""
    moments = [m for task in assignments.values() for m in moments_of(task, rungs, timetable)]
    return min(moments, key=lambda m: m.at, default=None)


def moments_of(task: Assignment, rungs: Rungs, timetable: Timetable) -> list[Moment]:
    """The next rung of a task and its end, as far as they are still to come.

    A reminder whose moment lay before the task began is left out: there was no time to be reminded of.
    """
    if not task.open or task.held_since is not None:
        return []
    found: list[Moment] = []
    for rung in Rung:
        at = timetable.shifted(task.due_at, rungs.offset(rung))
        passed_over = rung is Rung.REMINDER and at <= task.opened_at
        if not task.has_fired(rung) and not passed_over:
            found.append(Moment(at=at, assignment=task.assignment, rung=rung))
            break
    if task.ends_at is not None:
        found.append(Moment(at=task.ends_at, assignment=task.assignment, rung=None))
    return found


def worst_colour(assignments: dict[str, Assignment]) -> Rung | None:
    """The worst alarm among the open tasks."""
    raised = [task.colour for task in assignments.values() if task.open]
    return next((c for c in COLOURS if c in raised), None)


def resumed(task: Assignment, timetable: Timetable, now: datetime) -> DueChanged:
    """A held step goes on: its deadline and its end move by the working days it stood still.

    As with every period the day on which it was held is not counted, and the day on which it goes on is.
    """
    since = task.held_since or now
    if timetable.working_day_seconds is not None:
        still = now - since
        return DueChanged(
            assignment=task.assignment,
            due_at=task.due_at + still,
            due_provisional=False,
            calendar_version=task.calendar_version,
            ends_at=task.ends_at + still if task.ends_at is not None else None,
            reason="step_resumed",
        )
    held_days = task.held_days + timetable.calendar.worked(county_date(since), county_date(now))
    return _moved(task, timetable, held_days, "step_resumed")


def recomputed(task: Assignment, timetable: Timetable) -> DueChanged | None:
    """A provisional deadline or end under another calendar; ``None`` where nothing is known better now."""
    provisional = task.due_provisional or task.ends_provisional
    if not (task.open and provisional) or timetable.calendar.version == task.calendar_version:
        return None
    return _moved(task, timetable, task.held_days, "calendar_published")


def unsettled(task: Assignment, rungs: Rungs, timetable: Timetable) -> bool:
    """Whether something of a task still to come lies where the calendar is not published: what it says may change."""
    if timetable.working_day_seconds is not None:
        return False
    coming = moments_of(task, rungs, timetable)
    last = timetable.shifted(task.due_at, rungs.red_after)
    return bool(coming) and any(timetable.beyond_calendar(at) for at in (last, *(m.at for m in coming)))


def _moved(
    task: Assignment, timetable: Timetable, held_days: int, reason: Literal["calendar_published", "step_resumed"]
) -> DueChanged:
    begun = task.counted_from or task.opened_at
    due = timetable.due(begun, task.working_days + held_days)
    ends: Due | None = None
    if task.gives_up_after is not None:
        ends = timetable.due(begun, task.gives_up_after + held_days)
    elif task.ends_at is not None:
        ends = Due(at=due.at + (task.ends_at - task.due_at), provisional=due.provisional)
    return DueChanged(
        assignment=task.assignment,
        due_at=due.at,
        due_provisional=due.provisional,
        calendar_version=timetable.calendar.version,
        ends_at=ends.at if ends is not None else None,
        ends_provisional=ends is not None and ends.provisional,
        held_days=held_days,
        reason=reason,
    )

"""干预: who may press on, and who may change what comes of a task, with whom (pure).

Pressing on changes no outcome and is the supervisors' and 管委会's.  What changes one belongs to the deciding
department or 管委会 and takes two persons: the proposer never decides (law 12).  Neither passes an adverse review, a
missing consent or a missing consultation: such tasks are not among those that can be given up at all.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from schemas.application import Act, Actor, CommandId, command_ref
from schemas.assignment import Assignment, Step
from schemas.base import Model
from schemas.codes import ActorKind
from schemas.errors import FieldError
from schemas.intervention import AssignmentReminded, OverrideConfirmed, OverrideKind, OverrideProposed, RetryAsked
from schemas.stream import StreamState
from schemas.supervision import Reason
from schemas.texts import zh
from schemas.timetable import Timetable

PRESSING = (ActorKind.SUPERVISOR, ActorKind.COMMITTEE)
GIVEN_UP = (Step.VERIFICATION, Step.ASSISTANCE)
"""Waits after which the ladder goes on by itself [三(三), 四(五)].  Not: a review (law 5), an opinion, a conclusion, a
hearing, the applicant's choice or his supply, any check of what was provisionally believed, any act of acceptance or
decision: to give those up would pass a person whose word is wanted."""
EXTENDED = (
    Step.VERIFICATION,
    Step.OPINION,
    Step.PAPER_CHECK,
    Step.BACKFILL,
    Step.COMMITMENT_CHECK,
    Step.ASSISTANCE,
    Step.PROPOSAL,
    Step.MORE_FACTS,
    Step.CONCLUSION,
    Step.REVIEW,
    Step.COMPLETION,
    Step.LATE_CHECK,
)
"""环节时限, the office's own.  Not: what the law or a promise to the applicant has fixed (补正告知, 受理, 决定, 容缺,
整改, 听证): those have acts of their own."""
STEPS = {OverrideKind.EXTEND: EXTENDED, OverrideKind.NEXT_RUNG: GIVEN_UP}


class Remind(Model):
    """Update ``remind``: whoever has to act is reminded again."""

    command_id: CommandId
    actor: Actor
    assignment: str
    reason: Reason


class RetryNow(Model):
    """Update ``retry_now``: what is being retried is tried at once; the door wakes it, this is the record."""

    command_id: CommandId
    actor: Actor
    reason: Reason


class ProposeOverride(Model):
    """Update ``propose_override``: one person wants a task extended, or its wait given up."""

    command_id: CommandId
    actor: Actor
    assignment: str
    kind: OverrideKind
    working_days: int | None = Field(default=None, ge=1, le=30)
    """How many more; for ``extend``."""
    reason: Reason


class ConfirmOverride(Model):
    """Update ``confirm_override``: another person agrees, and it takes effect."""

    command_id: CommandId
    actor: Actor
    assignment: str
    proposal: CommandId
    """The ``command_id`` of the proposal that is meant: not one that took its place."""
    reason: Reason


def check_reminder(state: StreamState, act: Remind) -> tuple[FieldError, ...]:
    """Only who presses on, and only about what somebody has to do."""
    return _pressing(act.actor) or _at_work(state, act.assignment)


def reminded(act: Remind) -> AssignmentReminded:
    """The event of a reminder."""
    return AssignmentReminded(command=command_ref(Act.REMIND, act), assignment=act.assignment, reason=act.reason)


def check_retry(state: StreamState, act: RetryNow) -> tuple[FieldError, ...]:
    """Only who presses on."""
    return _pressing(act.actor) or ((_error("command_id", "conversation_ended"),) if state.ended else ())


def retry_asked(act: RetryNow) -> RetryAsked:
    """The event of wanting a retry."""
    return RetryAsked(command=command_ref(Act.RETRY_NOW, act), reason=act.reason)


def check_proposal(state: StreamState, deciding: tuple[str, ...], act: ProposeOverride) -> tuple[FieldError, ...]:
    """Who may change an outcome, and which task can be changed so."""
    if errors := _may_override(deciding, act.actor) or _at_work(state, act.assignment):
        return errors
    if (act.working_days is None) is (act.kind is OverrideKind.EXTEND):
        return (_error("working_days", "working_days_of_extension"),)
    return _possible(state.assignments[act.assignment], act.kind)


def proposed(act: ProposeOverride) -> OverrideProposed:
    """The event of a proposal."""
    return OverrideProposed(
        command=command_ref(Act.PROPOSE_OVERRIDE, act),
        assignment=act.assignment,
        kind=act.kind,
        working_days=act.working_days,
        reason=act.reason,
        by=act.actor,
    )


def check_confirmation(state: StreamState, deciding: tuple[str, ...], act: ConfirmOverride) -> tuple[FieldError, ...]:
    """As for the proposal, by another person than the proposer, about that very proposal."""
    if errors := _may_override(deciding, act.actor) or _at_work(state, act.assignment):
        return errors
    task = state.assignments[act.assignment]
    if task.override is None or task.override.command_id != act.proposal:
        return (_error("proposal", "no_such_proposal"),)
    if task.override.by.actor_id == act.actor.actor_id:
        return (_error("actor.actor_id", "confirmer_is_proposer"),)
    return _possible(task, task.override.kind)


def confirmed(task: Assignment, act: ConfirmOverride, timetable: Timetable, now: datetime) -> OverrideConfirmed:
    """The event of a confirmation that may be given: the deadline and the end as they are from now on."""
    said = task.override
    assert said is not None  # noqa: S101 - checked before
    due_at, due_provisional = task.due_at, task.due_provisional
    ends_at, ends_provisional = task.ends_at, task.ends_provisional
    if said.kind is OverrideKind.NEXT_RUNG:
        ends_at, ends_provisional = now, False
    elif said.working_days is not None:
        due_at = timetable.shifted(task.due_at, said.working_days)
        due_provisional = due_provisional or timetable.beyond_calendar(due_at)
        if ends_at is not None:
            ends_at = timetable.shifted(ends_at, said.working_days)
            ends_provisional = ends_provisional or timetable.beyond_calendar(ends_at)
    return OverrideConfirmed(
        command=command_ref(Act.CONFIRM_OVERRIDE, act),
        assignment=act.assignment,
        proposal=said.command_id,
        kind=said.kind,
        working_days=said.working_days,
        reason=act.reason,
        by=act.actor,
        due_at=due_at,
        due_provisional=due_provisional,
        ends_at=ends_at,
        ends_provisional=ends_provisional,
    )


# --- pieces ------------------------------------------------------------------------------------------------------


def _pressing(actor: Actor) -> tuple[FieldError, ...]:
    return () if actor.kind in PRESSING else (_error("actor.kind", "not_a_supervisor"),)


def _may_override(deciding: tuple[str, ...], actor: Actor) -> tuple[FieldError, ...]:
    if actor.kind is ActorKind.COMMITTEE:
        return ()
    if actor.kind is not ActorKind.DEPARTMENT:
        return (_error("actor.kind", "deciding_or_committee"),)
    return () if actor.department in deciding else (_error("actor.department", "deciding_or_committee"),)


def _at_work(state: StreamState, assignment: str) -> tuple[FieldError, ...]:
    task = state.assignments.get(assignment)
    if state.ended:
        return (_error("assignment", "conversation_ended"),)
    if task is None:
        return (_error("assignment", "unknown_assignment"),)
    return () if task.open else (_error("assignment", "assignment_closed"),)


def _possible(task: Assignment, kind: OverrideKind) -> tuple[FieldError, ...]:
    if task.step not in STEPS[kind]:
        return (_error("kind", "step_not_overridden"),)
    if task.held_since is not None:
        return (_error("assignment", "task_held"),)
    if kind is OverrideKind.NEXT_RUNG and task.ends_at is None:
        return (_error("kind", "never_given_up"),)
    return ()


def _error(field: str, code: str) -> FieldError:
    return FieldError(field=field, code=code, message=zh.ACT_ERRORS[code])

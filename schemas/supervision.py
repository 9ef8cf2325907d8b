"""督办: what a supervisor may do to a task.  He presses on; what changes an outcome belongs to others."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from schemas.application import Actor, CommandId
from schemas.assignment import Assignee, Assignment, Rung
from schemas.base import Model, ShortText
from schemas.codes import ActorKind
from schemas.errors import FieldError
from schemas.identifiers import refuse_resident_id
from schemas.notification_exchange import DeskId
from schemas.stream import StreamState
from schemas.texts import zh

Reason = Annotated[ShortText, AfterValidator(refuse_resident_id)]


class AnnulAlarm(Model):
    """Update ``annul_alarm``: a false alarm is annulled; both facts are kept and it counts for nothing."""

    command_id: CommandId
    actor: Actor
    assignment: str
    rung: Rung
    reason: Reason


class Reassign(Model):
    """Update ``reassign``: the task goes to another desk of the same office."""

    command_id: CommandId
    actor: Actor
    assignment: str
    recipients: tuple[DeskId, ...] = Field(max_length=20)
    reason: Reason


def check_annulment(state: StreamState, act: AnnulAlarm) -> tuple[FieldError, ...]:
    """Only a supervisor annuls, and only an alarm that was raised and still counts."""
    task = state.assignments.get(act.assignment)
    if errors := _supervisor(act.actor) or _still_kept(state) or _known(task):
        return errors
    raised = [f for f in task.fired if f.rung is act.rung] if task is not None else []
    if not raised:
        return (_error("rung", "alarm_not_raised"),)
    return (_error("rung", "alarm_annulled_already"),) if raised[0].annulled is not None else ()


def check_reassignment(state: StreamState, act: Reassign) -> tuple[FieldError, ...]:
    """Only a supervisor hands a task over, and only one that is open."""
    task = state.assignments.get(act.assignment)
    if errors := _supervisor(act.actor) or _still_kept(state) or _known(task):
        return errors
    if task is not None and not task.open:
        return (_error("assignment", "assignment_closed"),)
    return () if act.recipients else (_error("recipients", "recipients_missing"),)


def reassigned(task: Assignment, act: Reassign) -> Assignee:
    """The office stays; its desks are others."""
    return task.assignee.model_copy(update={"recipients": act.recipients})


def _supervisor(actor: Actor) -> tuple[FieldError, ...]:
    return () if actor.kind is ActorKind.SUPERVISOR else (_error("actor.kind", "not_a_supervisor"),)


def _still_kept(state: StreamState) -> tuple[FieldError, ...]:
    return (_error("assignment", "conversation_ended"),) if state.ended else ()


def _known(task: Assignment | None) -> tuple[FieldError, ...]:
    return () if task is not None else (_error("assignment", "unknown_assignment"),)


def _error(field: str, code: str) -> FieldError:
    return FieldError(field=field, code=code, message=zh.ACT_ERRORS[code])

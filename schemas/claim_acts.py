"""认领、放回、移交: what the people of an office do among themselves about a task (pure).

A claim says who has it in hand, so that two do not work on one thing.  It changes neither whose turn it is nor the
deadline, and it keeps nobody of the office from acting: what an act is lawful for is asked of the act (law 14).
"""

from __future__ import annotations

from schemas.application import Act, Actor, CommandId, OpaqueId, command_ref
from schemas.assignment import Assignment, Responsible
from schemas.base import Model
from schemas.claim import AssignmentClaimed, AssignmentHandedOver, AssignmentReleased, ClaimBody
from schemas.codes import ActorKind
from schemas.errors import FieldError
from schemas.stream import StreamState
from schemas.supervision import Reason
from schemas.texts import zh

STAFF = (ActorKind.CLERK, ActorKind.DEPARTMENT)
MAY_CLAIM: dict[Responsible, tuple[ActorKind, ...]] = {
    Responsible.APPLICANT: (),
    Responsible.WINDOW: STAFF,
    Responsible.DEPARTMENT: STAFF,
    Responsible.COMMITTEE: (ActorKind.COMMITTEE,),
    Responsible.HELPER: (ActorKind.CASE_HELPER, ActorKind.CLERK),
}
"""As what somebody may take a task in hand, by whose turn it is.  The applicant's turn is nobody else's; the window
stands in for a helper (``schemas.assistance.check_window``)."""


class ClaimTask(Model):
    """Update ``claim_task``: I take it in hand."""

    command_id: CommandId
    actor: Actor
    assignment: str


class ReleaseTask(Model):
    """Update ``release_task``: it goes back to the office; a supervisor releases what another has, with a reason."""

    command_id: CommandId
    actor: Actor
    assignment: str
    reason: Reason | None = None


class HandOverTask(Model):
    """Update ``hand_over_task``: a colleague of the same office takes it in hand."""

    command_id: CommandId
    actor: Actor
    assignment: str
    to: OpaqueId
    """The colleague's number; he is of the same office, in the same role."""
    reason: Reason


ClaimAct = ClaimTask | ReleaseTask | HandOverTask


def check_claim(state: StreamState, act: ClaimAct) -> tuple[FieldError, ...]:
    """What keeps it from being done."""
    task = state.assignments.get(act.assignment)
    if state.ended:
        return (_error("assignment", "conversation_ended"),)
    if task is None:
        return (_error("assignment", "unknown_assignment"),)
    match act:
        case ClaimTask():
            return _of_office(task, act.actor) or _open(task) or _free(task, act.actor)
        case ReleaseTask() if act.actor.kind is ActorKind.SUPERVISOR:
            return _open(task) or _in_hand(task) or (() if act.reason else (_error("reason", "reason_missing"),))
        case ReleaseTask():
            return _of_office(task, act.actor) or _open(task) or _in_own_hand(task, act.actor)
        case HandOverTask():
            own = _of_office(task, act.actor) or _open(task) or _in_own_hand(task, act.actor)
            return own or ((_error("to", "handed_over_to_oneself"),) if act.to == act.actor.actor_id else ())


def claim_body(act: ClaimAct) -> ClaimBody:
    """The event of an act that may be done."""
    match act:
        case ClaimTask():
            ref = command_ref(Act.CLAIM_TASK, act)
            return AssignmentClaimed(command=ref, assignment=act.assignment, by=act.actor)
        case ReleaseTask():
            ref = command_ref(Act.RELEASE_TASK, act)
            return AssignmentReleased(command=ref, assignment=act.assignment, reason=act.reason)
        case HandOverTask():
            ref = command_ref(Act.HAND_OVER_TASK, act)
            to = act.actor.model_copy(update={"actor_id": act.to})
            return AssignmentHandedOver(command=ref, assignment=act.assignment, to=to, reason=act.reason)


# --- pieces ------------------------------------------------------------------------------------------------------


def _of_office(task: Assignment, actor: Actor) -> tuple[FieldError, ...]:
    """Only somebody of the department or body whose turn it is; a task of nobody of the county's is nobody's."""
    assignee = task.assignee
    if actor.kind not in MAY_CLAIM[assignee.responsible]:
        return (_error("actor.kind", "not_of_the_office"),)
    if assignee.department is None or actor.department != assignee.department:
        return (_error("actor.department", "not_of_the_office"),)
    return ()


def _open(task: Assignment) -> tuple[FieldError, ...]:
    return () if task.open else (_error("assignment", "assignment_closed"),)


def _free(task: Assignment, actor: Actor) -> tuple[FieldError, ...]:
    if task.claim is None:
        return ()
    return (_error("assignment", "claimed_already" if _same(task.claim.by, actor) else "claimed_by_another"),)


def _in_hand(task: Assignment) -> tuple[FieldError, ...]:
    return () if task.claim is not None else (_error("assignment", "not_claimed"),)


def _in_own_hand(task: Assignment, actor: Actor) -> tuple[FieldError, ...]:
    if errors := _in_hand(task):
        return errors
    claim = task.claim
    mine = claim is not None and _same(claim.by, actor)
    return () if mine else (_error("assignment", "claimed_by_another"),)


def _same(one: Actor, other: Actor) -> bool:
    """One person; as what he acts may differ between his roles."""
    return (one.actor_id, one.department) == (other.actor_id, other.department)


def _error(field: str, code: str) -> FieldError:
    return FieldError(field=field, code=code, message=zh.ACT_ERRORS[code])

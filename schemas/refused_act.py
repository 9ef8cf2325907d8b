"""An act that came to a conversation which has ended: refused, and kept in a stream of its own (law 14).

What has ended takes no update any more, so the refusal is recorded beside it, under the same case.
"""

from __future__ import annotations

from typing import Protocol

from schemas.application import Act, Actor, Command, CommandRef, callback_ref, command_ref
from schemas.assistance_exchange import AssistanceCallback
from schemas.base import Model
from schemas.codes import ActorKind
from schemas.collaboration_exchange import CollaborationCallback
from schemas.errors import FieldError
from schemas.identifiers import ApplicationNo
from schemas.stream import ActRefused, ImpossibleEvent, Recorded, StreamState, folding
from schemas.texts import zh


class StaffAct(Command, Protocol):
    """An act of a person or system that says who it is."""

    @property
    def actor(self) -> Actor:
        """Who does it."""


AnyAct = StaffAct | CollaborationCallback | AssistanceCallback


class RefusedActStart(Model):
    """What ``RefusedActWorkflow`` is started with."""

    stream: str
    application_no: ApplicationNo
    command: CommandRef
    actor: Actor
    errors: tuple[FieldError, ...]
    ledger_queue: str | None = None


class RefusedAct(Model):
    """What it gives back: which act was refused, and why; the same act again gives the same."""

    command: CommandRef
    errors: tuple[FieldError, ...]


class RefusedActState(StreamState):
    """A stream of one event."""

    @property
    def ended(self) -> bool:
        """Nothing follows a refusal."""
        return True


def _begin(event: Recorded) -> RefusedActState:
    if not isinstance(event.body, ActRefused):
        raise ImpossibleEvent(f"a refused act begins with act_refused, not {event.body.type}")
    return RefusedActState(application_no=event.application_no)


def _step(state: RefusedActState, event: Recorded) -> RefusedActState:
    return state


apply = folding(_begin, _step)
"""One event further in the stream of a refused act."""


def refused_stream(workflow_id: str, command_id: str) -> str:
    """Workflow id under which a refusal is kept: one for each act sent to what has ended."""
    return f"refused/{workflow_id}/{command_id}"


def refusal_after_end(
    workflow_id: str, application_no: str, act: AnyAct, ref: CommandRef, ledger_queue: str | None
) -> RefusedActStart:
    """The refusal of an act that came after the end."""
    field = "key" if isinstance(act, (CollaborationCallback, AssistanceCallback)) else "command_id"
    code = "conversation_ended"
    return RefusedActStart(
        stream=refused_stream(workflow_id, ref.command_id),
        application_no=application_no,
        command=ref,
        actor=actor_of(act),
        errors=(FieldError(field=field, code=code, message=zh.ACT_ERRORS[code]),),
        ledger_queue=ledger_queue,
    )


def ref_of(update: str, act: AnyAct) -> CommandRef:
    """The reference of an act that is sent by an update of this name.  Raises ValueError where no act has the name."""
    if isinstance(act, (CollaborationCallback, AssistanceCallback)):
        return callback_ref(Act(update), act)
    return command_ref(Act(update), act)


def actor_of(act: AnyAct) -> Actor:
    """Who did it; for what a platform brings, the department or the helper that it names."""
    if isinstance(act, CollaborationCallback):
        return Actor(kind=ActorKind.DEPARTMENT, actor_id=act.message_id, department=act.department)
    if isinstance(act, AssistanceCallback):
        kind = ActorKind.CASE_HELPER if act.helper is not None else ActorKind.PLATFORM
        return Actor(kind=kind, actor_id=act.helper or act.message_id)
    return act.actor

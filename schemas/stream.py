"""What every stream has in common: acts answered once, tasks of people with deadlines, and the order of events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from pydantic import Field

from schemas.application import Act, Actor, CommandRef
from schemas.assignment import ASSIGNMENT_BODIES, Assignment, apply_assignment
from schemas.base import Model
from schemas.errors import FieldError
from schemas.intervention import RetryAsked


class Recorded(Protocol):
    """An event as a fold sees it; ``schemas.events.Event`` is one.  What its body is, the fold of its stream knows."""

    @property
    def stream(self) -> str:
        """The stream it stands in."""

    @property
    def application_no(self) -> str:
        """The case it belongs to."""

    @property
    def sequence(self) -> int:
        """Its place in the stream, from 0."""

    @property
    def occurred_at(self) -> datetime:
        """Workflow time, UTC."""

    @property
    def actor(self) -> Actor:
        """Who did it."""

    @property
    def body(self) -> Any:
        """What happened."""


class ActRefused(Model):
    """An act that matters in law came and was refused; it changes nothing and is kept."""

    type: Literal["act_refused"] = "act_refused"
    command: CommandRef | None
    """``None`` for what came with the application."""
    act: Act
    errors: tuple[FieldError, ...]


class AnsweredCommand(Model):
    """An act that was done, or refused with what was wrong."""

    command: CommandRef
    errors: tuple[FieldError, ...] = ()


class StreamState(Model):
    """The part of a state that is the same in every stream."""

    application_no: str
    commands: dict[str, AnsweredCommand] = Field(default_factory=dict)
    """The acts already answered, by id."""
    assignments: dict[str, Assignment] = Field(default_factory=dict)
    """Every task of a person or department, open and closed, by id."""
    sequence: int = 0
    """Sequence of the last event folded in."""

    @property
    def ended(self) -> bool:
        """Whether nothing more can change the outcome."""
        return False


S = TypeVar("S", bound=StreamState)


class ImpossibleEvent(Exception):
    """An event that does not fit the state: a defect, never bad input."""


def folding(begin: Callable[[Recorded], S], step: Callable[[S, Recorded], S]) -> Callable[[S | None, Recorded], S]:
    """The fold of a stream: ``begin`` makes the state of the first event, ``step`` changes it by every other.

    Order, refused acts and assignments are looked after here.  The fold raises ImpossibleEvent for what cannot follow.
    """

    def apply(state: S | None, event: Recorded) -> S:
        if state is None:
            if event.sequence != 0:
                raise ImpossibleEvent(f"{event.stream} begins at {event.sequence}")
            return begin(event)
        check_order(state, event)
        body = event.body
        if isinstance(body, ActRefused):
            changed = answered(state, body.command, body.errors)
        elif isinstance(body, RetryAsked):
            changed = answered(state, body.command)
        elif isinstance(body, ASSIGNMENT_BODIES):
            assignments = apply_assignment(state.assignments, body, event.occurred_at)
            changed = state.model_copy(update={"assignments": assignments})
            changed = answered(changed, getattr(body, "command", None))
        else:
            changed = step(answered(state, getattr(body, "command", None)), event)
        return changed.model_copy(update={"sequence": event.sequence})

    return apply


def check_order(state: StreamState, event: Recorded) -> None:
    """Raise ImpossibleEvent for an event of another case, out of order, or after the end."""
    if event.application_no != state.application_no:
        raise ImpossibleEvent(f"an event of {event.application_no} in the stream of {state.application_no}")
    if event.sequence != state.sequence + 1:
        raise ImpossibleEvent(f"sequence {event.sequence} after {state.sequence}")
    if state.ended and not isinstance(event.body, ActRefused):
        raise ImpossibleEvent(f"{event.body.type} after the end")


def answered(state: S, command: CommandRef | None, errors: tuple[FieldError, ...] = ()) -> S:
    """The state in which a command is answered; one that is answered already keeps its first answer."""
    if command is None or command.command_id in state.commands:
        return state
    record = AnsweredCommand(command=command, errors=errors)
    return state.model_copy(update={"commands": state.commands | {command.command_id: record}})

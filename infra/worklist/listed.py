"""What the lists hold: rows as they are read, what may be filtered by, and where a page ends."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from schemas.application import OpaqueId
from schemas.assignment import Responsible, Rung, Step
from schemas.base import Model
from schemas.identifiers import ApplicationNo, Uscc


def _written_out(value: Any) -> Any:
    """A moment is written out, never a number of seconds: what a number means, nobody sees.  Raises ValueError."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-", value)):
        raise ValueError("须写作 2026-03-02T09:30:00+08:00")
    return value


def _within_reach(value: datetime) -> datetime:
    """A database and other time zones have to be able to hold it.  Raises ValueError."""
    if not 1900 <= value.year < 9000:
        raise ValueError("须在 1900 年至 8999 年之间")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_within_reach)]


class Sort(StrEnum):
    """In which order tasks are listed."""

    DUE = "due"
    """What is due first."""
    COLOUR = "colour"
    """The worst alarm first, then what is due first."""
    OPENED = "opened"
    """What was opened first."""


class ListedTask(Model):
    """A task as a list shows it."""

    task_id: str
    """Names the task in addresses: what ``stream`` and ``assignment`` say, in characters an address can hold."""
    stream: str
    """In the ledger."""
    assignment: str
    workflow: str
    """The workflow that waits: acts about it go there."""
    application_no: str
    """The case it belongs to; of several that share it, the first that the reader may see."""
    item_code: str | None
    item_name: str | None
    deciding: str | None
    """The deciding department of that case, and its name."""
    deciding_name: str | None
    step: Step
    requirement: str | None
    responsible: Responsible
    who: str
    department: str | None
    """Whose turn it is; ``None`` for nobody of the county's."""
    recipients: tuple[str, ...]
    task: str
    follows: str
    """What happens when nobody moves."""
    opened_at: AwareDatetime
    due_at: AwareDatetime
    due_provisional: bool
    ends_at: AwareDatetime | None
    colour: Rung | None
    held_since: AwareDatetime | None
    claimed_by: str | None
    claimed_at: AwareDatetime | None
    closed: str | None
    closed_at: AwareDatetime | None


class ListedApplication(Model):
    """A case as a list shows it."""

    application_no: str
    item_code: str
    item_name: str | None
    department: str | None
    department_name: str | None
    taken_in_by: str | None
    mode: str
    stage: str
    decision: str | None
    standings: dict[str, int]
    received_at: AwareDatetime
    accepted_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class TaskFilters(Model):
    """Which tasks; only open ones are listed."""

    application_no: ApplicationNo | None = None
    department: Uscc | None = None
    """Whose turn it is."""
    step: Step | None = None
    colour: Rung | None = None
    responsible: Responsible | None = None
    claimed_by: OpaqueId | None = None
    unclaimed: bool = False
    due_before: Moment | None = None


class ApplicationFilters(Model):
    """Which cases."""

    number: str | None = None
    """What the number begins with."""
    item_code: str | None = None
    department: Uscc | None = None
    stage: str | None = None
    ended: bool | None = None
    received_from: Moment | None = None
    received_before: Moment | None = None


def task_id_of(stream: str, assignment: str) -> str:
    """The name of a task in addresses."""
    return base64.urlsafe_b64encode(f"{stream}\n{assignment}".encode()).decode().rstrip("=")


def task_place(task_id: str) -> tuple[str, str]:
    """Stream and assignment of a task.  Raises LookupError for what names none."""
    try:
        said = base64.urlsafe_b64decode(task_id + "=" * (-len(task_id) % 4)).decode()
    except ValueError:
        raise LookupError(task_id) from None
    stream, found, assignment = said.partition("\n")
    if not found or "\x00" in said or task_id_of(stream, assignment) != task_id:
        raise LookupError(task_id)
    return stream, assignment


class BadCursor(ValueError):
    """Not a cursor of ours, or one of another order."""


_PLACE: TypeAdapter[list[Any]] = TypeAdapter(list[str | int])
_KINDS: dict[type, TypeAdapter[Any]] = {
    datetime: TypeAdapter(Moment),
    int: TypeAdapter(Annotated[int, Field(ge=-(2**15), lt=2**15)]),
    str: TypeAdapter(Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]),
}
"""What the database takes: whoever makes up a cursor is told so."""


def cursor_of(order: str, place: list[Any]) -> str:
    """Where a page ends: the values by which its last row is ordered."""
    return base64.urlsafe_b64encode(json.dumps([order, *place], ensure_ascii=False).encode()).decode().rstrip("=")


def place_of(order: str, cursor: str, kinds: tuple[type, ...]) -> list[Any]:
    """The values a page goes on from.  Raises BadCursor."""
    try:
        said, *place = _PLACE.validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if said != order or len(place) != len(kinds):
            raise BadCursor
        return [_KINDS[kind].validate_python(value) for kind, value in zip(kinds, place, strict=True)]
    except (ValueError, ValidationError):
        raise BadCursor from None

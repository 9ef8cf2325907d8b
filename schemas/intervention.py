"""干预: what is done to a task by those who press on, and by those who may change what comes of it (events)."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from schemas.application import Actor, CommandRef
from schemas.base import Model, ShortText


class OverrideKind(StrEnum):
    """What changes an outcome, and therefore wants a second person."""

    EXTEND = "extend"
    """More working days for the task; no period of the law is touched (law 11)."""
    NEXT_RUNG = "next_rung"
    """Its wait is given up now, as at its own end; what follows is what always follows, consents included."""


class Proposal(Model):
    """An override that somebody proposed and nobody has confirmed."""

    command_id: str
    kind: OverrideKind
    working_days: int | None
    reason: str
    by: Actor
    at: AwareDatetime


class AssignmentReminded(Model):
    """催办: whoever has to act is reminded again, out of turn."""

    type: Literal["assignment_reminded"] = "assignment_reminded"
    command: CommandRef
    assignment: str
    reason: ShortText


class RetryAsked(Model):
    """Somebody wants what a platform or the ledger did not take to be tried again at once."""

    type: Literal["retry_asked"] = "retry_asked"
    command: CommandRef
    reason: ShortText


class OverrideProposed(Model):
    """One person proposes; nothing changes yet.  A later proposal takes the place of this one."""

    type: Literal["override_proposed"] = "override_proposed"
    command: CommandRef
    assignment: str
    kind: OverrideKind
    working_days: int | None = Field(ge=1)
    reason: ShortText
    by: Actor


class OverrideConfirmed(Model):
    """A second person confirms, and it takes effect: the deadline and the end of the task are these."""

    type: Literal["override_confirmed"] = "override_confirmed"
    command: CommandRef
    assignment: str
    proposal: str
    """The command that proposed it."""
    kind: OverrideKind
    working_days: int | None
    reason: ShortText
    by: Actor
    due_at: AwareDatetime
    due_provisional: bool
    ends_at: AwareDatetime | None
    ends_provisional: bool


InterventionBody = AssignmentReminded | OverrideProposed | OverrideConfirmed
INTERVENTION_BODIES = (AssignmentReminded, OverrideProposed, OverrideConfirmed)
"""Those about one task; ``retry_asked`` is about a whole stream."""

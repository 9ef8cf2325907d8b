"""认领: who of an office has taken a task in hand; the office stays responsible, the deadline what it is."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from schemas.application import Actor, CommandRef
from schemas.base import Model, ShortText


class Claim(Model):
    """Who has a task in hand, since when."""

    by: Actor
    at: AwareDatetime


class AssignmentClaimed(Model):
    """认领: somebody of the office has it in hand from now on."""

    type: Literal["assignment_claimed"] = "assignment_claimed"
    command: CommandRef
    assignment: str
    by: Actor


class AssignmentReleased(Model):
    """放回: nobody has it in hand any more; ``reason`` where it was not given back by who had it."""

    type: Literal["assignment_released"] = "assignment_released"
    command: CommandRef
    assignment: str
    reason: ShortText | None


class AssignmentHandedOver(Model):
    """移交: a colleague of the same office has it in hand from now on."""

    type: Literal["assignment_handed_over"] = "assignment_handed_over"
    command: CommandRef
    assignment: str
    to: Actor
    reason: ShortText


ClaimBody = AssignmentClaimed | AssignmentReleased | AssignmentHandedOver
CLAIM_BODIES = (AssignmentClaimed, AssignmentReleased, AssignmentHandedOver)

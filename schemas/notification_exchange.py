"""通知: telling people of a department what waits for them.  A desk (岗位) is told, never a person by name."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from schemas.application import OpaqueId
from schemas.base import Model, ShortText
from schemas.identifiers import ApplicationNo, Uscc, refuse_resident_id
from schemas.outside import ActKey, LongText

DeskId = Annotated[OpaqueId, AfterValidator(refuse_resident_id)]
"""A desk of a department, as its directory numbers it."""


class NotificationUrgency(StrEnum):
    """A new task, a reminder before it is due, and the colours of the 督查单 after."""

    TASK = "task"
    REMINDER = "reminder"
    BLUE = "blue"
    ORANGE = "orange"
    RED = "red"


class Notification(Model):
    """One message for a department: to the first of ``recipients``, or to a substitute where he is away.

    Without recipients, to the desks that the channel's own directory has for the department, in its order.
    """

    key: ActKey
    application_no: ApplicationNo
    department: Uscc
    recipients: tuple[DeskId, ...] = Field(default=(), max_length=20)
    urgency: NotificationUrgency
    title: ShortText
    text: LongText


class DeskAnswer(Model):
    """What the channel says of one desk.

    ``recipient`` is the desk that has the message: with ``repeated`` it is the one it was given to before, under the
    same key.  ``None``: nobody is there, for the reason in ``detail``.
    """

    recipient: DeskId | None
    channel: ShortText
    detail: str = ""
    at: AwareDatetime
    repeated: bool = False


class Delivery(Model):
    """The message is with a desk; ``substituted_for`` are those before it in the order, who were away."""

    recipient: DeskId
    substituted_for: tuple[DeskId, ...]
    channel: ShortText
    delivered_at: AwareDatetime
    repeated: bool

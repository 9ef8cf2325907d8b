"""The channel that reaches people of a department.  The dialect is ours [I], as ``acting.py`` says."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from infra.platforms.acting import ActingPlatform, Envelope, refusal_of
from infra.platforms.wire import Moment, Payload, Wire, unreadable
from schemas.base import ShortText
from schemas.identifiers import Uscc
from schemas.notification_exchange import DeskAnswer, DeskId, Notification
from schemas.outside import Refusal

REACHED = "delivered"
NOBODY_THERE = ("away", "desk_unknown")


class _Directory(Wire):
    desks: Annotated[list[DeskId], Field(max_length=200)]


class _DirectoryReply(Envelope):
    data: Payload[_Directory] = None


class _Message(Wire):
    state: str
    recipient: DeskId | None
    channel: ShortText
    at: Moment
    repeated: bool


class _MessageReply(Envelope):
    data: Payload[_Message] = None


class NotificationChannel(ActingPlatform):
    """Messages to desks; a ``NotificationClient``."""

    async def desks(self, department: Uscc) -> tuple[str, ...] | Refusal:
        """The desks of a department, in the order in which they are told."""
        answered = await self.ask("directory", {"department": department}, f"directory/{department}", _DirectoryReply)
        if isinstance(answered, Refusal):
            return answered
        said, reply = answered
        return tuple(said.data.desks) if said.data is not None else refusal_of(unreadable(reply))

    async def send_to(self, notification: Notification, desk: str) -> DeskAnswer | Refusal:
        """Give the message to a desk; the key is the notification's, so that it is delivered once to whomever."""
        document: dict[str, object] = {
            "key": notification.key,
            "caseNo": notification.application_no,
            "department": notification.department,
            "desk": desk,
            "urgency": notification.urgency.value,
            "title": notification.title,
            "text": notification.text,
        }
        answered = await self.ask("messages", document, notification.key, _MessageReply)
        if isinstance(answered, Refusal):
            return answered
        said, reply = answered
        told = said.data
        if told is None or (told.recipient is None if told.state == REACHED else told.state not in NOBODY_THERE):
            return refusal_of(unreadable(reply))
        return DeskAnswer(
            recipient=told.recipient if told.state == REACHED else None,
            channel=told.channel,
            detail=told.state,
            at=told.at,
            repeated=told.repeated,
        )

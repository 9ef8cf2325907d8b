"""通知渠道: telling a desk of a department, or the next one where nobody is there."""

from __future__ import annotations

from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.outside import connected, taken
from schemas.codes import Platform
from schemas.identifiers import Uscc
from schemas.notification_exchange import Delivery, DeskAnswer, Notification
from schemas.outside import Refusal

NOBODY_REACHED = "NobodyReached"
"""Error type, to be retried: everybody of the department is away, or it has no desks."""

_PLATFORM = Platform.NOTIFICATION


class NotificationClient(Protocol):
    """The channel behind its wire dialect.  Neither method raises for anything it does or does not say."""

    async def desks(self, department: Uscc) -> tuple[str, ...] | Refusal:
        """The desks of a department, in the order in which they are told."""

    async def send_to(self, notification: Notification, desk: str) -> DeskAnswer | Refusal:
        """Give the message to a desk.  A key that was delivered before is not delivered again, to whomever."""


class NotificationActivities:
    """``client`` is ``None`` where the county has no channel.  Errors as ``CollaborationActivities``, and its own."""

    def __init__(self, client: NotificationClient | None) -> None:
        self._client = client

    @activity.defn(name="notification.deliver")
    async def deliver(self, notification: Notification) -> Delivery:
        """Tell the first recipient who is there.  Raises NOBODY_REACHED, to be retried, when none is."""
        client = connected(self._client, _PLATFORM)
        desks = notification.recipients or taken(_PLATFORM, await client.desks(notification.department))
        for desk in desks:
            answer = taken(_PLATFORM, await client.send_to(notification, desk))
            if answer.recipient is not None:
                return _delivery(answer, answer.recipient, desks)
        raise ApplicationError(
            f"{_PLATFORM.value}: nobody of {len(desks)} desks is there",
            type=NOBODY_REACHED,
            category=ApplicationErrorCategory.BENIGN,
        )


def _delivery(answer: DeskAnswer, recipient: str, desks: tuple[str, ...]) -> Delivery:
    """Who has it and who was passed over; a retry may find it with a desk that is not the first one there now."""
    before = desks[: desks.index(recipient)] if recipient in desks else ()
    return Delivery(
        recipient=recipient,
        substituted_for=before,
        channel=answer.channel,
        delivered_at=answer.at,
        repeated=answer.repeated,
    )

"""台账: making a case's events durable, and then sending what they set in motion."""

from __future__ import annotations

from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.dispatch import begin, tell
from schemas.application import LedgerPosition
from schemas.ledger import APPEND, LEDGER_REFUSED, NUMBER_TAKEN, AppendRequest, LedgerRefusal
from schemas.outgoing import Appended, Begin, Outgoing


class LedgerWriter(Protocol):
    """The append side of the ledger."""

    async def append(self, request: AppendRequest) -> LedgerPosition:
        """Make the events durable, all or none; the same events again give the same position.  Raises LedgerRefusal."""


class LedgerActivities:
    """Appends events; retried without limit while the database is away, so that nothing is lost."""

    def __init__(self, writer: LedgerWriter) -> None:
        self._writer = writer

    @activity.defn(name=APPEND)
    async def append(self, request: AppendRequest) -> LedgerPosition | Appended:
        """The position after the last of the events.  Raises a non-retryable ``LedgerRefused`` or ``NumberTaken``."""
        try:
            position = await self._writer.append(request)
        except LedgerRefusal as refusal:
            kind = NUMBER_TAKEN if refusal.number_taken else LEDGER_REFUSED
            raise ApplicationError(refusal.reason, type=kind, non_retryable=True) from refusal
        if not request.outgoing:
            return position
        return Appended(position=position, unheard=await _send(request.outgoing))


async def _send(outgoing: tuple[Outgoing, ...]) -> tuple[str, ...]:
    """Send it in order; whom it did not reach, because they do not run any more."""
    client, unheard = activity.client(), []
    for message in outgoing:
        if isinstance(message, Begin):
            await begin(client, message)
        elif not await tell(client, message):
            unheard.append(message.stream)
    return tuple(unheard)

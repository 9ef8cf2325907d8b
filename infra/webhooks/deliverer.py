"""The loop that sends what is owed."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import structlog
from cryptography.exceptions import InvalidTag

from infra.ledger import feed
from infra.settings import WebhookSettings
from infra.webhooks.message import CONTENT_TYPE, Naming, body_of, test_event, told
from infra.webhooks.owed import Owed, OwedMessages
from infra.webhooks.secrets import signature
from infra.webhooks.sender import Result, Sender
from infra.webhooks.subscriptions import Clock, Subscription, Subscriptions, now
from schemas.outbound import message_id

DRAIN_SECONDS = 5.0


class Deliverer:
    """Sends messages, each signed with every secret that holds."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        subscriptions: Subscriptions,
        owed: OwedMessages,
        sender: Sender,
        naming: Naming,
        settings: WebhookSettings,
        clock: Clock = now,
    ) -> None:
        self._pool = pool
        self._subscriptions = subscriptions
        self._owed = owed
        self._sender = sender
        self._naming = naming
        self._settings = settings
        self._clock = clock
        self._in_hand: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event, poll_seconds: float, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Send until told to stop, then let what is under way end for a moment.

        Errors of the database pass through; what was in hand then is sent again when its lease has run out.
        """
        try:
            while not stopping.is_set():
                if await self.step():
                    continue
                waiting = asyncio.ensure_future(stopping.wait())
                await asyncio.wait((waiting, *self._in_hand), timeout=poll_seconds, return_when="FIRST_COMPLETED")
                waiting.cancel()
        finally:
            if self._in_hand:
                await asyncio.wait(self._in_hand, timeout=drain_seconds)
            for task in self._in_hand:
                task.cancel()
            await asyncio.gather(*self._in_hand, return_exceptions=True)
            self._in_hand.clear()

    async def step(self) -> int:
        """Take in hand as many as there is room for, and begin to send them; how many."""
        for task in [t for t in self._in_hand if t.done()]:
            self._in_hand.discard(task)
            task.result()
        room = self._settings.parallel - len(self._in_hand)
        taken = await self._owed.take(room) if room > 0 else []
        self._in_hand |= {asyncio.create_task(self._deliver(each)) for each in taken}
        return len(taken)

    async def settle(self) -> None:
        """Send everything that is due now, to the end (tests, and by hand)."""
        while await self.step():
            await asyncio.gather(*self._in_hand)

    async def test(self, subscription: Subscription) -> Result:
        """Send a message that is about no case, and tell how it went."""
        event_id = uuid4()
        body = body_of(test_event(self._naming, event_id, self._clock()))
        secrets = await self._subscriptions.secrets(subscription.id)
        result = await self._post(subscription.url, message_id(event_id, subscription.id), body, secrets)
        await self._owed.note_test(subscription.id, result)
        return result

    async def _deliver(self, owed: Owed) -> None:
        result = await self._sent(owed)
        # A cancelled send stays leased, and is sent again; what was answered is noted though we are being ended.
        noting = asyncio.ensure_future(self._owed.note(owed, result))
        try:
            await asyncio.shield(noting)
        except asyncio.CancelledError:
            await noting
            raise

    async def _sent(self, owed: Owed) -> Result:
        """Send it once.  What cannot be made (a lost master key, a defect) has failed as if it had been refused: it
        is tried again, ends as dead, and holds up nothing else."""
        event = (await feed.read(self._pool, owed.index - 1, 1))[0]
        try:
            body = await told(self._pool, event, self._naming)
            secrets = await self._subscriptions.secrets(owed.subscription_id)
        except (KeyError, ValueError, InvalidTag):
            log = structlog.get_logger()
            log.exception("webhook cannot be made", subscription=str(owed.subscription_id), index=owed.index)
            return Result(None, "unmakeable", 0)
        return await self._post(owed.url, message_id(event.event_id, owed.subscription_id), body, secrets)

    async def _post(self, url: str, identifier: str, body: bytes, secrets: list[str]) -> Result:
        at = self._clock()
        headers = {
            "content-type": CONTENT_TYPE,
            "user-agent": "mianzheng-webhooks/1",
            "webhook-id": identifier,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature(secrets, identifier, at, body),
        }
        return await self._sender.post(url, headers, body)

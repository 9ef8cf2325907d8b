"""A ledger, its feed, and subscribers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed, sequencer
from infra.ledger.writer import PostgresLedger
from infra.settings import WebhookSettings
from infra.webhooks.deliverer import Deliverer
from infra.webhooks.fanout import NAME, FanOut
from infra.webhooks.message import Naming
from infra.webhooks.owed import OwedMessages
from infra.webhooks.secrets import SecretBox
from infra.webhooks.sender import Sender
from infra.webhooks.subscriptions import Subscription, Subscriptions
from schemas.catalogue import Catalogue
from schemas.events import Event
from schemas.ledger import AppendRequest
from schemas.outbound import Scope
from tests.ledger.cases import MASTER_KEY, SYSTEM, whole_case
from tests.webhooks.receiver import Receiver, receiver

NAMING = Naming("cn.dehua.mianzheng", "urn:mianzheng:350526", "urn:mianzheng:schema:outbound:v1")
WINDOW = Scope(taken_in_by=(str(SYSTEM.department),))
PUBLIC_OF_A_CASE = 6
"""Of the nine events of ``whole_case``: received, admitted, three settled, handed over."""
SETTINGS = WebhookSettings(
    allow_http=True, allowed_networks=("127.0.0.0/8",), timeout_seconds=5, attempts=4, response_bytes=1000
)


class NoCatalogue:
    """None is published."""

    async def in_force(self, on: date) -> tuple[Catalogue, str]:
        raise LookupError

    async def get(self, version: str) -> tuple[Catalogue, str]:
        raise LookupError


@dataclass
class World:
    """Everything, with a clock that is moved by hand."""

    pool: asyncpg.Pool
    ledger: PostgresLedger
    receiver: Receiver
    settings: WebhookSettings = field(default_factory=lambda: SETTINGS)
    catalogues: Any = field(default_factory=NoCatalogue)
    master_key: bytes = MASTER_KEY
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    senders: list[Sender] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.at

    def later(self, **period: float) -> None:
        self.at += timedelta(**period)

    @property
    def subscriptions(self) -> Subscriptions:
        return Subscriptions(self.pool, SecretBox(self.master_key), self.settings, self.clock)

    @property
    def owed(self) -> OwedMessages:
        return OwedMessages(self.pool, self.settings, self.clock, lambda: 1.0)

    def deliverer(self, sender: Sender | None = None) -> Deliverer:
        """A process of its own."""
        sender = sender or Sender(self.settings)
        self.senders.append(sender)
        return Deliverer(self.pool, self.subscriptions, self.owed, sender, NAMING, self.settings, self.clock)

    async def subscribe(self, scope: Scope = WINDOW, types: tuple[str, ...] = ()) -> tuple[Subscription, str]:
        return await self.subscriptions.create("yewu-01", scope, self.receiver.url, types)

    async def append(self, events: Sequence[Event], run: str = "run-1") -> None:
        await self.ledger.append(AppendRequest(run_id=run, chain_run_id="run-1", events=tuple(events)))

    async def project(self) -> None:
        while (given := await sequencer.sequence(self.pool)) is None or given:
            pass
        fan_out = FanOut(self.catalogues, self.clock)
        async with self.pool.acquire() as connection:
            while await feed.advance(connection, NAME, fan_out.apply):
                pass

    async def case(self, number: str = "T-1") -> None:
        await self.append(whole_case(number))
        await self.project()

    async def states(self) -> list[str]:
        return [r[0] for r in await self.pool.fetch("SELECT state FROM webhooks.delivery ORDER BY index")]


@asynccontextmanager
async def open_world(database: asyncpg.Pool) -> AsyncIterator[World]:
    ledger = PostgresLedger(database, SubjectKeys(database, MASTER_KEY))
    async with receiver() as made:
        world = World(database, ledger, made)
        yield world
        for sender in world.senders:
            await sender.close()

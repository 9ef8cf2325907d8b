"""The relay: its parts do not hold each other up, and it ends in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra.ledger import feed
from infra.ledger.feed import Connection, FeedEvent
from infra.settings import AuditSettings, FeedSettings, Settings
from infra.webhooks.fanout import FanOut
from tests.ledger.cases import MASTER_KEY, whole_case
from tests.webhooks.receiver import hang
from tests.webhooks.world import PUBLIC_OF_A_CASE, NoCatalogue, World
from workers.relay import Projection, relay


class Failing:
    """A projection with a defect."""

    name = "failing"

    def __init__(self) -> None:
        self.tried = 0

    async def apply(self, connection: Connection, events: Sequence[FeedEvent]) -> None:
        self.tried += 1
        raise ZeroDivisionError


class Counting:
    """One that works."""

    name = "counting"

    def __init__(self) -> None:
        self.indexes: list[int] = []

    async def apply(self, connection: Connection, events: Sequence[FeedEvent]) -> None:
        self.indexes += [e.index for e in events]


@asynccontextmanager
async def running(world: World, *projections: Projection, listen: bool = True) -> AsyncIterator[asyncio.Event]:
    settings: Any = SimpleNamespace(
        county="350526",
        audit=AuditSettings(),
        identity=SimpleNamespace(master_key_bytes=MASTER_KEY),
        feed=FeedSettings(poll_seconds=0.01, listen=listen),
        webhooks=world.settings,
    )
    stopping = asyncio.Event()
    task = asyncio.create_task(relay(cast(Settings, settings), world.pool, stopping, projections))
    yield stopping
    stopping.set()
    await asyncio.wait_for(task, 30)


@pytest.mark.parametrize("listen", [True, False])
async def test_from_the_append_to_the_receiver(world: World, listen: bool) -> None:
    await world.subscribe()
    failing, counting = Failing(), Counting()
    async with running(world, FanOut(NoCatalogue()), failing, counting, listen=listen):
        await world.append(whole_case("T-1"))
        while len(world.receiver.requests) < PUBLIC_OF_A_CASE or "pending" in await world.states():
            await asyncio.sleep(0.01)
        await feed.wait_for_consumer(world.pool, "counting", 8)
        while not failing.tried:
            await asyncio.sleep(0.01)
    assert counting.indexes == list(range(9))
    assert (
        await world.pool.fetchval("SELECT coalesce(max(next_index), 0) FROM ledger.consumer WHERE name = 'failing'")
        == 0
    )


async def test_it_ends_though_a_receiver_hangs(world: World) -> None:
    """What was in hand is not noted, and sent again later."""
    world.settings = world.settings.model_copy(update={"timeout_seconds": 30.0})
    world.receiver.behaviour = hang
    await world.subscribe()
    async with running(world, FanOut(NoCatalogue())) as stopping:
        await world.append(whole_case("T-1"))
        while not world.receiver.requests:
            await asyncio.sleep(0.01)
        stopping.set()
    assert set(await world.states()) == {"pending"}


async def test_a_connection_that_is_lost_is_made_again(world: World, admin: Any) -> None:
    counting = Counting()
    async with running(world, counting):
        await world.append(whole_case("T-1"))
        await feed.wait_for_consumer(world.pool, "counting", 8)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        while True:
            try:
                await world.append(whole_case("T-2"))
                break
            except Exception:
                await asyncio.sleep(0.05)
        await feed.wait_for_consumer(world.pool, "counting", 17, seconds=30)
    assert counting.indexes == list(range(18))

"""The relay: gives events their place in the feed and in the signed log, keeps what is built on it up to date, and
sends webhooks.

Any number of relays may run: the database lets one at a time sequence, one at a time advance each projection, and
leases each message that is sent.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Protocol

import asyncpg
import structlog

from infra.catalogue.store import StoredCatalogues
from infra.ledger import feed, sequencer
from infra.ledger.feed import Bell, Take
from infra.postgres.pool import open_pool
from infra.settings import FeedSettings, Settings
from infra.statistics import projection as statistics
from infra.telemetry.logs import configure_logs
from infra.telemetry.start import start_metrics
from infra.transparency import keeper
from infra.uses import projection as uses
from infra.webhooks.deliverer import Deliverer
from infra.webhooks.fanout import FanOut
from infra.webhooks.message import Naming
from infra.webhooks.owed import OwedMessages
from infra.webhooks.secrets import SecretBox
from infra.webhooks.sender import Sender
from infra.webhooks.subscriptions import Subscriptions
from infra.worklist import projection as worklist

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
BATCH = 500


class Projection(Protocol):
    """What is built from the feed."""

    @property
    def name(self) -> str:
        """The name of its cursor in ``ledger.consumer``; never changed, for that begins it from the first event."""

    @property
    def apply(self) -> Take:
        """Writes what follows from the events, over its connection alone: cursor and writes are one transaction."""


@dataclass(frozen=True)
class Kept:
    """A projection that needs nothing of its own."""

    name: str
    apply: Take


Build = Callable[[Settings, asyncpg.Pool], Projection]

PROJECTIONS: tuple[Build, ...] = (
    lambda _, pool: FanOut(StoredCatalogues(pool)),
    lambda _, __: Kept(worklist.NAME, worklist.apply),
    lambda _, __: Kept(statistics.NAME, statistics.apply),
    lambda _, __: Kept(uses.NAME, uses.apply),
)
"""Every projection a relay keeps; each is made from the settings and the relay's pool."""


async def run_relay(
    settings: Settings, *, ready: Callable[[], None] | None = None, projections: Sequence[Build] = PROJECTIONS
) -> None:
    """Serve until SIGTERM or SIGINT.  ``ready`` is called once the database has answered."""
    configure_logs(settings.telemetry)
    end_metrics = start_metrics(settings.telemetry)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    dsn = settings.postgres.dsn.get_secret_value()
    size = settings.postgres.pool_size + 2 * len(projections)
    async with await open_pool(dsn, size, application_name="mianzheng-relay") as pool:
        await sequencer.sequence(pool)
        if ready is not None:
            ready()
        structlog.get_logger().info("relay ready")
        await relay(settings, pool, stopping, [build(settings, pool) for build in projections])
        structlog.get_logger().info("relay stopping")
    await asyncio.to_thread(end_metrics)


async def relay(
    settings: Settings, pool: asyncpg.Pool, stopping: asyncio.Event, projections: Sequence[Projection]
) -> None:
    """Do all of it until told to stop.  What fails is tried again, and holds up nothing else."""
    told = settings.feed
    async with AsyncExitStack() as stack:
        sender = Sender(settings.webhooks)
        stack.push_async_callback(sender.close)
        deliverer = deliverer_of(settings, pool, sender)
        await asyncio.gather(
            _insisting("sequencer", stopping, lambda: sequencer.run(pool, stopping, told.poll_seconds)),
            _insisting("merkle", stopping, lambda: keeper.run(pool, settings.audit, stopping)),
            _insisting("webhooks", stopping, lambda: deliverer.run(stopping, told.poll_seconds)),
            *(
                _insisting(each.name, stopping, lambda each=each: project(pool, each, stopping, told))  # type: ignore[misc]
                for each in projections
            ),
        )


def deliverer_of(settings: Settings, pool: asyncpg.Pool, sender: Sender) -> Deliverer:
    """What sends webhooks, put together."""
    subscriptions = Subscriptions(pool, SecretBox(settings.identity.master_key_bytes), settings.webhooks)
    owed = OwedMessages(pool, settings.webhooks)
    return Deliverer(pool, subscriptions, owed, sender, Naming.of(settings), settings.webhooks)


async def project(pool: asyncpg.Pool, kept: Projection, stopping: asyncio.Event, told: FeedSettings) -> None:
    """Keep one projection up to date until told to stop."""
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        async with Bell(pool, listen=told.listen) as bell:
            while not stopping.is_set():
                async with pool.acquire() as connection:
                    taken = await feed.advance(connection, kept.name, kept.apply, BATCH)
                if taken:
                    continue
                # Without a ring it looks seldom; another relay that ends leaves its work to this one.
                rung = asyncio.ensure_future(bell.wait(1.0 if told.listen else told.poll_seconds))
                await asyncio.wait((rung, stopped), return_when=asyncio.FIRST_COMPLETED)
                if not rung.done():
                    rung.cancel()
                    with suppress(asyncio.CancelledError):
                        await rung
                else:
                    rung.result()
    finally:
        stopped.cancel()


async def _insisting(name: str, stopping: asyncio.Event, doing: Callable[[], Awaitable[None]]) -> None:
    """Do it again whenever it fails, after a pause that grows; a defect is logged with its trace."""
    log = structlog.get_logger()
    clock = asyncio.get_running_loop().time
    pause = FIRST_PAUSE
    while not stopping.is_set():
        since = clock()
        try:
            await doing()
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
            log.warning("relay cannot work now", part=name, error=type(error).__name__)
        except Exception:
            log.exception("relay failed", part=name)
        if stopping.is_set():
            return
        pause = FIRST_PAUSE if clock() - since > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)

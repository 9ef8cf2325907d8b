"""Keeps the log: lets it follow the feed, signs its head, and puts the head where it is to go.

Everything can be done again: a leaf stands once, a size is signed once, a place is owed only what it has not taken.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import asyncpg
import httpx
import structlog
from opentelemetry import metrics

from infra.settings import AuditSettings
from infra.transparency import checkpoints
from infra.transparency.checkpoints import Checkpoint
from infra.transparency.keys import load_key
from infra.transparency.log import BATCH, FeedBroken, MerkleLog
from infra.transparency.places import SECONDS, AppendOnlyFile, HttpPlace, NotPlaced, Place, Witness
from infra.transparency.suites import SUITES, Signer

UNPLACED = """
    SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)::float8
    FROM ledger.leaf l JOIN ledger.event e ON e.event_id = l.event_id WHERE l.index = $1
"""
TAKEN = "SELECT coalesce(max(size), 0) FROM ledger.placement WHERE log = $1 AND place = $2"
WITNESSED = "SELECT coalesce(max(size), 0) FROM ledger.placement WHERE log = $1 AND place LIKE 'witness:%'"

_age = metrics.get_meter("mianzheng").create_gauge(
    "mianzheng_unwitnessed_seconds", "s", "Age of the oldest event that no place outside holds a head over"
)


@dataclass(frozen=True)
class Keeper:
    """One log and what is done for it."""

    pool: asyncpg.Pool
    log: MerkleLog
    signer: Signer
    places: Sequence[Place]
    settings: AuditSettings

    async def once(self) -> None:
        """Follow the feed to its end, sign, place, and look how old what is not placed is.  Raises FeedBroken."""
        while await self.log.grow(self.pool) == BATCH:
            pass
        checkpoint = await checkpoints.sign(self.pool, self.log, self.signer)
        if checkpoint is not None:
            await asyncio.gather(*(self._put(place, checkpoint) for place in self.places))
        await self._watch()

    async def _put(self, place: Place, checkpoint: Checkpoint) -> None:
        log = structlog.get_logger().bind(place=place.name, size=checkpoint.size)
        if await self.pool.fetchval(TAKEN, self.log.number, place.name) >= checkpoint.size:
            return

        async def prove(old: int) -> list[str]:
            proof = await self.log.consistency(self.pool, old, checkpoint.size)
            return [base64.b64encode(each).decode() for each in proof]

        try:
            line = await place.put(checkpoint, prove)
        except NotPlaced as error:
            if error.contradicts:
                log.error("a witness contradicts the log", reason=str(error))
            else:
                log.warning("checkpoint not placed", reason=str(error))
            return
        await self.pool.execute(
            "INSERT INTO ledger.placement (log, size, place, line) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            self.log.number,
            checkpoint.size,
            place.name,
            line,
        )

    async def _watch(self) -> None:
        if not self.places:
            return
        age = await unwitnessed_seconds(self.pool, self.log, witnesses=bool(self.settings.witnesses))
        _age.set(age)
        if age > self.settings.stale_seconds:
            structlog.get_logger().error("checkpoints are stale", seconds=round(age), limit=self.settings.stale_seconds)


async def unwitnessed_seconds(pool: asyncpg.Pool, log: MerkleLog, *, witnesses: bool = True) -> float:
    """How long ago the oldest event was recorded over which no head is placed outside; 0 when all are covered.

    With ``witnesses`` only what a witness cosigned counts.
    """
    query = WITNESSED if witnesses else "SELECT coalesce(max(size), 0) FROM ledger.placement WHERE log = $1"
    covered: int = await pool.fetchval(query, log.number)
    age: float | None = await pool.fetchval(UNPLACED, covered)
    return max(age or 0.0, 0.0)


def places_of(settings: AuditSettings, client: httpx.AsyncClient) -> list[Place]:
    """Every place of the settings."""
    return [
        *([AppendOnlyFile(settings.file)] if settings.file is not None else []),
        *(HttpPlace(url, client) for url in settings.http),
        *(Witness.of(each.url, each.key, client) for each in settings.witnesses),
    ]


async def run(pool: asyncpg.Pool, settings: AuditSettings, stopping: asyncio.Event) -> None:
    """Keep the log until told to stop.  Errors of the connection pass through.

    Raises FeedBroken where the feed has a gap: an alarm to whoever runs it, and nothing more is signed.
    """
    if settings.key_path is None:
        await stopping.wait()
        return
    signer = load_key(settings.key_path)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False)
        )
        log = await MerkleLog.open(pool, signer.name, SUITES[signer.suite.name])
        keeper = Keeper(pool, log, signer, places_of(settings, client), settings)
        while not stopping.is_set():
            try:
                await keeper.once()
            except FeedBroken as error:
                structlog.get_logger().error("the feed is broken", reason=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), settings.interval_seconds)

"""The archive of a county, years after its cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from infra.evidence_store import FileEvidenceStore
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed
from infra.ledger.sequencer import sequence
from infra.ledger.writer import PostgresLedger
from infra.retention.erasing import Erasures
from infra.retention.purging import Purges
from infra.retention.register import Orders
from infra.uses import projection as uses
from schemas.application import Actor
from schemas.codes import ActorKind
from schemas.retention import SHORTEST_ARCHIVE_DAYS, Retention
from tests.audit.world import World
from tests.ledger.cases import MASTER_KEY, START

LONG_AFTER = START + timedelta(days=SHORTEST_ARCHIVE_DAYS + 30)


def world_of(pool: asyncpg.Pool, folder: Path) -> World:
    return World(pool, PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY)), folder)


@dataclass
class Archive:
    world: World
    eraser: asyncpg.Pool
    now: datetime = LONG_AFTER
    orders: Orders = field(init=False)
    erasures: Erasures = field(init=False)
    evidence: FileEvidenceStore = field(init=False)
    keys: SubjectKeys = field(init=False)

    def __post_init__(self) -> None:
        pool = self.world.pool
        self.keys = SubjectKeys(pool, MASTER_KEY)
        self.evidence = FileEvidenceStore(self.world.folder / "evidence", self.keys, fsync=False)
        actor = Actor(kind=ActorKind.SYSTEM, actor_id="os:root")
        self.orders = Orders(pool, self.world.ledger, actor, lambda: self.now)
        self.erasures = Erasures(self.orders, Retention(), self.eraser, self.evidence, self.world.folder / "exports")

    def purges(self, limit: int = 20_000) -> Purges:
        return Purges(self.orders, Retention(), self.eraser, limit)

    async def read(self) -> None:
        """The relay's part: every event has its leaf, and the uses have taken it."""
        await sequence(self.world.pool)
        async with self.world.pool.acquire() as connection:
            while await feed.advance(connection, uses.NAME, uses.apply):
                pass

    async def types(self, like: str) -> list[str]:
        """The events of the register's streams of a kind."""
        rows = await self.world.pool.fetch(
            "SELECT type FROM ledger.event WHERE stream LIKE $1 ORDER BY recorded_at, position", f"register/{like}/%"
        )
        return [row["type"] for row in rows]

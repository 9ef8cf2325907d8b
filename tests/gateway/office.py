"""The door's worklists over real workflows, a real ledger and a relay, with the platforms made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
import httpx
from temporalio.client import Client

from infra.catalogue.store import StoredCatalogues
from infra.gateway.app import create_app
from infra.gateway.bearer import Bearer
from infra.gateway.behind import Behind
from infra.gateway.cases import Cases
from infra.gateway.elsewhere import Worklists
from infra.gateway.guard import Guard
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed, sequencer
from infra.ledger.writer import PostgresLedger
from infra.sandbox.server import serve
from infra.settings import TemporalSettings
from infra.worklist.projection import NAME, apply
from schemas.application import LedgerPosition
from schemas.authority import Role
from schemas.ledger import AppendRequest
from tests.gateway.doors import Callers, Noted
from tests.ledger.cases import MASTER_KEY
from tests.workflows.fakes import MemoryLedger
from tests.workflows.long_world import COMMITTEE, DECIDING, HEALTH, REFORM, serving
from tests.workflows.scenes import SCENES, Scene


class BothLedgers(MemoryLedger):
    """In memory, where the scenes look, and in PostgreSQL, where the lists come from."""

    def __init__(self, kept: PostgresLedger) -> None:
        super().__init__()
        self._kept = kept

    async def append(self, request: AppendRequest) -> LedgerPosition:
        if self.down:
            raise ConnectionError("database is away")
        position = await self._kept.append(request)
        await super().append(request)
        return position


@dataclass
class Office:
    """A door, the scene behind it, and people of every kind."""

    http: httpx.AsyncClient
    pool: asyncpg.Pool
    scene: Scene
    callers: Callers
    noted: Noted
    relaying: asyncio.Event

    def who(self, name: str) -> dict[str, str]:
        """The headers of somebody."""
        people: dict[str, tuple[Role, str | None]] = {
            "clerk": (Role.CLERK, DECIDING),
            "staff-1": (Role.DEPARTMENT, DECIDING),
            "staff-2": (Role.DEPARTMENT, DECIDING),
            "health-1": (Role.DEPARTMENT, HEALTH),
            "health-2": (Role.DEPARTMENT, HEALTH),
            "stranger": (Role.DEPARTMENT, REFORM),
            "member": (Role.COMMITTEE, COMMITTEE),
            "supervisor": (Role.SUPERVISOR, None),
            "auditor": (Role.AUDITOR, None),
            "operator": (Role.OPERATOR, None),
        }
        role, department = people[name]
        return self.callers.add(name, role, department=department)

    async def get(self, name: str, path: str, **params: Any) -> httpx.Response:
        """What somebody is answered."""
        return await self.http.get(path, params=params, headers=self.who(name))

    async def post(self, name: str, path: str, **body: Any) -> httpx.Response:
        """What somebody is answered to an act."""
        return await self.http.post(path, json=body, headers=self.who(name))

    async def task(self, step: str, who: str = "supervisor") -> dict[str, Any]:
        """The open task of a step, once the lists have it."""
        async with asyncio.timeout(20):
            while True:
                found = (await self.get(who, "/tasks", step=step)).json()["tasks"]
                if found:
                    only: dict[str, Any] = found[0]
                    return only
                await asyncio.sleep(0.05)


async def _relay(pool: asyncpg.Pool, going: asyncio.Event) -> None:
    while True:
        await going.wait()
        await sequencer.sequence(pool)
        async with pool.acquire() as connection:
            await feed.advance(connection, NAME, apply)
        await asyncio.sleep(0.02)


@asynccontextmanager
async def open_office(
    client: Client, settings: TemporalSettings, pool: asyncpg.Pool, word: str = "verification"
) -> AsyncIterator[Office]:
    """A case in a scene, with everything the worklists of the door need."""
    setting, opening = SCENES[word]
    world = setting(working_day_seconds=3600.0)
    world.ledger = BothLedgers(PostgresLedger(pool, SubjectKeys(pool, MASTER_KEY)))
    callers, noted, going = Callers(), Noted(), asyncio.Event()
    going.set()
    nothing = cast(Any, None)  # what starts cases, keeps evidence and knows mandates has no part here
    behind = Behind(
        client=client,
        pool=pool,
        intake=nothing,
        cases=Cases(client, pool, StoredCatalogues(pool)),
        evidence=nothing,
        elsewhere=Worklists(pool),
        bearer=Bearer(callers),
        guard=Guard(noted),
        acting_for=nothing,
    )
    async with serving(client, settings, world) as queue:
        scene = Scene(client, queue, world)
        relaying = asyncio.create_task(_relay(pool, going))
        try:
            await opening(scene)
            async with serve(create_app(behind)) as base, httpx.AsyncClient(base_url=base, timeout=60) as http:
                yield Office(http, pool, scene, callers, noted, going)
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying

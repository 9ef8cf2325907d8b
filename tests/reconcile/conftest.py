"""A county with its own Temporal server and the real ledger, so that all there is can be reconciled."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.workflow import _Definition as Definition

from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.reconcile.filing import Filing
from infra.reconcile.replaying import Replay
from infra.reconcile.sweep import Reconciler
from infra.settings import TemporalSettings
from infra.temporal.client import connect
from infra.temporal.plugin import plugin
from infra.temporal.search_attributes import register
from infra.temporal.start import submit
from schemas.application import LedgerPosition
from schemas.ledger import AppendRequest
from schemas.reconcile_events import ReconcileAsked, ReconcileDone
from tests.temporal_fixtures import BIN, FAST_QUEUES, settings_for
from tests.workflows.fakes import MemoryLedger, World
from tests.workflows.long_world import county, reply
from tests.workflows.requests import request
from tests.workflows.waiting import eventually
from workers.registry import WORKFLOWS
from workers.serve import build_workers

MASTER_KEY = bytes(range(32))
TYPES = [Definition.must_from_class(each).name or "" for each in WORKFLOWS]


class Both(MemoryLedger):
    """The real ledger; what it took can be looked at in memory.  ``lost`` makes an append hang, as a worker that dies
    in it does."""

    def __init__(self, real: PostgresLedger) -> None:
        super().__init__()
        self._real = real
        self.lost = False

    async def append(self, request: AppendRequest) -> LedgerPosition:
        if self.lost:
            raise ConnectionError("the worker died")
        position = await self._real.append(request)
        known = self.streams.setdefault(position.stream, [])
        known += [event for event in request.events if event not in known]
        return position


@dataclass
class County:
    """Everything of one test."""

    client: Client
    settings: TemporalSettings
    pool: asyncpg.Pool
    owner: asyncpg.Pool
    world: World
    ledger: Both
    keys: SubjectKeys
    filing: Filing
    reconciler: Reconciler = field(repr=False)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Workers of every workflow."""
        (worker,) = build_workers(self.client, self.settings, self.world.activities())
        async with worker:
            yield

    async def start(self) -> WorkflowHandle[Any, Any]:
        """A case that waits for a department."""
        handle = await submit(self.client, self.settings.task_queue, request())
        await eventually(lambda: "application_admitted" in self.types(handle.id))
        return self.client.get_workflow_handle(handle.id)

    async def finish(self, handle: WorkflowHandle[Any, Any]) -> None:
        """The department answers, and the case is handed over."""
        number = handle.id.partition("/")[2]
        asked = self.world.outside.collaboration.requests

        def mine() -> str | None:
            return next((key for key, each in asked.items() if number in each.stream), None)

        await eventually(lambda: mine() is not None)
        await reply(self.client, self.world, mine() or "", "confirmed", document_digest="b" * 64)
        async with asyncio.timeout(30):
            await handle.result()
        await eventually(lambda: "application_handed_over" in self.types(handle.id))

    def types(self, stream: str) -> list[str]:
        """What the ledger has of a stream."""
        return [event.body.type for event in self.ledger.streams.get(stream, [])]

    async def reconcile(self, **asked: Any) -> ReconcileDone:
        """One reconciliation of everything, unless told otherwise."""
        number = uuid.uuid4().hex
        return await self.reconciler.reconcile(self.client, ReconcileAsked(number=number, **asked))

    async def force(self, statement: str, *arguments: Any) -> None:
        """What the owner of the database can do when nothing stops him."""
        async with self.owner.acquire() as connection, connection.transaction():
            await connection.execute("ALTER TABLE ledger.event DISABLE TRIGGER ALL")
            await connection.execute(statement, *arguments)
            await connection.execute("ALTER TABLE ledger.event ENABLE ALWAYS TRIGGER append_only")


@pytest.fixture
async def place(database: asyncpg.Pool, admin: asyncpg.Pool) -> AsyncIterator[County]:
    """A county of its own."""
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BIN / "temporal"), dev_server_extra_args=FAST_QUEUES
    )
    async with environment:
        settings = settings_for(environment.client.service_client.config.target_host)
        client = await connect(settings)
        await register(client)
        keys = SubjectKeys(database, MASTER_KEY)
        ledger = PostgresLedger(database, keys)
        both = Both(ledger)
        world = county("r_verify")
        world.ledger = both
        filing = Filing(database, ledger)
        reconciler = Reconciler(database, keys, filing, TYPES, Replay(WORKFLOWS, plugin(settings)))
        yield County(client, settings, database, admin, world, both, keys, filing, reconciler)

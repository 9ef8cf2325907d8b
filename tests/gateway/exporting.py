"""A door with nothing but exports behind it, over a signed log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from infra.audit.jobs import Jobs
from infra.gateway.bearer import Bearer
from infra.gateway.exports import exports_router
from infra.gateway.failures import handle_failures
from infra.gateway.guard import Guard
from infra.settings import Settings
from tests.audit.world import World
from tests.e2e.stack import settings_of
from tests.gateway.doors import Callers, Noted
from tests.workflows.waiting import eventually_async


@dataclass
class ExportDoor:
    http: httpx.AsyncClient
    callers: Callers
    noted: Noted
    jobs: Jobs
    world: World
    settings: Settings

    async def ask(self, who: dict[str, str], **wanted: Any) -> httpx.Response:
        return await self.http.post("/exports", json=wanted, headers=who)

    async def over(self, who: dict[str, str], asked: httpx.Response) -> dict[str, Any]:
        """What came of it in the end."""
        assert asked.status_code == 202, asked.text
        told: dict[str, Any] = {}

        async def state() -> set[str]:
            answer = await self.http.get(f"/exports/{asked.json()['export_id']}", headers=who)
            told.update(answer.json())
            return {told["state"]} - {"waiting", "running"} and {"over"}

        await eventually_async(state, {"over"})
        return told


@asynccontextmanager
async def open_exports(world: World, dsn: str, **audit: Any) -> AsyncIterator[ExportDoor]:
    """Serve it; the log's key is in a file, as at a county."""
    key = world.folder / "log-key"
    key.touch(mode=0o600)
    key.write_text(world.signer.encoded())
    settings = settings_of("unused", dsn, "http://unused", world.folder, audit={"key_path": key} | audit)
    callers, noted = Callers(), Noted()
    app = FastAPI()
    handle_failures(app)
    async with Jobs(settings) as jobs:
        app.include_router(exports_router(Bearer(callers), Guard(noted), world.pool, jobs))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
            yield ExportDoor(http, callers, noted, jobs, world, settings)

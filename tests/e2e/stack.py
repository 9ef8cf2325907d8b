"""A whole stack in one process for tests: real server, real database, platforms over HTTP, the real worker parts."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from temporalio.client import Client

from infra.catalogue.files import load
from infra.catalogue.store import publish
from infra.sandbox.guard import Caller
from infra.sandbox.population import Population
from infra.sandbox.server import create_app, serve
from infra.sandbox.state import State
from infra.settings import Settings
from schemas.catalogue import Catalogue
from schemas.codes import Platform
from workers.intake import Intake
from workers.resources import admission_of, open_resources
from workers.serve import build_workers

DEHUA = Path(__file__).parents[2] / "infra" / "catalogue" / "350526"
SECRET = "only-for-tests"
KEY = base64.b64encode(bytes(range(32))).decode()


@dataclass
class Stack:
    """What a test works with."""

    settings: Settings
    client: Client
    intake: Intake
    sandbox: State
    catalogue: Catalogue
    pool: asyncpg.Pool


def settings_of(address: str, dsn: str, base_url: str, folder: Path, **changed: Any) -> Settings:
    told: dict[str, Any] = {
        "temporal": {
            "address": address,
            "task_queue": f"e2e-{uuid.uuid4().hex[:8]}",
            "codec_keys": {"k1": KEY},
            "codec_active_key": "k1",
            "graceful_shutdown_seconds": 1,
        },
        "postgres": {"dsn": dsn},
        "identity": {"pepper": KEY, "master_key": KEY},
        "platforms": {
            p.value: {
                "base_url": f"{base_url}/{p.value.replace('_', '-')}",
                "access_id": "county",
                "secret": SECRET,
                "timeout_seconds": 1,
                "ask_seconds": 3,
                "requests_per_second": 2000,
            }
            for p in Platform
        },
        "routing": {
            route: {"interactive_seconds": 4, "background_seconds": 8}
            for route in ("elicence", "data_sharing", "trusted_document")
        }
        | {"retry_initial_seconds": 0.2, "retry_maximum_seconds": 1},
        "evidence_path": str(folder / "evidence"),
        "long_routes": {"enabled": False},
    }
    return Settings(**(told | changed))


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the environment of another process."""
    told = settings.model_dump(mode="json", exclude={"temporal", "identity", "platforms", "postgres"})
    whole: dict[str, Any] = {
        **told,
        "temporal": settings.temporal.model_dump(mode="json") | {"codec_keys": {"k1": KEY}},
        "postgres": {"dsn": settings.postgres.dsn.get_secret_value()},
        "identity": {"pepper": KEY, "master_key": KEY},
        "platforms": {p.value: s.model_dump(mode="json") | {"secret": SECRET} for p, s in settings.platforms.items()},
    }
    return {
        f"MIANZHENG_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in whole.items()
    }


@asynccontextmanager
async def whole_stack(
    client: Client, address: str, dsn: str, folder: Path, seed: int = 7, **changed: Any
) -> AsyncIterator[Stack]:
    catalogue = load(DEHUA)
    state = State(Population(catalogue, seed=seed, size=120), {p: Caller("county", SECRET.encode()) for p in Platform})
    async with serve(create_app(state)) as base_url:
        settings = settings_of(address, dsn, base_url, folder, **changed)
        async with open_resources(settings) as resources:
            await publish(resources.pool, catalogue)
            intake = Intake(client, settings.temporal.task_queue, admission_of(settings, resources.pool))
            (worker,) = build_workers(client, settings.temporal, resources.activities)
            async with worker:
                yield Stack(settings, client, intake, state, catalogue, resources.pool)

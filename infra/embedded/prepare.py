"""What a fresh database and a fresh Temporal namespace need before anything serves; done again it changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from temporalio.client import Client

from infra.catalogue.files import load
from infra.catalogue.store import publish
from infra.postgres.migrate import upgrade
from infra.postgres.pool import create_pool
from infra.settings import Settings, TemporalSettings
from infra.temporal.client import connect
from infra.temporal.search_attributes import register


async def prepare(settings: Settings, catalogue: Path) -> None:
    """Bring the schema up to date, publish the catalogue folder, register the search attributes.

    Waits for Temporal as long as the caller lets it.
    """
    await asyncio.gather(_database(settings, catalogue), _namespace(settings.temporal))


async def _database(settings: Settings, folder: Path) -> None:
    if settings.postgres.admin_dsn is not None:
        await upgrade(settings.postgres.admin_dsn.get_secret_value())
    pool = await create_pool(settings.postgres, application_name="mianzheng-publish")
    try:
        await publish(pool, load(folder))
    finally:
        await pool.close()


async def _namespace(settings: TemporalSettings) -> None:
    await register(await _connected(settings))


async def _connected(settings: TemporalSettings) -> Client:
    while True:
        try:
            return await connect(settings)
        except RuntimeError:  # nobody answers yet
            await asyncio.sleep(0.1)

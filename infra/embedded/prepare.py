"""What a fresh database and a fresh Temporal namespace need before anything serves; done again it changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from temporalio.client import Client

from infra.catalogue.files import load
from infra.catalogue.store import VersionTaken, publish
from infra.postgres.migrate import upgrade
from infra.postgres.pool import create_pool
from infra.settings import Settings, TemporalSettings
from infra.temporal.client import connect
from infra.temporal.search_attributes import register


async def prepare(settings: Settings, catalogue: Path) -> tuple[str, ...]:
    """Bring the schema up to date, publish the catalogue folder, register the search attributes; gives remarks.

    Waits for Temporal as long as the caller lets it.  Raises CatalogueInvalid.
    """
    remarks, _ = await asyncio.gather(_database(settings, catalogue), _namespace(settings.temporal))
    return remarks


async def _database(settings: Settings, folder: Path) -> tuple[str, ...]:
    if settings.postgres.admin_dsn is not None:
        await upgrade(settings.postgres.admin_dsn.get_secret_value())
    pool = await create_pool(settings.postgres, application_name="mianzheng-publish")
    try:
        await publish(pool, load(folder))
    except VersionTaken as taken:
        # What was published stays in force; a folder edited since is no reason to leave the cases where they are.
        return (f"目录文件夹 {folder} 未公布：{taken}",)
    finally:
        await pool.close()
    return ()


async def _namespace(settings: TemporalSettings) -> None:
    await register(await _connected(settings))


async def _connected(settings: TemporalSettings) -> Client:
    while True:
        try:
            return await connect(settings)
        except RuntimeError:  # nobody answers yet
            await asyncio.sleep(0.1)

"""Making and upgrading the schema: forward only, one transaction, safe to run by many at once and again."""

from __future__ import annotations

from pathlib import Path

import asyncpg
from alembic import command, op
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMA = "migration"
LOCK = 0x6D69616E  # "mian": the advisory lock of upgrades


async def upgrade(admin_dsn: str) -> None:
    """Bring the schema to its newest version, as the role that is to own it (not the one that writes to it).

    The role needs to own the database, and CREATEROLE where ``mianzheng_writer`` and ``mianzheng_reader`` do not
    exist yet.  Whoever else upgrades at the same time waits, then finds nothing to do.
    """

    async def connect() -> asyncpg.Connection:
        # asyncpg reads the address itself: SQLAlchemy's own form of it differs.
        return await asyncpg.connect(admin_dsn, server_settings={"application_name": "mianzheng-migrate"})

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_sql(script: str) -> None:
    """Run the ``.sql`` file beside a version script (its ``__file__``); as many statements as it likes."""
    sql = Path(script).with_suffix(".sql").read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, asyncpg.Connection)  # noqa: S101 - the engine above is the only one
    await_only(driver.execute(sql))

"""Making and upgrading the schema: forward only, one transaction, safe to run by many at once and again."""

from __future__ import annotations

from pathlib import Path

import asyncpg
from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMA = "migration"
LOCK = 0x6D69616E  # "mian": the advisory lock of upgrades


async def upgrade(admin_dsn: str, version: str = "head") -> None:
    """Bring the schema to its newest version, or one before it, as the role that is to own it (not one that writes).

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
            await connection.run_sync(_upgrade, version)
    finally:
        await engine.dispose()


def newest() -> str:
    """The newest version of the schema."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101 - there are versions
    return head


def _upgrade(connection: Connection, version: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def run_sql(script: str) -> None:
    """Run the ``.sql`` file beside a version script (its ``__file__``); as many statements as it likes."""
    sql = Path(script).with_suffix(".sql").read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, asyncpg.Connection)  # noqa: S101 - the engine above is the only one
    await_only(driver.execute(sql))

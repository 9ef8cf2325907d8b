"""Connections to the database."""

from __future__ import annotations

import asyncpg

from infra.settings import PostgresSettings

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 10.0
"""Shorter than the time of an append activity, so that the database's own error is what is seen."""


async def create_pool(settings: PostgresSettings, *, application_name: str = "mianzheng") -> asyncpg.Pool:
    """A pool as the role of ``settings.dsn``.  Raises OSError or asyncpg.PostgresError when it cannot connect."""
    return await open_pool(settings.dsn.get_secret_value(), settings.pool_size, application_name=application_name)


async def open_pool(dsn: str, size: int, *, application_name: str = "mianzheng") -> asyncpg.Pool:
    """A pool of at most ``size`` connections to ``postgresql://…``, also ``postgresql://role@/name?host=/socket/dir``.

    One connection is made at once, so that a wrong address is found at boot.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        statement_cache_size=100,
        reset=_keep_session,
        # JIT costs milliseconds on statements that take microseconds.
        server_settings={"application_name": application_name, "jit": "off", "timezone": "UTC"},
    )


async def _keep_session(_: asyncpg.Connection) -> None:
    """Nothing here changes a session, so giving a connection back costs no statement (open transactions are ended)."""

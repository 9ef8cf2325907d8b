"""A county long afterwards: orders, a role that may erase, and the log's world."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from infra.embedded.postgres import EmbeddedPostgres
from infra.postgres.pool import open_pool
from tests.audit.world import World
from tests.retention.archive import Archive, world_of

_numbers = itertools.count(1)


@pytest.fixture
async def eraser(postgres: EmbeddedPostgres, database_name: str, admin: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """A pool as a login that was granted ``mianzheng_eraser`` and nothing else."""
    role = f"eraser_{next(_numbers)}"
    await admin.execute(f"CREATE ROLE {role} LOGIN IN ROLE mianzheng_eraser")
    async with await open_pool(postgres.dsn(role, database_name), 1) as pool:
        yield pool
    await admin.execute(f"DROP ROLE {role}")


@pytest.fixture
def world(database: asyncpg.Pool, tmp_path: Path) -> World:
    return world_of(database, tmp_path)


@pytest.fixture
def archive(world: World, eraser: asyncpg.Pool) -> Archive:
    return Archive(world, eraser)

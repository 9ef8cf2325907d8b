"""What every test may ask for: one PostgreSQL for the whole run, and a fresh database of it."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, SUPERUSER, EmbeddedPostgres
from infra.postgres.migrate import upgrade
from infra.postgres.pool import open_pool

pytest_plugins = ("tests.temporal_fixtures",)

TEMPLATE = "mianzheng_template"
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What a command sets for its process (``MIANZHENG_CONFIG``, where its log goes) is not there for the next test."""
    before = dict(os.environ)
    yield
    for handler in [each for each in logging.root.handlers if type(each) is logging.StreamHandler]:
        logging.root.removeHandler(handler)  # its stream is the test's, and closed by now
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of its own for this run; nothing of it is left afterwards."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), ephemeral=True) as server:
        yield server


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres) -> str:
    """A migrated database that fresh ones are copied from."""
    postgres.create_database(TEMPLATE)
    await upgrade(postgres.dsn(OWNER_ROLE, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_name(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """The name of a fresh migrated database; ``postgres.dsn(role, database_name)`` leads to it."""
    name = f"test_{next(_numbers)}"
    postgres.create_database(name, template=template)
    yield name
    postgres.drop_database(name)


@pytest.fixture
async def database(postgres: EmbeddedPostgres, database_name: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a fresh database, as the workers' role."""
    async with await open_pool(postgres.dsn(APP_ROLE, database_name), 8) as pool:
        yield pool


@pytest.fixture
async def owner(postgres: EmbeddedPostgres, database_name: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on the same database, as the role that owns the schema."""
    async with await open_pool(postgres.dsn(OWNER_ROLE, database_name), 2) as pool:
        yield pool


@pytest.fixture
async def admin(postgres: EmbeddedPostgres, database_name: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on the same database, as superuser: whom no trigger stops."""
    async with await open_pool(postgres.dsn(SUPERUSER, database_name), 2) as pool:
        yield pool

"""A door over a stack of its own for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.sandbox.faults import Fault, FaultKind
from schemas.codes import SHARING_PLATFORMS
from tests.e2e.stack import whole_stack
from tests.gateway.doors import Door, open_door


@pytest.fixture
async def door(
    client: Client, server: str, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> AsyncIterator[Door]:
    dsn = postgres.dsn(APP_ROLE, database_name)
    async with whole_stack(client, server, dsn, tmp_path) as stack, open_door(stack) as opened:
        yield opened


@pytest.fixture
async def county(
    client: Client, server: str, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> AsyncIterator[Door]:
    """Long routes are offered, and the libraries have nothing of anybody's."""
    dsn = postgres.dsn(APP_ROLE, database_name)
    async with whole_stack(client, server, dsn, tmp_path, long_routes={"reask_seconds": 3600}) as stack:
        for platform in SHARING_PLATFORMS:
            stack.sandbox.faults.add(Fault(kind=FaultKind.NO_RECORD, platform=platform))
        async with open_door(stack) as door:
            yield door

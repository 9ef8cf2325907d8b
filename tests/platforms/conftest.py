"""One served sandbox for all tests of adapters; each test begins with a calm one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.platforms.world import World, open_world


@pytest_asyncio.fixture(scope="session")
async def served_world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world


@pytest.fixture
def world(served_world: World) -> World:
    served_world.calm()
    return served_world

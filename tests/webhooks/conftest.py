"""A ledger, its feed, and subscribers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.webhooks.world import World, open_world


@pytest.fixture
async def world(database: asyncpg.Pool) -> AsyncIterator[World]:
    """One on a fresh database."""
    async with open_world(database) as made:
        yield made

"""An office on a fresh database."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from tests.report.world import Office


@pytest.fixture
async def office(database: asyncpg.Pool, tmp_path: Path) -> Office:
    return await Office(database, tmp_path).open()

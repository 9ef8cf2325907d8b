"""A signed log on a fresh database."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from tests.audit.world import World
from tests.ledger.cases import MASTER_KEY


@pytest.fixture
def world(database: asyncpg.Pool, tmp_path: Path) -> World:
    return World(database, PostgresLedger(database, SubjectKeys(database, MASTER_KEY)), tmp_path)

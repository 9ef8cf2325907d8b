"""A ledger on a fresh database."""

from __future__ import annotations

import asyncpg
import pytest

from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from tests.ledger.cases import MASTER_KEY


@pytest.fixture
def keys(database: asyncpg.Pool) -> SubjectKeys:
    """Subject keys as a worker has them."""
    return SubjectKeys(database, MASTER_KEY)


@pytest.fixture
def owner_keys(owner: asyncpg.Pool) -> SubjectKeys:
    """The same keys in the hands of the owner, who may destroy them."""
    return SubjectKeys(owner, MASTER_KEY)


@pytest.fixture
def ledger(database: asyncpg.Pool, keys: SubjectKeys) -> PostgresLedger:
    """The writer."""
    return PostgresLedger(database, keys)

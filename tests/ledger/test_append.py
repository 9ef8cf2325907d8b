"""Appending: retries collapse, branches stand, and whatever does not fit is refused."""

from __future__ import annotations

import asyncio
import os

import asyncpg
import pytest

from activities.ledger import LedgerRefusal
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.trail import events_of, read_trail
from infra.ledger.writer import PostgresLedger
from schemas.application import LedgerPosition
from schemas.events import Event
from schemas.ledger import AppendRequest
from tests.ledger.cases import (
    START,
    SYSTEM,
    admitted,
    attempt,
    handed_over,
    link,
    received,
    refused,
    settled,
    whole_case,
    withdrawn,
)

from datetime import timedelta

RUN, CHAIN = "run-1", "run-1"
LATER = START + timedelta(hours=1)


@pytest.fixture
def keys(database: asyncpg.Pool) -> SubjectKeys:
    return SubjectKeys(database, os.urandom(32))


@pytest.fixture
def ledger(database: asyncpg.Pool, keys: SubjectKeys) -> PostgresLedger:
    return PostgresLedger(database, keys)


def batch(events: tuple[Event, ...], run: str = RUN, chain: str = CHAIN) -> AppendRequest:
    return AppendRequest(run_id=run, chain_run_id=chain, events=events)


async def test_whole_case(ledger: PostgresLedger, database: asyncpg.Pool, keys: SubjectKeys) -> None:
    events = whole_case("T-1")
    position = await ledger.append(batch(events))
    trail = await read_trail(database, "T-1", keys=keys)
    assert trail.sound, trail.findings
    assert events_of(trail) == events

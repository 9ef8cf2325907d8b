"""Law 2 under crash: the worker dies at each step, and afterwards ledger and history agree, event for event."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.trail import events_of, read_trail
from infra.settings import TemporalSettings
from infra.temporal.start import submit
from schemas.events import Event
from schemas.ledger import AppendRequest
from tests.faults.crashing_worker import KILLED, MASTER_KEY
from tests.workflows.requests import request

POINTS = ("before_admit", "before_ask", "asked", "stored", "before_append", "after_append")


@asynccontextmanager
async def worker(told: dict[str, object]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.crashing_worker", json.dumps(told), cwd=Path(__file__).parents[2]
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


async def history_events(client: Client, workflow_id: str) -> list[Event]:
    """What Temporal's history says was given to the ledger, each event once, in order."""
    seen: dict[str, Event] = {}
    async for event in client.get_workflow_handle(workflow_id).fetch_history_events():
        if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            continue
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == "ledger.append":
            (append,) = await client.data_converter.decode(scheduled.input.payloads, [AppendRequest])
            seen.update({str(e.event_id): e for e in append.events})
    return list(seen.values())


def telling(point: str, settings: TemporalSettings, queue: str, dsn: str, marker: Path) -> dict[str, object]:
    """What the worker process is told."""
    return {
        "point": point,
        "marker": str(marker),
        "dsn": dsn,
        "temporal": {
            "address": settings.address,
            "task_queue": queue,
            "codec_active_key": settings.codec_active_key,
            "codec_keys": {k: v.get_secret_value() for k, v in settings.codec_keys.items()},
        },
    }


async def crash_once(
    point: str, client: Client, settings: TemporalSettings, dsn: str, marker: Path, seconds: float
) -> str:
    queue = f"crash-{point}-{uuid.uuid4().hex[:6]}"
    told = telling(point, settings, queue, dsn, marker)
    handle = await submit(client, queue, request())
    async with worker(told) as first:
        assert await asyncio.wait_for(first.wait(), seconds) == KILLED, point
    async with worker(told):
        result = await asyncio.wait_for(handle.result(), seconds)
    assert result.status == "settled", point
    return handle.id


async def test_killed_at_each_step_ledger_and_history_agree(
    client: Client,
    temporal_settings: TemporalSettings,
    database: asyncpg.Pool,
    database_name: str,
    postgres: EmbeddedPostgres,
    tmp_path: Path,
) -> None:
    dsn = postgres.dsn(APP_ROLE, database_name)
    streams = await asyncio.gather(
        *(crash_once(p, client, temporal_settings, dsn, tmp_path / p, seconds=75) for p in POINTS)
    )
    for point, stream in zip(POINTS, streams, strict=True):
        trail = await read_trail(database, stream.split("/")[1], keys=SubjectKeys(database, MASTER_KEY))
        assert trail.sound, (point, trail.findings)
        kept = list(events_of(trail, with_superseded=True))
        assert kept == await history_events(client, stream), point
        assert [e.sequence for e in kept] == list(range(len(kept))), point
        assert [e.body.type for e in kept].count("application_handed_over") == 1, point


pytestmark = pytest.mark.timeout(180)

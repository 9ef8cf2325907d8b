"""Law 2 under crash where people answer: the worker dies while a department is asked, answers, or is believed."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.trail import events_of, read_trail
from infra.settings import TemporalSettings
from infra.temporal.start import submit
from schemas.application import ApplicationResult
from schemas.codes import Route
from schemas.events import Event
from tests.faults.crashing_worker import KILLED, MASTER_KEY
from tests.faults.test_crash import history_events, telling, worker
from tests.workflows.fakes import PlainPseudonyms
from tests.workflows.long_world import HEALTH
from tests.workflows.requests import request
from tests.workflows.saying import about

VERIFIED = (
    "before_request",
    "after_request",
    "before:verification_opened",
    "after:verification_answered",
    "before:requirement_settled",
)
DIGITISED = ("after:paper_answered", "before:case_told")
SECONDS = 120.0
pytestmark = pytest.mark.timeout(300)


class Crash:
    """One case whose worker dies once, at its point."""

    def __init__(self, point: str, client: Client, settings: TemporalSettings, dsn: str, folder: Path) -> None:
        self.point, self.client, self.settings = point, client, settings
        self.number = f"T-{uuid.uuid4().hex[:12]}"
        self.queue = f"crash-{self.number}"
        self.told = telling(point, settings, self.queue, dsn, folder / self.number)
        self.library = (folder / self.number).with_suffix(".library")
        self.case: WorkflowHandle[Any, ApplicationResult] = client.get_workflow_handle(
            f"application/{self.number}", result_type=ApplicationResult
        )

    async def verified(self) -> None:
        """信息核验, answered."""
        stream = f"verification/{self.number}/r_verify/p1"
        await self._served(Route.VERIFICATION, self._reply(stream, "verification"))

    async def digitised(self) -> None:
        """纸质材料, checked by the issuer and then found by our own lookup."""
        digest = hashlib.sha256(self.number.encode()).hexdigest()
        (applicant,) = request().parties
        subject = PlainPseudonyms().subject_ref(applicant.id_type, applicant.id_number)
        stream = f"digitisation/fertility/{subject}/{digest[:16]}"
        paper = dict(about("r_verify", "fertility"))["submit_paper"] | {"document_digest": digest}

        async def act() -> None:
            await self._sent(self.case.id, "submit_paper", paper)
            await self._reply(stream, "digitisation")
            self.library.touch()
            await self.client.get_workflow_handle(stream).result()

        await self._served(Route.PAPER_FIRST, act())

    # --- pieces --------------------------------------------------------------------------------------------------

    async def _served(self, offered: Route, acts: Coroutine[Any, Any, None]) -> None:
        """Through one worker that dies, and the next."""
        told = self.told | {"people": {"only": ["r_verify"], "offered": [offered.value]}}
        await submit(self.client, self.queue, request(self.number))
        async with asyncio.timeout(SECONDS):
            acting = asyncio.create_task(acts)
            async with worker(told) as first:
                assert await first.wait() == KILLED, self.point
            async with worker(told):
                await acting
                assert (await self.case.result()).status == "settled", self.point

    async def _reply(self, stream: str, word: str) -> None:
        """The department confirms, as soon as there is a question."""
        key = f"{self.number}/r_verify/p1/{word}/1"
        said = {"message_id": f"m-{self.number}", "stream": stream, "key": key, "department": HEALTH}
        rest = dict.fromkeys(("reason", "document_digest", "conditions"))
        await self._sent(stream, "reply", said | rest | {"verdict": "confirmed", "answered_at": "2026-01-05T09:00:00Z"})

    async def _sent(self, workflow_id: str, name: str, act: dict[str, Any]) -> None:
        """As a door would: again, under the same id, until it is answered; refused only while its time has not come."""
        ident = "message_id" if "message_id" in act else "command_id"
        while True:
            try:
                await self.client.get_workflow_handle(workflow_id).execute_update(name, act, id=act[ident])
            except RPCError:
                pass
            except WorkflowUpdateFailedError:
                act |= {ident: f"{act[ident]}x"}
            else:
                return
            await asyncio.sleep(0.3)


async def test_killed_while_people_are_asked_ledger_and_history_agree(
    client: Client,
    temporal_settings: TemporalSettings,
    database: asyncpg.Pool,
    database_name: str,
    postgres: EmbeddedPostgres,
    tmp_path: Path,
) -> None:
    dsn = postgres.dsn(APP_ROLE, database_name)

    def crash(point: str) -> Crash:
        return Crash(point, client, temporal_settings, dsn, tmp_path)

    verified, digitised = [crash(p) for p in VERIFIED], [crash(p) for p in DIGITISED]
    await asyncio.gather(*(c.verified() for c in verified), *(c.digitised() for c in digitised))
    for each in (*verified, *digitised):
        trail = await read_trail(database, each.number, keys=SubjectKeys(database, MASTER_KEY))
        assert trail.sound, (each.point, trail.findings)
        kept = by_stream(events_of(trail, with_superseded=True))
        assert len(kept) == 2, (each.point, kept.keys())
        for stream, events in kept.items():
            workflow_id = stream.rpartition("/")[0] if stream.startswith("digitisation/") else stream
            assert events == await history_events(client, workflow_id), (each.point, stream)
            assert [e.sequence for e in events] == list(range(len(events))), (each.point, stream)
        settled = [e.body.type for e in kept[each.case.id]]
        assert settled.count("requirement_settled") + settled.count("settlement_confirmed") == 1, each.point


def by_stream(events: tuple[Event, ...]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.stream, []).append(event)
    return found

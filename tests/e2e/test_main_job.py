"""The main job on real parts: sample applications of Dehua go through, and every one can be shown afterwards."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client, WorkflowHandle

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.evidence_store.files import FileEvidenceStore
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.trail import events_of, read_trail
from infra.sandbox.applications import sample_applications
from infra.temporal.start import submit
from schemas.application import ApplicationRequest, ApplicationResult, ApplicationStatus
from schemas.base import personal_values
from schemas.case import fold
from schemas.errors import InvalidInput
from schemas.events import AttemptMade
from schemas.views import status_of
from tests.e2e.stack import Stack, whole_stack


@pytest.fixture
async def stack(
    client: Client, server: str, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> AsyncIterator[Stack]:
    async with whole_stack(client, server, postgres.dsn(APP_ROLE, database_name), tmp_path) as running:
        yield running


async def _through(stack: Stack, requests: list[ApplicationRequest]) -> list[ApplicationResult]:
    slots = asyncio.Semaphore(10)

    async def one(request: ApplicationRequest) -> ApplicationResult:
        async with slots:
            handle = await stack.intake.submit(request)
            return await asyncio.wait_for(handle.result(), 60)

    return list(await asyncio.gather(*(one(r) for r in requests)))


async def test_sample_applications_are_settled_and_provable(stack: Stack) -> None:
    requests = list(sample_applications(stack.catalogue, stack.sandbox.population, 60, 3))
    results = await _through(stack, requests)
    grounds = {s.ground for r in results for s in r.settled}
    assert {"abolished", "elicence", "data_sharing", "trusted_document", "volunteered"} <= grounds
    assert any(r.status == "notice_due" for r in results)
    keys = SubjectKeys(stack.pool, stack.settings.identity.master_key_bytes)
    for request, result in zip(requests, results, strict=True):
        trail = await read_trail(stack.pool, request.application_no, keys=keys)
        assert trail.sound, trail.findings
        events = events_of(trail)
        assert events[-1].sequence == result.position.sequence
        case = fold(events)
        assert case is not None
        handle: WorkflowHandle[object, ApplicationResult] = stack.client.get_workflow_handle(result.position.stream)
        answered = await handle.query("status", result_type=ApplicationStatus)
        assert status_of(case, answered.durable) == answered


async def test_every_hit_has_its_bytes_and_every_lookup_its_case(stack: Stack) -> None:
    requests = list(sample_applications(stack.catalogue, stack.sandbox.population, 20, 4))
    await _through(stack, requests)
    keys = SubjectKeys(stack.pool, stack.settings.identity.master_key_bytes)
    store = FileEvidenceStore(stack.settings.evidence_path, keys)
    hits = 0
    for request in requests:
        trail = await read_trail(stack.pool, request.application_no, keys=keys)
        for event in events_of(trail):
            if isinstance(event.body, AttemptMade) and event.body.outcome.evidence is not None:
                evidence = event.body.outcome.evidence
                assert len(await store.get(evidence.subject_ref, evidence.digest)) == evidence.size
                hits += 1
    assert hits > 20
    numbers = {r.application_no for r in requests}
    searches = [c for c in stack.sandbox.calls if c["operation"] == "search"]
    assert searches
    assert all(c["case_no"] in numbers and c["purpose"] for c in searches)


async def test_nothing_personal_is_readable_in_the_database(stack: Stack, admin: asyncpg.Pool) -> None:
    requests = list(sample_applications(stack.catalogue, stack.sandbox.population, 15, 5))
    await _through(stack, requests)
    dump = await everything_in(admin)
    values = {v for r in requests for _, _, v in personal_values(r) if isinstance(v, str) and len(v) > 3}
    assert values
    assert not [v for v in values if v in dump]
    assert requests[0].application_no in dump


async def test_a_start_without_our_door_gives_the_same(stack: Stack) -> None:
    first, second = itertools.islice(sample_applications(stack.catalogue, stack.sandbox.population, 10, 6), 2)
    ours = await (await stack.intake.submit(first)).result()
    direct = await (await submit(stack.client, stack.settings.temporal.task_queue, second)).result()
    assert ours.catalogue_version == direct.catalogue_version == stack.catalogue.version


async def test_the_door_refuses_before_anything_starts(stack: Stack) -> None:
    (request,) = sample_applications(stack.catalogue, stack.sandbox.population, 1, 8)
    with pytest.raises(InvalidInput) as refused:
        await stack.intake.submit(request.model_copy(update={"parties": (request.parties[0], request.parties[0])}))
    assert "parties.1.party_id" in [e.field for e in refused.value.errors]
    assert not stack.sandbox.calls
    assert await stack.pool.fetchval("SELECT count(*) FROM ledger.event") == 0


async def everything_in(admin: asyncpg.Pool) -> str:
    """All rows of all our tables, as text."""
    tables = await admin.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname IN ('ledger', 'identity', 'catalogue')"
    )
    rows = [await admin.fetch(f"SELECT t::text FROM {table} t") for (table,) in tables]
    return "\n".join(text for part in rows for (text,) in part)

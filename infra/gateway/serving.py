"""The door composed from the settings, as its process serves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import asyncpg
from fastapi import FastAPI
from temporalio.client import Client

from infra.audit.jobs import Jobs
from infra.catalogue.store import StoredCatalogues
from infra.evidence_store import FileEvidenceStore
from infra.gateway import callbacks
from infra.gateway.app import create_app
from infra.gateway.behind import Behind
from infra.gateway.cases import Cases
from infra.gateway.complaints import complaint_router
from infra.gateway.delivery import TemporalDelivery
from infra.gateway.elsewhere import Worklists
from infra.gateway.events import EventsDoor, events_router
from infra.gateway.exports import exports_router
from infra.gateway.guard import Guard
from infra.gateway.identity import identity
from infra.gateway.inbox import Inbox
from infra.gateway.issuer import issuer_routes
from infra.gateway.mandates import ActingFor, mandate_router
from infra.gateway.submissions import SubmissionsDoor
from infra.gateway.submissions import router as submissions_router
from infra.identity.issuer import TokenIssuer
from infra.identity.mandates import Mandates
from infra.identity.pseudonyms import HmacPseudonyms
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.postgres.pool import open_pool
from infra.report.submissions import Submissions
from infra.settings import Settings
from infra.webhooks.sender import Sender
from schemas.authority import Action, Principal
from schemas.outbound import Scope
from workers.intake import Intake
from workers.resources import admission_of, county_calendar


@asynccontextmanager
async def open_app(settings: Settings, client: Client) -> AsyncIterator[FastAPI]:
    """Everything behind the door, open while it is served.  Raises what opening the database raises."""
    dsn = settings.postgres.dsn.get_secret_value()
    queue = settings.temporal.queues.get("ledger")
    async with (
        await open_pool(dsn, settings.postgres.pool_size, application_name="mianzheng-gateway") as pool,
        identity(settings, pool, "gateway") as known,
        AsyncExitStack() as stack,
    ):
        sender = Sender(settings.webhooks)
        stack.push_async_callback(sender.close)
        mandates, pseudonyms = Mandates(pool), HmacPseudonyms(settings.identity.pepper_bytes)
        behind = Behind(
            client=client,
            pool=pool,
            intake=Intake(client, settings.temporal.task_queue, admission_of(settings, pool)),
            cases=Cases(client, pool, StoredCatalogues(pool)),
            evidence=FileEvidenceStore(settings.evidence_path, SubjectKeys(pool, settings.identity.master_key_bytes)),
            elsewhere=Worklists(pool),
            bearer=known.bearer,
            guard=known.guard,
            acting_for=ActingFor(mandates, pseudonyms),
            ledger_queue=queue,
        )
        own = settings.oidc.issuer_key_path if settings.oidc is not None else None
        issuer = issuer_routes(TokenIssuer(settings.oidc, own)) if settings.oidc is not None and own else []
        inbox = Inbox(pool, settings.identity.master_key_bytes, TemporalDelivery(client, ledger_queue=queue))
        await stack.enter_async_context(_handing_on(inbox))
        jobs = await stack.enter_async_context(Jobs(settings))
        yield create_app(
            behind,
            more=(
                complaint_router(behind, PostgresLedger(pool, SubjectKeys(pool, settings.identity.master_key_bytes))),
                exports_router(known.bearer, known.guard, pool, jobs),
                mandate_router(known.bearer, known.guard, mandates, pseudonyms),
                submissions_router(behind, submissions_door(settings, pool, behind.evidence)),
                events_router(EventsDoor.of(settings, pool, sender, known.bearer, subscribable(known.guard))),
            ),
            mounted=(*callbacks.routes(settings.callbacks, inbox, look=inbox.state), *issuer),
        )


@asynccontextmanager
async def _handing_on(inbox: Inbox) -> AsyncIterator[None]:
    """Meanwhile what was delivered is handed on."""
    stopping = asyncio.Event()
    task = asyncio.create_task(inbox.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


def submissions_door(settings: Settings, pool: asyncpg.Pool, evidence: FileEvidenceStore) -> SubmissionsDoor:
    """Where departments hand in, as the settings have it."""
    ledger = PostgresLedger(pool, SubjectKeys(pool, settings.identity.master_key_bytes))
    return SubmissionsDoor(
        submissions=Submissions(pool, ledger, evidence),
        catalogues=StoredCatalogues(pool),
        terms=settings.report.submissions,
        calendar=partial(county_calendar, settings),
    )


def subscribable(guard: Guard) -> Callable[[Principal], Awaitable[Scope]]:
    """Gives the cases whose events a principal may have sent to it, or ask for, by the rule of access; it is noted."""

    async def scope_of(principal: Principal) -> Scope:
        cases = await guard.listing(principal, Action.SUBSCRIBE)
        return Scope(items=cases.items, departments=cases.departments, taken_in_by=cases.taken_in_by)

    return scope_of

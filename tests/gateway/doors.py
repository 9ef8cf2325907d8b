"""The HTTP door over a whole stack in one process, and callers with tokens of the tests."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.audit.jobs import Jobs
from infra.catalogue.store import StoredCatalogues
from infra.evidence_store import FileEvidenceStore
from infra.gateway.app import create_app
from infra.gateway.bearer import Bearer
from infra.gateway.behind import Behind
from infra.gateway.cases import Cases
from infra.gateway.complaints import complaint_router
from infra.gateway.elsewhere import Worklists
from infra.gateway.events import EventsDoor, events_router
from infra.gateway.exports import exports_router
from infra.gateway.guard import Guard
from infra.gateway.mandates import ActingFor, mandate_router
from infra.gateway.serving import submissions_door, subscribable
from infra.gateway.submissions import router as submissions_router
from infra.identity.mandates import Mandates
from infra.identity.pseudonyms import HmacPseudonyms
from infra.identity.subject_keys import SubjectKeys
from infra.identity.tokens import TokenRefused
from infra.ledger import feed, sequencer
from infra.ledger.writer import PostgresLedger
from infra.sandbox.applications import sample_applications
from infra.sandbox.server import serve
from infra.statistics import projection as statistics
from infra.webhooks.sender import Sender
from infra.worklist import projection
from schemas.application import ApplicationRequest
from schemas.authority import Action, Principal, Role, Verdict
from tests.e2e.stack import Stack


@dataclass
class Callers:
    """Principals by their token; the token of one is his number."""

    known: dict[str, Principal] = field(default_factory=dict)

    async def __call__(self, token: str) -> Principal:
        if token not in self.known:
            raise TokenRefused("bad_token")
        return self.known[token]

    def add(self, principal_id: str, *roles: Role, **fields: Any) -> dict[str, str]:
        """The headers of a new caller."""
        self.known[principal_id] = Principal(principal_id=principal_id, roles=roles, **fields)
        return {"Authorization": f"Bearer {principal_id}"}


@dataclass
class Noted:
    """What the guard took note of."""

    looks: list[tuple[str, Action, str | None, Verdict]] = field(default_factory=list)

    async def __call__(
        self,
        principal: Principal,
        action: Action,
        application_no: str | None,
        verdict: Verdict,
        reason: str | None = None,
        **_: object,
    ) -> None:
        self.looks.append((principal.principal_id, action, application_no, verdict))


@dataclass
class Door:
    """A served door."""

    http: httpx.AsyncClient
    stack: Stack
    callers: Callers
    noted: Noted
    behind: Behind
    case: str = ""

    def applications(self, count: int, seed: int) -> list[ApplicationRequest]:
        """Sample applications of the county's people, under numbers of their own: the server is shared by tests."""
        samples = sample_applications(self.stack.catalogue, self.stack.sandbox.population, count, seed)
        return [s.model_copy(update={"application_no": f"D-{uuid.uuid4().hex[:12]}"}) for s in samples]

    async def caught_up(self) -> None:
        """Let the read models take everything the ledger has."""
        await sequencer.sequence(self.stack.pool)
        async with self.stack.pool.acquire() as connection:
            for read_model in (projection, statistics):
                while await feed.advance(connection, read_model.NAME, read_model.apply, 500):
                    pass

    def system_of(self, request: ApplicationRequest, name: str = "system-1") -> dict[str, str]:
        """A business system of the department that decides the item."""
        item = next(i for i in self.stack.catalogue.items if i.code == request.item_code)
        uscc = next(d.uscc for d in self.stack.catalogue.departments if d.code == item.department)
        return self.callers.add(name, Role.BUSINESS_SYSTEM, department=uscc)


def body_of(request: ApplicationRequest, **changed: Any) -> dict[str, Any]:
    """An application as a business system sends it: who hands it in is in its token."""
    told = request.model_dump(mode="json", exclude={"operator"}, exclude_none=True)
    return {name: value for name, value in (told | changed).items() if value is not None}


@asynccontextmanager
async def open_door(stack: Stack, **more: Any) -> AsyncIterator[Door]:
    """Serve the door over real HTTP."""
    callers, noted = Callers(), Noted()
    pseudonyms = HmacPseudonyms(stack.settings.identity.pepper_bytes)
    behind = Behind(
        client=stack.client,
        pool=stack.pool,
        intake=stack.intake,
        cases=Cases(stack.client, stack.pool, StoredCatalogues(stack.pool)),
        evidence=FileEvidenceStore(
            stack.settings.evidence_path, SubjectKeys(stack.pool, stack.settings.identity.master_key_bytes)
        ),
        elsewhere=Worklists(stack.pool),
        bearer=Bearer(callers),
        guard=Guard(noted),
        acting_for=ActingFor(Mandates(stack.pool), pseudonyms),
    )
    mandates = mandate_router(behind.bearer, behind.guard, Mandates(stack.pool), pseudonyms)
    sender = Sender(stack.settings.webhooks)
    events = events_router(EventsDoor.of(stack.settings, stack.pool, sender, behind.bearer, subscribable(behind.guard)))
    keys = SubjectKeys(stack.pool, stack.settings.identity.master_key_bytes)
    complaints = complaint_router(behind, PostgresLedger(stack.pool, keys))
    jobs = Jobs(stack.settings)
    exports = exports_router(behind.bearer, behind.guard, behind.pool, jobs)
    submissions = submissions_router(behind, submissions_door(stack.settings, stack.pool, behind.evidence))
    app = create_app(behind, (mandates, events, complaints, exports, submissions), **more)
    async with jobs, serve(app) as base, httpx.AsyncClient(base_url=base, timeout=60) as http:
        yield Door(http, stack, callers, noted, behind)
    await sender.close()

"""What stands behind the door, opened together and closed together, and how a case is judged by the rule of access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import asyncpg
from temporalio.client import Client

from infra.evidence_store import FileEvidenceStore
from infra.gateway.bearer import Bearer
from infra.gateway.cases import Cases, NoSuchCase
from infra.gateway.guard import Guard
from infra.gateway.mandates import ActingFor
from schemas.authority import Action, Principal, Target
from schemas.door import Waiting
from schemas.overview import CaseOverview
from workers.intake import Intake


class LookElsewhere(Protocol):
    """The read model of the worklists; a case it does not know yet has nothing elsewhere."""

    async def target(self, application_no: str) -> Target | None:
        """Who was asked in the case."""

    async def waiting(self, application_no: str) -> tuple[Waiting, ...]:
        """Who has to act now in other workflows of the case."""


@dataclass(frozen=True)
class Behind:
    """The collaborators of the endpoints."""

    client: Client
    pool: asyncpg.Pool
    intake: Intake
    cases: Cases
    evidence: FileEvidenceStore
    elsewhere: LookElsewhere
    bearer: Bearer
    guard: Guard
    acting_for: ActingFor
    ledger_queue: str | None = None

    async def look(self, principal: Principal, action: Action, application_no: str) -> CaseOverview:
        """The case, if the principal may: for one that he may not see the answer is that of one that is not there.

        Raises Refused, CannotLook.
        """
        try:
            seen = await self.cases.overview(application_no)
        except NoSuchCase:
            await self.guard(principal, action, None, application_no)
            raise
        known = await self.elsewhere.target(application_no)
        await self.guard(principal, action, target_of(seen, known or Target()), application_no)
        return seen


def target_of(seen: CaseOverview, known: Target) -> Target:
    """What the rule of access has to know of a case (pure)."""
    return Target(
        application_no=seen.status.application_no,
        item_code=seen.status.item_code,
        department=seen.department,
        taken_in_by=seen.taken_in_by,
        asked=known.asked,
        asked_roles=known.asked_roles,
        helpers=known.helpers,
    )

"""Who is at the door, what is noted of it, and the one rule, put together from the settings for one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx

from infra.gateway.admission import Admission
from infra.gateway.bearer import Bearer, Verify
from infra.gateway.guard import Guard
from infra.identity.access_record import AccessRecord
from infra.identity.harvesting import HarvestWatch
from infra.identity.issuer_keys import IssuerKeys
from infra.identity.noting import Noting
from infra.identity.rates import RateLimits
from infra.identity.subject_keys import SubjectKeys
from infra.identity.tokens import TokenRefused, TokenVerifier
from infra.ledger.writer import PostgresLedger
from infra.settings import Settings
from schemas.authority import Principal
from schemas.look import LookDoor


@dataclass(frozen=True)
class Identity:
    """What the parts of the door need to know of identities."""

    bearer: Bearer
    guard: Guard
    record: AccessRecord


@asynccontextmanager
async def identity(
    settings: Settings, pool: asyncpg.Pool, door: LookDoor, *, rated: bool = True
) -> AsyncIterator[Identity]:
    """Open for as long as the door is; on leaving, all that was noted is written.

    ``rated`` is off where a browser asks for much at once (the Temporal UI).  Without ``oidc`` no token is taken.
    """
    watch = HarvestWatch(settings.harvest)
    ledger = PostgresLedger(pool, SubjectKeys(pool, settings.identity.master_key_bytes))
    async with AccessRecord(pool, ledger, door) as record, httpx.AsyncClient(trust_env=False) as http:
        admission = Admission(RateLimits(settings.rates) if rated else None, watch, record)
        verify: Verify = (
            _nobody if settings.oidc is None else TokenVerifier(settings.oidc, IssuerKeys(settings.oidc, http))
        )
        bearer = Bearer(verify, admission.admit, admission.refused)
        yield Identity(bearer, Guard(Noting(record, watch)), record)


async def _nobody(token: str) -> Principal:
    raise TokenRefused("wrong_issuer")

"""The collaborators of a worker process, opened together and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

import infra.catalogue
from activities.catalogue import CatalogueActivities
from activities.data_sharing import DataSharingActivities
from activities.elicence import ElicenceActivities
from activities.ledger import LedgerActivities
from activities.trusted_documents import TrustedDocumentActivities
from infra.calendar import working_calendar
from infra.catalogue.store import StoredCatalogues
from infra.evidence_store import FileEvidenceStore
from infra.identity.pseudonyms import HmacPseudonyms
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.platforms.factory import clients
from infra.platforms.transport import http_client
from infra.postgres.pool import create_pool
from infra.settings import Settings
from schemas.codes import Platform
from workers.registry import Activity, Role


@dataclass(frozen=True)
class Resources:
    """Activities by role, ready to be served."""

    activities: dict[Role, tuple[Activity, ...]]
    pool: asyncpg.Pool


def admission_of(settings: Settings, pool: asyncpg.Pool) -> CatalogueActivities:
    """Admission on a pool, as workers and doors have it."""
    folder = Path(infra.catalogue.__file__).parent / settings.county
    return CatalogueActivities(
        StoredCatalogues(pool),
        HmacPseudonyms(settings.identity.pepper_bytes),
        working_calendar(folder / "calendar.yaml"),
        settings.case_policy,
    )


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Connect to the database and the platforms and build the activities of every role."""
    pool = await create_pool(settings.postgres)
    try:
        async with http_client() as http:
            keys = SubjectKeys(pool, settings.identity.master_key_bytes)
            store = FileEvidenceStore(settings.evidence_path, keys)
            platforms = clients(settings.platforms, http)
            admission = admission_of(settings, pool)
            elicence = ElicenceActivities(platforms, store)
            sharing = DataSharingActivities(platforms[Platform.DATA_SHARING], store)
            documents = TrustedDocumentActivities(platforms[Platform.TRUSTED_DOCUMENTS], store)
            ledger = LedgerActivities(PostgresLedger(pool, keys))
            yield Resources(
                activities={
                    Role.CASES: (admission.admit,),
                    Role.PLATFORMS: (elicence.retrieve, sharing.retrieve, documents.retrieve),
                    Role.LEDGER: (ledger.append,),
                },
                pool=pool,
            )
    finally:
        await pool.close()

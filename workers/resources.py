"""The collaborators of a worker process, opened together and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg
import httpx

import infra.catalogue
from activities.assistance import AssistanceActivities
from activities.calendar import CalendarActivities
from activities.catalogue import CatalogueActivities
from activities.collaboration import CollaborationActivities
from activities.credit import CreditActivities
from activities.data_sharing import DataSharingActivities
from activities.elicence import ElicenceActivities
from activities.ledger import LedgerActivities
from activities.notification import NotificationActivities
from activities.report import ReportActivities
from activities.sharing import EvidenceStore
from activities.trusted_documents import TrustedDocumentActivities
from infra.calendar import working_calendar
from infra.catalogue.store import StoredCatalogues
from infra.evidence_store import FileEvidenceStore
from infra.identity.pseudonyms import HmacPseudonyms
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from infra.platforms.factory import acting_clients, clients
from infra.platforms.transport import http_client
from infra.postgres.pool import create_pool
from infra.report.desk import ReportDesk
from infra.settings import Settings
from schemas.clock import WorkingCalendar
from schemas.codes import Platform
from workers.registry import Activity, Role


@dataclass(frozen=True)
class Resources:
    """Activities by role, ready to be served."""

    activities: dict[Role, tuple[Activity, ...]]
    pool: asyncpg.Pool


def admission_of(settings: Settings, pool: asyncpg.Pool) -> CatalogueActivities:
    """Admission on a pool, as workers and doors have it."""
    return CatalogueActivities(
        StoredCatalogues(pool),
        HmacPseudonyms(settings.identity.pepper_bytes),
        county_calendar(settings),
        settings.case_policy,
    )


def county_calendar(settings: Settings) -> WorkingCalendar:
    """The county's working calendar as it is published now.  Raises CalendarInvalid."""
    return working_calendar(Path(infra.catalogue.__file__).parent / settings.county / "calendar.yaml")


def acting_activities(settings: Settings, http: httpx.AsyncClient, store: EvidenceStore) -> tuple[Activity, ...]:
    """What the long routes ask of the outside, and the calendar they count on."""
    acting = acting_clients(settings.platforms, http)
    collaboration = CollaborationActivities(acting.collaboration)
    credit = CreditActivities(acting.credit, store)
    assistance = AssistanceActivities(acting.assistance)
    notification = NotificationActivities(acting.notification)
    calendar = CalendarActivities(partial(county_calendar, settings))
    return (
        collaboration.request,
        collaboration.remind,
        collaboration.withdraw,
        credit.check,
        credit.report,
        assistance.open,
        assistance.revoke,
        notification.deliver,
        calendar.current,
    )


def report_desk(settings: Settings, pool: asyncpg.Pool, keys: SubjectKeys) -> ReportDesk:
    """What makes reports, as workers and commands have it."""
    ledger = PostgresLedger(pool, keys)
    return ReportDesk(pool, ledger, settings.report, settings.county, partial(county_calendar, settings))


def report_activities(settings: Settings, pool: asyncpg.Pool, keys: SubjectKeys) -> tuple[Activity, ...]:
    """The steps of a report."""
    report = ReportActivities(report_desk(settings, pool, keys))
    return (report.due, report.newest, report.make, report.draw, report.issue, report.mail, report.sent)


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
                    Role.PLATFORMS: (
                        elicence.retrieve,
                        sharing.retrieve,
                        documents.retrieve,
                        elicence.watch,
                        sharing.watch,
                        documents.watch,
                        *acting_activities(settings, http, store),
                    ),
                    Role.LEDGER: (ledger.append,),
                    Role.AUDIT: report_activities(settings, pool, keys),
                },
                pool=pool,
            )
    finally:
        await pool.close()

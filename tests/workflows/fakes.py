"""Stand-ins for the outside in workflow tests: answering platforms, a ledger in memory, admission in memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from activities.catalogue import CatalogueActivities
from activities.data_sharing import DataSharingActivities
from activities.elicence import ElicenceActivities
from activities.ledger import LedgerActivities
from activities.trusted_documents import TrustedDocumentActivities
from schemas.application import LedgerPosition
from schemas.catalogue import Catalogue
from schemas.clock import WorkingCalendar
from schemas.codes import HolderCodeType, Platform, Route
from schemas.events import Event
from schemas.exchange import AnswerClass, Batch, EvidenceQuery, FetchedFile, FoundRecord, PlatformAnswer
from schemas.ledger import AppendRequest, LedgerRefusal
from schemas.policy import CasePolicy, LongPolicy, RouteBudget
from tests.workflows.outside import Outside
from workers.registry import Activity, Role

CALENDAR = WorkingCalendar(version="test", first=date(2020, 1, 1), last=date(2030, 12, 31), holidays=(), workdays=())
SHARING = (Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT)


def found(query: EvidenceQuery, **fields: object) -> PlatformAnswer:
    """A hit about the very person asked for."""
    record = FoundRecord(
        subject_ref=query.subject.subject_ref,
        holder_code=query.subject.id_number,
        holder_name=query.subject.name,
    )
    changed = record.model_copy(update=fields)
    return PlatformAnswer(
        kind=AnswerClass.FOUND, platform_code="0", records=(changed,), body=b"{}", received_at=datetime.now(UTC)
    )


def said(kind: AnswerClass) -> PlatformAnswer:
    """Any other answer."""
    return PlatformAnswer(kind=kind, platform_code="x", received_at=datetime.now(UTC))


@dataclass
class FakePlatform:
    """Answers by evidence type; ``gate`` holds every answer back while it is not set."""

    answers: dict[str, Callable[[EvidenceQuery], PlatformAnswer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        self.asked.append(batch.idempotency_key(query))
        await self.gate.wait()
        return self.answers.get(query.evidence_type, found)(query)

    async def fetch(
        self, batch: Batch, query: EvidenceQuery, record: FoundRecord
    ) -> FetchedFile | PlatformAnswer | None:
        return FetchedFile(content=f"file of {query.requirement}".encode(), media_type="application/pdf")


class MemoryStore:
    """Evidence bytes by digest."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.full = False

    async def put(self, subject_ref: str, content: bytes) -> str:
        if self.full:
            raise OSError("no space left on device")
        digest = hashlib.sha256(content).hexdigest()
        self.kept[digest] = content
        return digest


class MemoryLedger:
    """Streams in memory; ``down`` makes every append fail, as a database that is away does."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Event]] = {}
        self.appends = 0
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.refusal: LedgerRefusal | None = None

    async def append(self, request: AppendRequest) -> LedgerPosition:
        if self.down:
            raise ConnectionError("database is away")
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        self.appends += 1
        stream = self.streams.setdefault(request.events[0].stream, [])
        for event in request.events:
            if any(kept.event_id == event.event_id for kept in stream):
                continue
            assert event.sequence == len(stream), "gap"
            stream.append(event)
        last = stream[-1]
        return LedgerPosition(
            stream=last.stream, sequence=last.sequence, event_id=str(last.event_id), chain_hash="0" * 64
        )


class FixedReader:
    """One catalogue for every day."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def in_force(self, on: date) -> tuple[Catalogue, str]:
        return self._catalogue, "d" * 64


class PlainPseudonyms:
    """Pseudonyms without a secret."""

    def subject_ref(self, id_type: HolderCodeType, id_number: str) -> str:
        return "s_" + hashlib.sha256(f"{id_type.value}{id_number}".encode()).hexdigest()[:32]


class World:
    """Everything outside of one test."""

    def __init__(
        self,
        catalogue: Catalogue,
        budget_seconds: int = 60,
        ask_seconds: int = 5,
        long: LongPolicy | None = None,
        calendar: WorkingCalendar = CALENDAR,
    ) -> None:
        self.platforms = {platform: FakePlatform() for platform in Platform}
        self.store = MemoryStore()
        self.ledger = MemoryLedger()
        self.policy = CasePolicy(
            budgets={
                route: RouteBudget(interactive_seconds=budget_seconds, background_seconds=10 * budget_seconds)
                for route in SHARING
            },
            ask_seconds=dict.fromkeys(Platform, ask_seconds),
            retry_initial_seconds=0.2,
            retry_maximum_seconds=1,
            long=long,
        )
        self.outside = Outside(calendar, self.store)
        self._admission = CatalogueActivities(FixedReader(catalogue), PlainPseudonyms(), calendar, self.policy)

    def activities(self) -> dict[Role, tuple[Activity, ...]]:
        elicence = ElicenceActivities(self.platforms, self.store)
        sharing = DataSharingActivities(self.platforms[Platform.DATA_SHARING], self.store)
        documents = TrustedDocumentActivities(self.platforms[Platform.TRUSTED_DOCUMENTS], self.store)
        return {
            Role.CASES: (self._admission.admit,),
            Role.PLATFORMS: (
                elicence.retrieve,
                sharing.retrieve,
                documents.retrieve,
                elicence.watch,
                sharing.watch,
                documents.watch,
                *self.outside.activities(),
            ),
            Role.LEDGER: (LedgerActivities(self.ledger).append,),
            Role.AUDIT: (),
        }

"""The trail of a case at the door: every event of every stream, its chain checked now, personal values masked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Security
from pydantic import AwareDatetime

from infra.gateway.behind import Behind
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.ledger.trail import Trail, TrailEntry, read_trail, shown_event
from infra.ledger.verify import Finding
from schemas.authority import Action, Principal
from schemas.base import Model, Sha256Hex
from schemas.identifiers import ApplicationNo, SubjectRef
from schemas.texts import zh


class TrailEvent(Model):
    """One event as the ledger keeps it; ``event`` has a mask where a personal value is sealed."""

    event_id: str
    stream: str
    position: int
    sequence: int
    type: str
    text: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    event: dict[str, Any] | None
    """``null`` for a row that was made into something that is no event."""
    superseded: bool
    """A later branch, after a reset, replaced it."""
    digest: Sha256Hex | None
    chain_hash: Sha256Hex | None


class TrailFinding(Model):
    """Something that does not verify, and where."""

    stream: str
    position: int
    event_id: str
    flaw: str
    detail: str


class TrailAnswer(Model):
    """Everything the ledger keeps about a case."""

    application_no: ApplicationNo
    sound: bool
    """Whether every check held when this was read."""
    findings: tuple[TrailFinding, ...]
    erased: tuple[SubjectRef, ...]
    """已清除: parties whose personal values nobody can open any more; every proof stands."""
    events: tuple[TrailEvent, ...]


def router(behind: Behind) -> APIRouter:
    """``GET /applications/{no}/trail``."""
    routes = APIRouter(tags=["audit"])

    @routes.get(
        "/applications/{application_no}/trail",
        **both(
            "办件台账",
            "The trail of a case",
            "全部事件，当场核验哈希链；个人信息不显示；每次调阅先行记录。Each look is on record before it is answered.",
        ),
    )
    async def trail(
        application_no: Annotated[ApplicationNo, Path(description="办件编号。The number of the case.")],
        principal: Principal = Security(behind.bearer),
    ) -> TrailAnswer:
        await behind.look(principal, Action.TRAIL, application_no)
        found = await read_trail(behind.pool, application_no)
        if not found.entries:
            raise Refused(404, "not_found")
        return _answer(found)

    return routes


def finding_of(finding: Finding) -> TrailFinding:
    """A finding as it is told."""
    return TrailFinding(
        stream=finding.stream,
        position=finding.position,
        event_id=str(finding.event_id),
        flaw=finding.flaw.value,
        detail=finding.detail,
    )


def _answer(found: Trail) -> TrailAnswer:
    return TrailAnswer(
        application_no=found.application_no,
        sound=found.sound,
        findings=tuple(finding_of(each) for each in found.findings),
        erased=found.erased,
        events=tuple(_event(entry) for entry in found.entries),
    )


def _event(entry: TrailEntry) -> TrailEvent:
    row = entry.row
    event = shown_event(row)
    return TrailEvent(
        event_id=str(row.event_id),
        stream=row.stream,
        position=row.position,
        sequence=row.sequence,
        type=row.type,
        text=zh.EVENTS.get(row.type, row.type),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        event=event.model_dump(mode="json") if event is not None else None,
        superseded=entry.superseded,
        digest=row.digest.hex() if row.digest else None,
        chain_hash=row.chain_hash.hex() if row.chain_hash else None,
    )

"""The timeline of a case at the door: its trail as a person reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Security

from infra.gateway.behind import Behind
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.gateway.trail import TrailFinding, finding_of
from infra.ledger.trail import Trail, TrailEntry, read_trail, shown_event
from schemas.authority import Action, Principal
from schemas.base import Model
from schemas.identifiers import ApplicationNo
from schemas.timeline import Kept, Timeline, timeline_of


class TimelineAnswer(Model):
    """The timeline, and whether the chains that it is read from hold."""

    sound: bool
    findings: tuple[TrailFinding, ...]
    timeline: Timeline


def router(behind: Behind) -> APIRouter:
    """``GET /applications/{no}/timeline``."""
    routes = APIRouter(tags=["audit"])

    @routes.get(
        "/applications/{application_no}/timeline",
        **both(
            "办件时间线",
            "The timeline of a case",
            "按环节与证明要求归集：谁、何事、凭何依据、用时、所跑时限；个人信息不显示；每次调阅先行记录。"
            "The trail grouped by stage and requirement. Each look is on record before it is answered.",
        ),
    )
    async def timeline(
        application_no: Annotated[ApplicationNo, Path(description="办件编号。The number of the case.")],
        principal: Principal = Security(behind.bearer),
    ) -> TimelineAnswer:
        await behind.look(principal, Action.TRAIL, application_no)
        found = await read_trail(behind.pool, application_no)
        if not found.entries:
            raise Refused(404, "not_found")
        return TimelineAnswer(
            sound=found.sound,
            findings=tuple(finding_of(each) for each in found.findings),
            timeline=timeline_of(application_no, _kept(found), datetime.now(UTC)),
        )

    return routes


def _kept(found: Trail) -> list[Kept]:
    erased = frozenset(found.erased)
    return [_one(entry, erased) for entry in found.entries]


def _one(entry: TrailEntry, erased: frozenset[str]) -> Kept:
    row = entry.row
    return Kept(
        event_id=str(row.event_id),
        stream=row.stream,
        position=row.position,
        type=row.type,
        occurred_at=row.occurred_at,
        superseded=entry.superseded,
        event=shown_event(row),
        masked=len(entry.hidden),
        erased=sum(sealed.subject_ref in erased for sealed in row.sealed),
    )

"""部门报送 at the door: a department hands in its file of the month; who has and who is late; the files to be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, Security

from infra.catalogue.store import StoredCatalogues
from infra.evidence_store import EvidenceMissing
from infra.gateway.behind import Behind
from infra.gateway.evidence import PLACE_SECONDS, file_of
from infra.gateway.guard import acting
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.report.submissions import Submissions, of_month
from schemas.authority import Action, Principal, visible
from schemas.base import Model, Sha256Hex
from schemas.clock import WorkingCalendar, county_date
from schemas.identifiers import Uscc
from schemas.submission import (
    Month,
    Owing,
    Received,
    Standing,
    SubmissionKind,
    SubmissionTerms,
    days_of,
    standings,
)

AT_A_TIME = 4
"""Each may hold the largest file in memory."""
KINDS: Mapping[str, bytes] = {
    "application/pdf": b"%PDF-",
    "application/ofd": b"PK\x03\x04",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": b"PK\x03\x04",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": b"PK\x03\x04",
    "application/msword": b"\xd0\xcf\x11\xe0",
    "application/vnd.ms-excel": b"\xd0\xcf\x11\xe0",
}
"""The files that offices write (WPS writes the same), and how each begins."""
_CONTENT = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS}
_BODY = {"requestBody": {"required": True, "content": _CONTENT}}
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": _CONTENT}}


class MonthOfSubmissions(Model):
    """What was handed in for a month, and how everybody who owes stands today.

    A department sees itself.
    """

    month: Month
    due: date
    standings: tuple[Standing, ...]
    received: tuple[Received, ...]


@dataclass(frozen=True)
class SubmissionsDoor:
    """What the addresses need beside what all of them do."""

    submissions: Submissions
    catalogues: StoredCatalogues
    terms: SubmissionTerms
    calendar: Callable[[], WorkingCalendar]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


MonthAsked = Annotated[Month, Query(description="所报送的月份，如 2026-11。The month it is about.")]


def router(behind: Behind, door: SubmissionsDoor) -> APIRouter:
    """``POST /submissions``, ``GET /submissions``, ``GET /submissions/{month}/{department}/{digest}``."""
    routes = APIRouter(prefix="/submissions", tags=["submissions"])
    slots = asyncio.Semaphore(AT_A_TIME)

    @routes.post(
        "",
        status_code=201,
        openapi_extra=_BODY,
        **both(
            "报送推进情况",
            "Hand in a submission",
            "请求体即文件（PDF、OFD、Word、Excel，至多 20 MiB），以令牌所写部门的名义；再次报送同一文件不重复登记。"
            "The body is the file itself; the same file again is the same submission.",
        ),
    )
    async def hand_in(
        request: Request,
        month: MonthAsked,
        kind: Annotated[SubmissionKind, Query(description="推进情况或补充材料。")] = SubmissionKind.PROGRESS,
        principal: Principal = Security(behind.bearer),
    ) -> Received:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        await behind.guard(principal, Action.SUBMIT, None)
        if media_type not in KINDS:
            raise Refused(415, "media_type", headers={"Accept": ", ".join(KINDS)})
        actor = acting(principal)
        if principal.department is None:
            raise Refused(403, "no_department")
        if county_date(door.now()) < days_of(month).first:
            raise Refused(422, "month_not_begun")
        async with asyncio.timeout(PLACE_SECONDS):
            await slots.acquire()
        try:
            content = await file_of(request, KINDS[media_type])
            return await door.submissions.hand_in(principal.department, month, kind, media_type, content, actor)
        finally:
            slots.release()

    @routes.get(
        "",
        **both(
            "报送情况",
            "Who has handed in",
            "一个月的报送：谁按时、迟报、未报；部门只见本部门。A department sees itself, the county's bodies all.",
        ),
    )
    async def of(month: MonthAsked, principal: Principal = Security(behind.bearer)) -> MonthOfSubmissions:
        own = await _whose(behind, principal)
        today = county_date(door.now())
        try:
            catalogue, _ = await door.catalogues.in_force(min(days_of(month).last, today))
            departments = catalogue.departments
        except LookupError:
            departments = ()
        due = door.terms.due(month, await asyncio.to_thread(door.calendar))
        received = [r for r in await of_month(behind.pool, month) if own in (None, r.department)]
        owing = [Owing(uscc=d.uscc, name=d.name) for d in departments if own in (None, d.uscc)]
        return MonthOfSubmissions(
            month=month, due=due, standings=standings(owing, received, due, today), received=tuple(received)
        )

    @routes.get(
        "/{month}/{department}/{digest}",
        response_class=Response,
        responses=_FILE,
        **both("报送的文件", "A file that was handed in"),
    )
    async def file(
        month: Annotated[Month, Path()],
        department: Annotated[Uscc, Path()],
        digest: Annotated[Sha256Hex, Path()],
        principal: Principal = Security(behind.bearer),
    ) -> Response:
        own = await _whose(behind, principal)
        for each in await of_month(behind.pool, month):
            if (each.department, each.digest) == (department, digest) and own in (None, department):
                break
        else:
            raise Refused(404, "not_found")
        try:
            content = await door.submissions.file(department, digest)
        except EvidenceMissing:
            raise Refused(404, "not_found") from None
        told = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type=each.media_type, headers=told)

    return routes


async def _whose(behind: Behind, principal: Principal) -> str | None:
    """The only department whose submissions the principal may see; ``None``: everybody's.  Raises Refused."""
    if visible(principal, Action.SUBMISSIONS).everything:
        await behind.guard(principal, Action.SUBMISSIONS, None)
        return None
    await behind.guard(principal, Action.SUBMIT, None)
    if principal.department is None:
        raise Refused(403, "no_department")
    return principal.department

"""导出 at the door: asked for, made beside the door, fetched by whoever asked; on record before anything is told."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Self
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Body, Path, Security
from fastapi.responses import FileResponse
from pydantic import AwareDatetime

from infra.audit.jobs import Busy, Job, Jobs, JobState
from infra.audit.selection import hidden_of
from infra.gateway.bearer import Bearer
from infra.gateway.guard import Guard
from infra.gateway.problems import Refused
from infra.gateway.said import both
from schemas.authority import Action, Principal, Visibility
from schemas.base import Model, Sha256Hex
from schemas.export import ExportFormat, ExportRequest

MEDIA_TYPES = {
    ExportFormat.BUNDLE: "application/zip",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.XES: "application/xml",
    ExportFormat.OCEL: "application/json",
}
EXAMPLES: dict[str, Any] = {
    "one case": {"summary": "一件办件的证明包", "value": {"applications": ["LEGAL-AID-2026-0001"], "complete": True}},
    "a department": {
        "summary": "某部门一个月的办件",
        "value": {"query": {"department": "11350526MB0000002F"}, "since": "2026-11-01", "until": "2026-11-30"},
    },
    "a period": {
        "summary": "期间内的全部事件，接续自存的检查点",
        "value": {"since": "2026-11-01", "until": "2026-11-30"},
    },
    "a query": {
        "summary": "凭告知承诺办结的办件，供流程挖掘",
        "value": {"query": {"ground": "commitment", "stage": "handed_over"}, "format": "ocel"},
    },
}
ExportId = Annotated[UUID, Path(description="导出编号。From the answer to the request.")]


class Export(Model):
    """What an export has come to."""

    export_id: UUID
    state: JobState
    format: ExportFormat
    request: ExportRequest
    asked_at: AwareDatetime
    ends_at: AwareDatetime
    """When the file is deleted."""
    code: str | None
    """Of one that was refused or broken off; stable."""
    message: str | None
    cases: int
    """Done so far."""
    of_cases: int | None
    """``null`` while it is not known, and for a period until it is done."""
    events: int
    file: str | None
    """Where the file is fetched; once it is done."""
    file_name: str | None
    bytes: int | None
    sha256: Sha256Hex | None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Of a job."""
        kept = {name: getattr(job, name) for name in cls.model_fields if name not in ("format", "file")}
        file = f"/exports/{job.export_id}/file" if job.state is JobState.DONE else None
        return cls(**kept, format=job.request.format, file=file)


class Exports(Model):
    """One's own exports, the newest first."""

    exports: tuple[Export, ...]


def exports_router(bearer: Bearer, guard: Guard, pool: asyncpg.Pool, jobs: Jobs) -> APIRouter:
    """``/exports``."""
    routes = APIRouter(tags=["audit"])

    @routes.post(
        "/exports",
        status_code=202,
        **both(
            "申请导出",
            "Ask for an export",
            "所列办件、符合条件的办件，或（两者都不写）期间内的全部事件；先行记录，再在后台制作。只有 bundle 带证明。"
            "Cases, a query, or everything of a period; on record first, then made in the background.",
        ),
    )
    async def ask(
        body: Annotated[ExportRequest, Body(openapi_examples=EXAMPLES)],
        principal: Principal = Security(bearer),
    ) -> Export:
        sees = await _sees(guard, pool, principal, body)
        try:
            return Export.of(await jobs.ask(principal, body, sees))
        except Busy:
            raise Refused(429, "too_many_exports", headers={"Retry-After": "30"}) from None

    @routes.get("/exports", **both("本人的导出", "One's own exports"))
    async def own(principal: Principal = Security(bearer)) -> Exports:
        await guard.listing(principal, Action.EXPORT)
        return Exports(exports=tuple(map(Export.of, await asyncio.to_thread(jobs.of, principal.principal_id))))

    async def found(principal: Principal, export_id: UUID) -> Job:
        await guard.listing(principal, Action.EXPORT)
        job = await asyncio.to_thread(jobs.find, export_id, principal.principal_id)
        if job is None:
            raise Refused(404, "not_found")
        return job

    @routes.get("/exports/{export_id}", **both("导出进度", "What an export has come to"))
    async def state(export_id: ExportId, principal: Principal = Security(bearer)) -> Export:
        return Export.of(await found(principal, export_id))

    @routes.get(
        "/exports/{export_id}/file",
        response_class=FileResponse,
        responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}, "description": "导出文件。The file."}},
        **both("下载导出文件", "Fetch the file", "只给申请人本人；可续传（Range）。Only to whoever asked for it."),
    )
    async def file(export_id: ExportId, principal: Principal = Security(bearer)) -> FileResponse:
        job = await found(principal, export_id)
        if job.state is not JobState.DONE:
            raise Refused(409, "export_not_done")
        return FileResponse(jobs.file(job), media_type=MEDIA_TYPES[job.request.format], filename=job.file_name)

    return routes


async def _sees(guard: Guard, pool: asyncpg.Pool, principal: Principal, wanted: ExportRequest) -> Visibility:
    """The cases that may be exported; every case that is named is on record.  Raises Refused."""
    sees = await guard.listing(principal, Action.EXPORT, wanted.reason)
    if (wanted.period or wanted.complete) and not sees.everything:
        raise Refused(403, "whole_log")
    if wanted.with_files:
        opens = await guard.listing(principal, Action.UNMASK, wanted.reason)
        if not opens.everything and opens != sees:
            raise Refused(403, "files_not_granted")
    hidden = set(await hidden_of(pool, wanted.applications, sees))
    for number in wanted.applications:
        if number in hidden:
            await guard.refused(principal, Action.EXPORT, "not_found", number)
    if hidden:
        raise Refused(404, "not_found")
    return sees

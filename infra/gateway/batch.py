"""Many applications at once: one to a line (NDJSON), each taken or refused by itself, answered in the same order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import APIRouter, Request, Security
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from infra.gateway.applications import Start
from infra.gateway.behind import Behind
from infra.gateway.failures import incident, refused_of
from infra.gateway.problems import Refused
from infra.gateway.said import Problem, both
from schemas.authority import Principal
from schemas.base import Model
from schemas.door import ApplicationIntake, Links, links_of
from schemas.errors import field_errors

NDJSON = "application/x-ndjson"
LONGEST_LINE = 256 * 1024
AT_A_TIME = 16


def _ndjson(model: str) -> dict[str, Any]:
    return {NDJSON: {"schema": {"$ref": f"#/components/schemas/{model}"}}}


LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "逐行结果，与所交各行同序。One result a line, in order.",
        "content": _ndjson("LineResult"),
    }
}


class LineResult(Model):
    """What came of one line, numbered from 1.  Each needs an ``application_no``: it is what repeats go by."""

    line: int
    status: int
    application_no: str | None = None
    links: Links | None = None
    problem: Problem | None = None


def router(behind: Behind, start: Start) -> APIRouter:
    """``POST /applications/batch``."""
    routes = APIRouter(tags=["applications"])

    @routes.post(
        "/applications/batch",
        response_class=StreamingResponse,
        responses=LINES,
        openapi_extra={"requestBody": {"required": True, "content": _ndjson("ApplicationIntake")}},
        **both("批量收件", "Start many cases", "每行一件（JSON），逐件受理或拒绝；整批重复提交是安全的。"),
    )
    async def batch(request: Request, principal: Principal = Security(behind.bearer)) -> StreamingResponse:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != NDJSON:
            raise Refused(415, "media_type", headers={"Accept": NDJSON})
        body = await request.body()
        return StreamingResponse(_results(request, lines_of(body), principal, start), media_type=NDJSON)

    return routes


def lines_of(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers (pure)."""
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            yield number, line.strip()


async def _results(
    request: Request, lines: Iterator[tuple[int, bytes]], principal: Principal, start: Start
) -> AsyncIterator[bytes]:
    """Results in the order of the lines, some lines ahead of the one that is written.

    Lines about one number are taken one after the other: which of two contents stands is said by their order.
    """
    going: list[asyncio.Task[LineResult]] = []
    in_hand: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    try:
        for number, line in lines:
            going.append(asyncio.create_task(_one(request, number, line, principal, start, in_hand)))
            if len(going) >= AT_A_TIME:
                yield _written(await going.pop(0))
        while going:
            yield _written(await going.pop(0))
    finally:
        for task in going:  # the caller has gone; what was begun is safe to send again
            task.cancel()


async def _one(
    request: Request,
    number: int,
    line: bytes,
    principal: Principal,
    start: Start,
    in_hand: dict[str, asyncio.Lock],
) -> LineResult:
    """What comes of a line; whatever that is, the others are answered."""
    try:
        if len(line) > LONGEST_LINE:
            raise Refused(413, "too_large")
        try:
            intake = ApplicationIntake.model_validate_json(line)
        except ValidationError as error:
            raise Refused(422, "invalid", errors=field_errors(error)) from None
        async with in_hand[intake.application_no or ""]:
            started = await start(intake, principal, None)
    except Exception as error:
        refused = refused_of(error) or incident(request, error)
        told = Problem(title=refused.title, status=refused.status, code=refused.code, errors=refused.errors)
        return LineResult(line=number, status=refused.status, problem=told)
    return LineResult(
        line=number, status=202, application_no=started.application_no, links=links_of(started.application_no)
    )


def _written(result: LineResult) -> bytes:
    return result.model_dump_json(exclude_none=True).encode() + b"\n"

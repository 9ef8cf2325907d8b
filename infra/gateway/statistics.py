"""Figures at the door: of the county for whoever steers and watches it, for a department only its own."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Security
from fastapi.openapi.models import Example
from pydantic import ValidationError

from infra.catalogue.store import StoredCatalogues
from infra.gateway.behind import Behind
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.statistics import read
from schemas.authority import Action, Principal, Visibility
from schemas.errors import FieldError
from schemas.statistics import By, Gaps, Period, Statistics

MOST_SECONDS = 30.0
"""An earlier place in the feed may be long ago; a report reads it by the command, in its own time."""

First = Annotated[
    date,
    Query(
        alias="from",
        description="自此日（含）。First county day.",
        openapi_examples={"may": Example(value="2026-05-01")},
    ),
]
Last = Annotated[
    date,
    Query(
        alias="to", description="至此日（含）。Last county day.", openapi_examples={"may": Example(value="2026-05-31")}
    ),
]
AsOf = Annotated[
    int | None,
    Query(
        ge=-1,
        lt=2**63,
        description="截至台账日志第几条（从 0 起；n 条的检查点写 n-1）；不写为最新。Leaf index; the newest by default.",
    ),
]


def router(behind: Behind) -> APIRouter:
    """``GET /statistics`` and ``GET /statistics/gaps``."""
    routes = APIRouter(tags=["statistics"])
    caller = Security(behind.bearer)
    catalogues = StoredCatalogues(behind.pool)

    @routes.get(
        "/statistics",
        **both(
            "统计",
            "Figures of a period",
            "免提交、命中、核验、承诺、容缺、帮代办、灵活处置、督办颜色、归集、投诉，按部门、乡镇、事项、路径或材料分列；"
            "口径见 docs/statistics.md。部门只见本部门的数；每次查阅先行记录。"
            "The same as_of gives the same figures, to the last digit.",
        ),
    )
    async def statistics(
        first: First,
        last: Last,
        by: Annotated[By, Query(description="按什么分列。By what they are broken down.")] = By.DEPARTMENT,
        as_of: AsOf = None,
        principal: Principal = caller,
    ) -> Statistics:
        seen = await _admitted(behind, principal, as_of)
        period = _period(first, last)
        try:
            async with asyncio.timeout(MOST_SECONDS):
                return await read.figures(behind.pool, period, by, as_of, seen=seen, catalogues=catalogues)
        except read.NotCountedYet:
            raise Refused(422, "not_counted_yet") from None

    @routes.get(
        "/statistics/gaps",
        **both(
            "堵点清单",
            "Gaps",
            "哪个出具单位的哪种材料在哪条路径上办不到、因何：证照库与共享平台补全的工作清单，最多的在前。"
            "Which issuer's evidence fails which route, the worst first.",
        ),
    )
    async def gaps(first: First, last: Last, as_of: AsOf = None, principal: Principal = caller) -> Gaps:
        seen = await _admitted(behind, principal, as_of)
        period = _period(first, last)
        try:
            async with asyncio.timeout(MOST_SECONDS):
                return await read.gaps(behind.pool, period, as_of, seen=seen, catalogues=catalogues)
        except read.NotCountedYet:
            raise Refused(422, "not_counted_yet") from None

    return routes


async def _admitted(behind: Behind, principal: Principal, as_of: int | None) -> Visibility:
    """Whose figures the caller may see; it is on record before they are read.  Raises Refused."""
    seen = await behind.guard.listing(principal, Action.STATISTICS)
    if as_of is not None and not seen.everything:
        raise Refused(403, "whole_county_only")
    return seen


def _period(first: date, last: date) -> Period:
    try:
        return Period(first=first, last=last)
    except ValidationError:
        error = FieldError(field="query.to", code="period_out_of_order", message="截止日期不得早于起始日期")
        raise Refused(422, "invalid", errors=(error,)) from None

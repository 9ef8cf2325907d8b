"""For the auditor: whose data was used, by whom, when; and the access record.  To ask is itself on record first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Security

from infra.gateway.behind import Behind
from infra.gateway.problems import Refused
from infra.gateway.said import both
from infra.uses import read
from infra.uses.read import LARGEST_PAGE, AccessEntry, SubjectUse
from infra.worklist.listed import BadCursor, Moment
from schemas.authority import Principal, PrincipalId
from schemas.base import Model
from schemas.identifiers import ApplicationNo, SubjectRef

Cursor = Annotated[str | None, Query(max_length=300, description="上一页的 next。")]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]


class SubjectUses(Model):
    """A page of the uses of one person's data, the newest first."""

    subject_ref: SubjectRef
    uses: tuple[SubjectUse, ...]
    next: str | None
    read_up_to: int
    """The position of the last event that is in it."""


class AccessEntries(Model):
    """A page of the access record, the newest first."""

    entries: tuple[AccessEntry, ...]
    next: str | None


def router(behind: Behind) -> APIRouter:
    """``GET /subjects/{subject_ref}/uses`` and ``GET /access-record``."""
    routes = APIRouter(tags=["audit"])
    caller = Security(behind.bearer)

    @routes.get(
        "/subjects/{subject_ref}/uses",
        operation_id="subject_uses",
        **both(
            "某人数据的使用情况",
            "What of a person was used, by whom, when",
            "按假名：查询、所用证据、交办、查阅、导出、解码，各在何办件、为何、由谁。限审计角色；本次查询先行记录。"
            "By pseudonym; for auditors; to ask is on record first.",
        ),
    )
    async def uses(
        subject_ref: Annotated[SubjectRef, Path(description="当事人的假名。The pseudonym.")],
        principal: Principal = caller,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> SubjectUses:
        await behind.guard.access_record(principal, subject_ref)
        up_to = await read.read_up_to(behind.pool)
        try:
            found, follows = await read.uses_of(behind.pool, subject_ref, cursor, limit)
        except BadCursor:
            raise Refused(422, "bad_cursor") from None
        return SubjectUses(subject_ref=subject_ref, uses=found, next=follows, read_up_to=up_to)

    @routes.get(
        "/access-record",
        operation_id="access_record",
        **both(
            "查阅记录",
            "The access record",
            "谁要看什么、准否；alarms 只列疑似批量查询的报警与漏记。限审计角色；本次查询先行记录。"
            "Who wanted what, and the answer; for auditors; to ask is on record first.",
        ),
    )
    async def access_record(
        principal: Principal = caller,
        who: Annotated[PrincipalId | None, Query(description="工号或系统编号。")] = None,
        application_no: Annotated[ApplicationNo | None, Query()] = None,
        since: Annotated[Moment | None, Query(alias="from", description="自此时（含）。")] = None,
        before: Annotated[Moment | None, Query(alias="to", description="至此时（不含）。")] = None,
        alarms: bool = False,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> AccessEntries:
        await behind.guard.access_record(principal)
        try:
            found, follows = await read.entries(
                behind.pool,
                who=who,
                application_no=application_no,
                since=since,
                before=before,
                alarms=alarms,
                cursor=cursor,
                limit=limit,
            )
        except BadCursor:
            raise Refused(422, "bad_cursor") from None
        return AccessEntries(entries=found, next=follows)

    return routes

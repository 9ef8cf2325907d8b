"""Business systems: hand an application in, see how it stands and why, wait for it."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Header, Path, Query, Response, Security
from temporalio.service import RPCError, RPCStatusCode

from infra.gateway.behind import Behind
from infra.gateway.cases import NoSuchCase
from infra.gateway.examples import INTAKE
from infra.gateway.problems import Refused
from infra.gateway.said import both
from schemas.application import Actor, ApplicationRequest, Explanation, application_stream
from schemas.authority import Action, Principal, Target, actor_of
from schemas.codes import ActorKind
from schemas.door import Accepted, ApplicationAnswer, ApplicationIntake, answer_of, links_of
from schemas.errors import FieldError, InvalidInput
from schemas.identifiers import ApplicationNo
from schemas.overview import CaseOverview
from schemas.texts import zh_door

FIRST_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"model": ApplicationAnswer, "description": "首轮查验已有结果。The first answer is there."}
}
T = TypeVar("T")
NUMBER_TAKEN = "number_taken"
LONGEST_WAIT = 60
POLL_SECONDS = 0.25
STREAM_HEAD = "SELECT max(sequence) FROM ledger.current_event WHERE stream = 'application/' || $1"

KEY = re.compile(r"^[\x21-\x7e]{1,255}$")
STAFF_OF_A_SYSTEM = (ActorKind.CLERK, ActorKind.BUSINESS_SYSTEM)

Number = Annotated[ApplicationNo, Path(description="办件编号。The number of the case.")]
IdempotencyKey = Annotated[
    str | None,
    Header(description="没有 application_no 时必填；同一键即同一办件。Makes a start without a number repeatable."),
]
Prefer = Annotated[
    str | None,
    Header(description="wait=秒数：等首轮查验结果，一次往返。Wait so many seconds for the first answer (RFC 7240)."),
]


class Start:
    """Takes one application in: who may, under which number, started."""

    def __init__(self, behind: Behind) -> None:
        self._behind = behind

    async def __call__(self, intake: ApplicationIntake, principal: Principal, key: str | None) -> ApplicationRequest:
        """Start the case, or find it started.  Raises Refused, CannotAct, InvalidInput, ValidationError."""
        request = await self.let_in(intake, principal, key)
        await self._told(principal, request, self._behind.intake.submit(request))
        return request

    async def for_answer(self, request: ApplicationRequest, principal: Principal, seconds: int) -> CaseOverview | None:
        """Start a case that was let in and wait for its first answer.  Raises Refused, InvalidInput."""
        return await self._told(principal, request, self._behind.intake.submit_for_answer(request, seconds))

    async def _told(self, principal: Principal, request: ApplicationRequest, submitted: Awaitable[T]) -> T:
        """What comes of it; in what a case differs that has the number already is told only to who may see that case.

        Otherwise a number known from elsewhere would let anybody try out, field by field, who the parties are.
        """
        try:
            return await submitted
        except InvalidInput as error:
            if any(each.code != NUMBER_TAKEN for each in error.errors):
                raise
            try:
                await self._behind.look(principal, Action.READ, request.application_no)
            except (Refused, NoSuchCase) as unseen:
                if isinstance(unseen, Refused) and unseen.status != 404:
                    raise
                raise _taken() from None
            raise

    async def let_in(self, intake: ApplicationIntake, principal: Principal, key: str | None) -> ApplicationRequest:
        """The request, if the caller may start it."""
        try:
            request = request_of(intake, principal, key)
        except Refused as refused:
            if refused.status == 403:
                await self._behind.guard.refused(principal, Action.START, refused.code, intake.application_no)
            raise
        would_be = Target(
            application_no=request.application_no,
            item_code=request.item_code,
            department=await self._behind.intake.department_of(request.item_code),
            taken_in_by=request.operator.department,
        )
        await self._behind.guard(principal, Action.START, would_be, request.application_no)
        await self._not_forgotten(request.application_no)
        return request

    async def _not_forgotten(self, application_no: str) -> None:
        """A number whose case is in the ledger and no longer in Temporal is not begun again.

        It would begin from nothing, and what it records would take the place of all that is kept.  Raises Refused 409.
        """
        if await self._behind.pool.fetchval(STREAM_HEAD, application_no) is None:
            return
        try:
            await self._behind.client.get_workflow_handle(application_stream(application_no)).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise _taken() from None


def _taken() -> Refused:
    """Of a case that may not be seen, or not be compared with, no more is told."""
    error = FieldError(field="application_no", code=NUMBER_TAKEN, message=zh_door.ANOTHER_NUMBER)
    return Refused(409, NUMBER_TAKEN, errors=(error,))


def router(behind: Behind, begin: Start) -> APIRouter:
    """``/applications``: start, status, explain, wait."""
    routes = APIRouter(tags=["applications"])
    caller = Security(behind.bearer)

    @routes.post(
        "/applications",
        status_code=202,
        response_model=Accepted | ApplicationAnswer,
        responses=FIRST_ANSWER,
        **both(
            "收件：发起办件",
            "Start a case",
            "同一编号（或同一幂等键）重复提交是同一件；内容不同则 409 并逐项指出字段。"
            "Repeats are the same case; another content under the same number is a 409 that names the fields.",
        ),
    )
    async def start(
        intake: Annotated[ApplicationIntake, Body(openapi_examples={"legal_aid": {"value": INTAKE}})],
        response: Response,
        principal: Principal = caller,
        idempotency_key: IdempotencyKey = None,
        prefer: Prefer = None,
    ) -> Accepted | ApplicationAnswer:
        seconds = wait_of(prefer)
        if not seconds:
            request = await begin(intake, principal, idempotency_key)
        else:
            request = await begin.let_in(intake, principal, idempotency_key)
            response.headers["Preference-Applied"] = f"wait={seconds}"
            seen = await begin.for_answer(request, principal, seconds)
            if seen is not None:
                response.status_code = 200
                return answer_of(seen, await behind.elsewhere.waiting(request.application_no))
        links = links_of(request.application_no)
        response.headers["Location"] = links.self
        return Accepted(application_no=request.application_no, links=links)

    @routes.get(
        "/applications/{application_no}",
        **both("办件状态", "How a case stands", "每项证明要求的状态、缘由、轮到谁、限何时。"),
    )
    async def read(application_no: Number, principal: Principal = caller) -> ApplicationAnswer:
        seen = await behind.look(principal, Action.READ, application_no)
        return answer_of(seen, await behind.elsewhere.waiting(application_no))

    @routes.get(
        "/applications/{application_no}/explain",
        **both("每条路径为何走、为何不走", "Every route, taken or passed over, and why"),
    )
    async def explain(application_no: Number, principal: Principal = caller) -> Explanation:
        seen = await behind.look(principal, Action.EXPLAIN, application_no)
        return seen.explanation

    @routes.get(
        "/applications/{application_no}/wait",
        **both(
            "等待变化或结果",
            "Long poll",
            "有新事件（recorded 大于 since）或已结束即返回；到时返回当时状态。"
            "Returns when something new is on record, when the case has ended, or when the time is over.",
        ),
    )
    async def wait(
        application_no: Number,
        principal: Principal = caller,
        seconds: Annotated[int, Query(ge=1, le=LONGEST_WAIT, description="最多等多少秒。At most so long.")] = 30,
        since: Annotated[
            int | None, Query(ge=0, description="上次所见的 recorded；不填则等结束。What was seen last.")
        ] = None,
    ) -> ApplicationAnswer:
        seen = await behind.look(principal, Action.READ, application_no)
        until = asyncio.get_running_loop().time() + seconds
        while not _news(seen.ended, seen.status.recorded, since):
            if not await _grown(application_no, seen.status.recorded, until):
                break
            seen = await behind.cases.overview(application_no)
        return answer_of(seen, await behind.elsewhere.waiting(application_no))

    async def _grown(application_no: str, recorded: int, until: float) -> bool:
        """Whether the ledger has got more of the case, before the time is over; it is asked, not Temporal."""
        clock = asyncio.get_running_loop().time
        while clock() < until:
            head: int | None = await behind.pool.fetchval(STREAM_HEAD, application_no)
            if head is not None and head + 1 > recorded:
                return True
            await asyncio.sleep(min(POLL_SECONDS, max(0.0, until - clock())))
        return False

    return routes


def _news(ended: bool, recorded: int, since: int | None) -> bool:
    return ended or (since is not None and recorded > since)


def request_of(intake: ApplicationIntake, principal: Principal, key: str | None) -> ApplicationRequest:
    """What starts the case (pure): its number, and who takes it in.  Raises Refused, CannotAct, ValidationError."""
    if intake.application_no is not None and key is not None:
        raise Refused(422, "two_numbers")
    if intake.application_no is None and key is None:
        raise Refused(422, "no_number")
    number = intake.application_no or number_of(principal.principal_id, key or "")
    return intake.request(number, operator_of(principal, intake.operator))


def number_of(principal_id: str, key: str) -> str:
    """The number that a caller's idempotency key stands for: the same for the same caller and key.  Raises Refused."""
    key = key.strip().strip('"')
    if not KEY.fullmatch(key):
        raise Refused(422, "bad_key")
    digest = hashlib.sha256(f"{principal_id}\n{key}".encode()).hexdigest()
    return "K-" + "-".join(digest[i : i + 6] for i in range(0, 30, 6))


def operator_of(principal: Principal, given: Actor | None) -> Actor:
    """Who took the application in: the caller himself, or a clerk of his department for whom the system hands it in.

    Raises Refused where the body names somebody of another department, CannotAct.
    """
    own = actor_of(principal)
    if given is None or given == own:
        return own
    system = own.kind is ActorKind.BUSINESS_SYSTEM
    if not system or given.kind not in STAFF_OF_A_SYSTEM or given.department != own.department:
        raise Refused(403, "operator_not_yours")
    return given


def wait_of(prefer: str | None) -> int:
    """The seconds of ``Prefer: wait=N`` (RFC 7240), within what is offered; 0 without one, or with another wish."""
    found = re.search(r"(?:^|[;,\s])wait=(\d{1,6})\b", prefer or "")
    return min(int(found[1]), LONGEST_WAIT) if found else 0

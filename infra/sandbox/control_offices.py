"""The control API of the long routes' doubles: answers by hand, who is away, how somebody stands, what was sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.calling_back import CallingBack
from infra.sandbox.notification import NotificationChannel
from infra.sandbox.offices import Offices
from infra.sandbox.state import State
from schemas.codes import CREDIT_PLATFORMS, Platform

Handler = Callable[[Request], Awaitable[Response]]
_MOST_LISTED = 1000


class Answering(BaseModel):
    """Whether a double answers by itself, and after how long; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    auto: Literal["on", "off"] | None = None
    delay_seconds: float | None = Field(default=None, ge=0, le=3600)


class ByHand(BaseModel):
    """An answer about a key; whatever else is given stands in the message, right or wrong."""

    model_config = ConfigDict(extra="allow", frozen=True)

    key: str


class Away(BaseModel):
    """Whether the person of a desk is away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    desk: str
    away: bool = True


class Wanted(BaseModel):
    """Which messages are to be listed: of one department, and only those that came ``after`` so many."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    department: str | None = None
    after: int = Field(default=0, ge=0)


class PutStanding(BaseModel):
    """How a holder stands with a credit platform from now on; without ``platform`` with both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    holder_code: str
    standing: Literal["clear", "serious_discredit", "false_commitment"]
    repaired: bool = False
    platform: Literal[Platform.CREDIT_PROVINCIAL, Platform.CREDIT_CITY] | None = None


def office_handlers(state: State, offices: Offices) -> list[tuple[str, str, Handler]]:
    """Path, method and handler of everything below ``/control`` that is about these doubles."""

    async def put_standing(request: Request) -> Response:
        put = PutStanding.model_validate_json(await request.body())
        for platform in (put.platform,) if put.platform else CREDIT_PLATFORMS:
            offices.register.put(platform, put.holder_code, put.standing, put.repaired)
        return Response(status_code=204)

    async def reported(request: Request) -> Response:
        return JSONResponse({"records": offices.register.reported[-_MOST_LISTED:]})

    async def tried(request: Request) -> Response:
        return JSONResponse({"tried": list(state.callbacks.tried)[-_MOST_LISTED:]})

    handlers: list[tuple[str, str, Handler]] = [
        ("/control/credit", "POST", put_standing),
        ("/control/credit/records", "GET", reported),
        ("/control/callbacks", "GET", tried),
    ]
    for double in offices.doubles.values():
        if isinstance(double, CallingBack):
            handlers += _calling_back(double)
        elif isinstance(double, NotificationChannel):
            handlers += _notification(double)
    return handlers


def _calling_back(double: CallingBack) -> list[tuple[str, str, Handler]]:
    async def set_answering(request: Request) -> Response:
        put = Answering.model_validate_json(await request.body())
        if put.auto is not None:
            double.auto = put.auto == "on"
        if put.delay_seconds is not None:
            double.delay_seconds = put.delay_seconds
        return JSONResponse({"auto": "on" if double.auto else "off", "delay_seconds": double.delay_seconds})

    async def matters(request: Request) -> Response:
        case_no = request.query_params.get("case_no")
        listed = [m.listed() for m in double.matters.values() if case_no in (None, m.document.get("caseNo"))]
        return JSONResponse({"total": len(listed), double.listed_as: listed[-_MOST_LISTED:]})

    async def reply(request: Request) -> Response:
        put = ByHand.model_validate_json(await request.body())
        matter = double.matters.get(put.key)
        if matter is None:
            return JSONResponse({"error": "no such key"}, status_code=404)
        return JSONResponse(await double.reply(matter, put.model_extra or {}))

    base = f"/control/{double.platform.value}"
    return [
        (base, "POST", set_answering),
        (f"{base}/{double.listed_as}", "GET", matters),
        (f"{base}/reply", "POST", reply),
    ]


def _notification(double: NotificationChannel) -> list[tuple[str, str, Handler]]:
    async def set_away(request: Request) -> Response:
        put = Away.model_validate_json(await request.body())
        if put.away:
            double.away.add(put.desk)
        else:
            double.away.discard(put.desk)
        return JSONResponse({"away": sorted(double.away)})

    async def messages(request: Request) -> Response:
        wanted = Wanted.model_validate(dict(request.query_params))
        listed = double.messages(wanted.department)
        return JSONResponse({"total": len(listed), "messages": listed[wanted.after :][-_MOST_LISTED:]})

    return [
        ("/control/notification/away", "POST", set_away),
        ("/control/notification/messages", "GET", messages),
    ]

"""Codec server: opens payloads for the Temporal Web UI, to whom the rule lets see the case, personal fields masked.

It never seals: nobody acts on a case through the UI.  Which case a payload belongs to is read from the payload, for the
UI does not say; whoever may not see every case gets only payloads that name a case of theirs.  Each look is on record
before it is answered.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from google.protobuf import json_format
from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from infra.gateway.bearer import Bearer
from infra.gateway.failures import Foreseen
from infra.gateway.guard import Guard
from infra.gateway.problems import Refused
from infra.settings import CodecServerSettings
from infra.temporal.codec import CannotDecode, SealingCodec
from infra.temporal.masking import cases_of, masked, value_of
from schemas.authority import Action, Principal, Role, Target, visible
from schemas.base import ShortText
from schemas.identifiers import check_application_no, refuse_resident_id

LARGEST_BODY = 8 * 1024 * 1024
REASON = "x-reason"
"""With it, percent-encoded, whoever may ``unmask`` sees personal fields too; the reason is on record."""

LOCAL = Principal(principal_id="local-ui", roles=(Role.SUPERVISOR,))
"""Who looks through the UI of a stack on one machine, which knows no persons; it is on record as that."""

Find = Callable[[str], Awaitable[Target | None]]
"""What the rule has to know of a case, by its number."""
_REASON: TypeAdapter[str] = TypeAdapter(ShortText)


def create_app(
    settings: CodecServerSettings, codec: SealingCodec, bearer: Bearer, guard: Guard, find: Find
) -> Starlette:
    """The ASGI application: ``POST /decode`` with a token; with ``local_session`` also ``POST /{session}/decode``."""
    session = settings.local_session.get_secret_value() if settings.local_session else None

    async def decode(request: Request) -> Response:
        return await answer(request, await bearer(request))

    async def decode_locally(request: Request) -> Response:
        given = request.path_params["session"]
        if session is None or not hmac.compare_digest(given.encode(), session.encode()):
            raise Refused(404, "not_found")
        return await answer(request, LOCAL)

    async def answer(request: Request, principal: Principal) -> Response:
        action, reason = _wanted(request)
        cases = visible(principal, action)
        if cases.nothing:
            await guard(principal, action, None, reason=reason)
        sealed = await _payloads(request)
        try:
            opened = await codec.decode(sealed.payloads)
        except CannotDecode as error:
            raise Refused(422, "cannot_decode", str(error)) from None
        named = [cases_of(value_of(payload)) for payload in opened]
        allowed = await _allowed(principal, action, reason, frozenset().union(*named), cases.everything)
        shown = [
            _shown(after, action) if cases.everything or (each and each <= allowed) else before
            for before, after, each in zip(sealed.payloads, opened, named, strict=True)
        ]
        return JSONResponse(json_format.MessageToDict(Payloads(payloads=shown)))

    async def _allowed(
        principal: Principal, action: Action, reason: str | None, named: frozenset[str], everything: bool
    ) -> frozenset[str]:
        """The cases among those named that the principal may see; each look and each refusal is noted.

        Raises Refused 404 where it is none of them.
        """
        if not named:
            await guard(principal, action, Target() if everything else None, None, reason)

        async def may_see(number: str) -> bool:
            target = Target() if everything else await find(number) if _is_number(number) else None
            try:
                await guard(principal, action, target, number, reason)
            except Refused as refused:
                if refused.status == 503:
                    raise
                return False
            return True

        numbers = sorted(named)
        answers = await asyncio.gather(*map(may_see, numbers))
        allowed = frozenset(number for number, seen in zip(numbers, answers, strict=True) if seen)
        if named and not allowed:
            raise Refused(404, "not_found")
        return allowed

    origin = settings.ui_origin
    routes = [Route("/decode", decode, methods=["POST"])]
    if session is not None:
        routes.append(Route("/{session}/decode", decode_locally, methods=["POST"]))
    return Starlette(
        routes=routes,
        exception_handlers={Refused: _refuse},
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=[origin, origin.replace("127.0.0.1", "localhost")],
                allow_methods=["POST"],
                allow_headers=["content-type", "x-namespace", "authorization", REASON],
            ),
            Middleware(Foreseen),
        ],
    )


def _is_number(text: str) -> bool:
    try:
        return bool(check_application_no(text))
    except ValueError:
        return False


def _shown(opened: Payload, action: Action) -> Payload:
    return opened if action is Action.UNMASK else masked(opened)


async def _refuse(_: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)  # noqa: S101 - registered for no other
    return refused.response()


def _wanted(request: Request) -> tuple[Action, str | None]:
    """Masked, or with a reason unmasked.  Raises Refused 422."""
    given = request.headers.get(REASON)
    if given is None:
        return Action.DECODE, None
    try:
        return Action.UNMASK, refuse_resident_id(_REASON.validate_python(unquote(given, errors="strict")))
    except (ValidationError, ValueError):
        raise Refused(422, "reason_unusable") from None


async def _payloads(request: Request) -> Payloads:
    """The body.  Raises Refused 413 or 400."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Refused(413, "too_large")
    try:
        return json_format.Parse(bytes(body), Payloads())
    except (json_format.ParseError, ValueError):
        raise Refused(400, "not_payloads") from None

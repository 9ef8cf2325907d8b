"""The callback door: a platform brings an answer, we check the seal and hand it to the case that asked.

Delivered is not accepted, and accepted is not acted on: 202 says which of the first two it is.  A message that comes
again gives the same answer again; what became of one can be asked.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Protocol

import structlog
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.gateway.problems import problem
from infra.gateway.seal import Seal
from infra.settings import CallbackSettings
from schemas.assistance_exchange import AssistanceCallback
from schemas.codes import Platform
from schemas.collaboration_exchange import CollaborationCallback
from schemas.errors import FieldError, field_errors

LARGEST_BODY = 64 * 1024

Callback = CollaborationCallback | AssistanceCallback

MODELS: Mapping[Platform, type[CollaborationCallback] | type[AssistanceCallback]] = {
    Platform.COLLABORATION: CollaborationCallback,
    Platform.ASSISTANCE: AssistanceCallback,
}


class CallbackState(StrEnum):
    """How far a message has come."""

    DELIVERED = "delivered"
    """Ours; the case does not have it yet."""
    ACCEPTED = "accepted"
    """On the record of the case."""
    ACTED_ON = "acted_on"
    """The case has drawn its conclusion from it."""
    REFUSED = "refused"
    """On record as a refused act."""
    UNKNOWN_STREAM = "unknown_stream"


class NoSuchStream(Exception):
    """Nothing of ours waits under the workflow id that a callback names."""


class ActNotTaken(Exception):
    """The case took note of the message and refused it; ``errors`` says what for."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(str(e) for e in errors))
        self.errors = errors


class NotNow(Exception):
    """It could not be handed over now; the platform is to send it again."""


class Deliver(Protocol):
    """Hands a callback to the case that asked."""

    async def __call__(self, callback: Callback) -> CallbackState:
        """Return when it is ours, or the case's.  Raises NoSuchStream, ActNotTaken, NotNow."""


class Look(Protocol):
    """What became of a message."""

    async def __call__(
        self, platform: Platform, message_id: str
    ) -> tuple[CallbackState, tuple[FieldError, ...]] | None:
        """Its state, and what it was refused for; ``None``: it was never brought."""


def create_app(
    callbacks: Mapping[Platform, CallbackSettings], deliver: Deliver, clock: Callable[[], float] = time.time
) -> Starlette:
    """The ASGI application of the callbacks alone."""
    return Starlette(routes=routes(callbacks, deliver, clock))


def routes(
    callbacks: Mapping[Platform, CallbackSettings],
    deliver: Deliver,
    clock: Callable[[], float] = time.time,
    look: Look | None = None,
) -> list[Route]:
    """``POST /callbacks/collaboration`` and ``/callbacks/assistance``; with ``look``, ``GET …/{message_id}`` too.

    A platform that is not in ``callbacks`` is let in nowhere.
    """
    seals = {platform: Seal(settings, clock) for platform, settings in callbacks.items()}
    ways = []
    for platform in MODELS:
        path, seal = f"/callbacks/{platform.value}", seals.get(platform)
        ways.append(Route(path, _door(platform, seal, deliver), methods=["POST"]))
        if look is not None:
            ways.append(Route(f"{path}/{{message_id}}", _looking(platform, seal, look), methods=["GET"]))
    return ways


def _door(platform: Platform, seal: Seal | None, deliver: Deliver) -> Callable[[Request], Awaitable[Response]]:
    log = structlog.get_logger()

    async def take(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return problem(413, "too_large", f"消息超过 {LARGEST_BODY // 1024} KiB")
        wrong = _wrong(platform, seal, request, body)
        if wrong is not None:
            return wrong
        try:
            callback = MODELS[platform].model_validate_json(body)
        except ValidationError as error:
            return problem(422, "invalid", "消息有误，逐项见 errors", field_errors(error))
        try:
            state = await deliver(callback)
        except NoSuchStream:
            return problem(404, "no_such_stream", "没有在等这一答复的事项，或已办结")
        except ActNotTaken as refused:
            return problem(409, "refused", "答复已记录，未被采纳", refused.errors)
        except NotNow as not_now:
            log.warning("callback not delivered", platform=platform.value, stream=callback.stream, reason=str(not_now))
            return problem(503, "not_now", "暂不能转交，请稍后重发")
        return JSONResponse({"state": state.value}, status_code=202)

    return take


def _looking(platform: Platform, seal: Seal | None, look: Look) -> Callable[[Request], Awaitable[Response]]:
    async def tell(request: Request) -> Response:
        wrong = _wrong(platform, seal, request, b"")
        if wrong is not None:
            return wrong
        found = await look(platform, request.path_params["message_id"])
        if found is None:
            return problem(404, "not_found", "没有收到过这条消息")
        state, errors = found
        return JSONResponse({"state": state.value, "errors": [e.model_dump(mode="json") for e in errors]})

    return tell


def _wrong(platform: Platform, seal: Seal | None, request: Request, body: bytes) -> Response | None:
    """Why a platform is not let in; ``None``: it is."""
    wrong = seal.check(request.method, _target(request), request.headers, body) if seal else "not_configured"
    if wrong is None:
        return None
    structlog.get_logger().warning("callback not let in", platform=platform.value, reason=wrong)
    return problem(401, wrong, "签名、时间戳或随机数不被接受")


async def _body(request: Request) -> bytes | None:
    """The body, or ``None`` as soon as it passes the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _target(request: Request) -> str:
    """Path and query as the caller wrote them, which is what it signed."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (raw + (b"?" + query if query else b"")).decode("latin-1")

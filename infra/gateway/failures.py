"""Whatever goes wrong behind the door, said as a problem: the field or the rule named, nothing of our insides told."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from temporalio.client import (
    RPCTimeoutOrCancelledError,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.service import RPCError, RPCStatusCode

from infra.gateway.cases import CannotLook, NoSuchCase
from infra.gateway.problems import Refused, problem
from infra.temporal.acts import NoSuchWorkflow, StillRunning
from schemas.authority import CannotAct
from schemas.errors import FieldError, InvalidInput, field_errors
from schemas.texts import zh_door

RETRY_AFTER = {"Retry-After": "2"}
OURS = (RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.UNIMPLEMENTED)  # fmt: skip
"""What Temporal says when we ask for something wrong; whatever else it says, to ask again is right."""
AWAY: tuple[type[Exception], ...] = (
    CannotLook, StillRunning, WorkflowUpdateFailedError, WorkflowQueryFailedError, WorkflowQueryRejectedError,
    RPCTimeoutOrCancelledError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError, asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError, OSError,
)  # fmt: skip
"""What is not well with Temporal, the workers, the database (stopped, full, a standby now) or the disk.

A file that is not there is among it: the socket of a database on this machine that has stopped.  A time-out is an
``OSError`` too.
"""
HTTP_CODES = {400: "bad_request", 404: "no_such_address", 405: "method_not_allowed", 408: "too_slow", 413: "too_large",
              415: "media_type"}  # fmt: skip
PLACES = 6
"""So many of the innermost places are logged of what nobody foresaw."""
Handler = Callable[[Request, Any], Awaitable[Response]]


def not_now() -> Refused:
    """It cannot be done now; to try again is right."""
    return Refused(503, "not_now", headers=RETRY_AFTER)


def refused_of(error: Exception) -> Refused | None:
    """What a failure is for the caller; ``None`` for one that nobody foresaw."""
    match error:
        case Refused():
            return error
        case InvalidInput():
            taken = all(e.code == "number_taken" for e in error.errors)
            return Refused(409 if taken else 422, "number_taken" if taken else "invalid", errors=error.errors)
        case ValidationError():
            return Refused(422, "invalid", errors=field_errors(error))
        case NoSuchCase() | NoSuchWorkflow():
            return Refused(404, "not_found")
        case CannotAct():
            return Refused(403, error.code)
        case RPCError(status=RPCStatusCode.NOT_FOUND):
            return Refused(404, "not_found")
        case RPCError() if error.status not in OURS:
            return not_now()
    return not_now() if isinstance(error, AWAY) else None


def handle_failures(app: FastAPI) -> None:
    """Let every failure of the application be a problem."""

    async def known(_: Request, error: Exception) -> Response:
        refused = refused_of(error)
        if refused is None:
            raise error
        return refused.response()

    async def malformed(_: Request, error: RequestValidationError) -> Response:
        errors = tuple(_field(e) for e in error.errors())
        if any(e.code == "json_invalid" for e in errors):
            return problem(400, "not_json", zh_door.PROBLEMS["not_json"], errors)
        return problem(422, "invalid", zh_door.PROBLEMS["invalid"], errors)

    async def of_http(_: Request, error: HTTPException) -> Response:
        code = HTTP_CODES.get(error.status_code)
        title = zh_door.PROBLEMS[code] if code else HTTPStatus(error.status_code).phrase
        answer = problem(error.status_code, code or f"http_{error.status_code}", title)
        answer.headers.update(error.headers or {})
        return answer

    async def of_temporal(request: Request, error: RPCError) -> Response:
        return (refused_of(error) or incident(request, error)).response()

    foreseen: tuple[type[Exception], ...] = (
        Refused, InvalidInput, ValidationError, NoSuchCase, NoSuchWorkflow, CannotAct, *AWAY,
    )  # fmt: skip
    handlers: dict[type[Exception], Handler] = dict.fromkeys(foreseen, known)
    handlers |= {RequestValidationError: malformed, HTTPException: of_http, RPCError: of_temporal}
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(Foreseen)


class Foreseen:
    """ASGI middleware: what nobody foresaw is answered with a number, under which the log says what and where it was.

    Nothing passes on to the server, which would log the message and with it, it may be, what was handed in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            return
        except Exception as error:
            refused = refused_of(error) or incident(Request(scope), error)
            if not begun:  # one that has begun is cut off
                await refused.response()(scope, receive, send)


def incident(request: Request, error: Exception) -> Refused:
    """What nobody foresaw: logged under a number, which is all that is told."""
    number = uuid.uuid4().hex[:12]
    # The path may name a case and never a person; the query and the message may be anything.
    log = structlog.get_logger().bind(incident=number, method=request.method, path=request.url.path)
    places = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-PLACES:]]
    status = error.status.name if isinstance(error, RPCError) else None
    log.error("request failed", error=type(error).__name__, status=status, at=places)
    return Refused(500, "incident", zh_door.PROBLEMS["incident"].format(incident=number))


def _field(error: dict[str, Any]) -> FieldError:
    """A field of the body by its own path, one of the query or the headers with where it stands."""
    place, *path = (str(part) for part in error["loc"])
    if error["type"] == "json_invalid":
        path = []
    field = ".".join(path if place == "body" else (place, *path)) or "(whole)"
    return FieldError(field=field, code=error["type"], message=error["msg"].removeprefix("Value error, "))

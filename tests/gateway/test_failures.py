"""What goes wrong behind the door: tried again where that helps, otherwise a number, and nothing of what was said."""

from __future__ import annotations

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs
from temporalio.client import RPCTimeoutOrCancelledError, WorkflowQueryFailedError

from infra.gateway.failures import handle_failures

SECRET = "350526199001010019"
"""Somebody's number."""


def door(failure: Exception) -> httpx.AsyncClient:
    app = FastAPI()
    handle_failures(app)

    @app.get("/x")
    async def fail() -> None:
        raise failure

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door")


@pytest.mark.parametrize(
    "failure",
    [
        FileNotFoundError("the socket of a stopped database"),
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.AdminShutdownError("stopping"),
        asyncpg.CannotConnectNowError("starting"),
        asyncpg.QueryCanceledError("too long"),
        asyncpg.DiskFullError("full"),
        asyncpg.ReadOnlySQLTransactionError("a standby"),
        asyncpg.DeadlockDetectedError("two at once"),
        WorkflowQueryFailedError("a defect"),
        RPCTimeoutOrCancelledError("cancelled"),
    ],
)
async def test_what_is_away_is_said_to_be_tried_again(failure: Exception) -> None:
    async with door(failure) as http:
        answer = await http.get("/x")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_now")
    assert int(answer.headers["retry-after"]) > 0


async def test_what_nobody_foresaw_is_told_by_its_kind_and_place_alone() -> None:
    with capture_logs() as logs:
        async with door(RuntimeError(SECRET)) as http:  # the transport raises what would reach the server
            answer = await http.get(f"/x?q={SECRET}")
    assert (answer.status_code, answer.json()["code"]) == (500, "incident")
    assert logs[0]["incident"] in answer.json()["title"] and logs[0]["error"] == "RuntimeError"
    assert any(place.startswith("test_failures.py:") for place in logs[0]["at"])
    assert SECRET not in answer.text + str(logs)

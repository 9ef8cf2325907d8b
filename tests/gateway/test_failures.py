"""What goes wrong behind the door: tried again where that helps, otherwise a number, and nothing of what was said."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs
from temporalio.client import RPCTimeoutOrCancelledError, WorkflowQueryFailedError

from infra.gateway import batch
from infra.gateway.bearer import Bearer
from infra.gateway.failures import handle_failures
from schemas.authority import Principal, Role
from schemas.door import ApplicationIntake

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


async def test_a_line_that_fails_as_nobody_foresaw_leaves_the_others_their_answer() -> None:
    class Begin:
        async def __call__(self, intake: ApplicationIntake, principal: Principal, key: str | None) -> Any:
            if intake.application_no == "A-2":
                raise RuntimeError(SECRET)
            return SimpleNamespace(application_no=intake.application_no)

    async def verify(token: str) -> Principal:
        return Principal(principal_id="s-1", roles=(Role.OPERATOR,))

    app, begin, behind = FastAPI(), Begin(), SimpleNamespace(bearer=Bearer(verify))
    handle_failures(app)
    app.include_router(batch.router(behind, begin))  # type: ignore[arg-type]
    party = {
        "party_id": "p1",
        "role": "applicant",
        "kind": "living",
        "name": "甲",
        "id_type": "111",
        "id_number": SECRET,
    }
    case = {"item_code": "11350526MB0000001C4000512003001", "parties": [party], "purpose": "申请"}
    lines = "\n".join(json.dumps(case | {"application_no": f"A-{n}"}) for n in range(1, 4))
    headers = {"Authorization": "Bearer x", "Content-Type": batch.NDJSON}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door", headers=headers) as http:
        answer = await http.post("/applications/batch", content=lines.encode())
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [r["status"] for r in results] == [202, 500, 202] and results[1]["problem"]["code"] == "incident"
    assert SECRET not in answer.text

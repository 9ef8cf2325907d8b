"""The description of the API, played against the API: nothing it does is undescribed, unguarded or a 5xx."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from infra.gateway.act_table import CASE_ACTS, ROUTE_ACTS
from infra.gateway.examples import INTAKE, example_of
from infra.gateway.task_acts import ACTS as TASK_ACTS
from schemas.authority import Role
from schemas.base import Model
from schemas.door import ApplicationIntake
from schemas.intervention_acts import RetryNow
from tests.gateway.doors import Door, body_of

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
INTERPRETER_FAULT = b"AST constructor recursion depth mismatch"
"""CPython 3.11 may fail so where several threads parse Python (python/cpython#106905); the player is played again."""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "missing_required_header",
    "unsupported_method",
    "negative_data_rejection",
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", [Role.BUSINESS_SYSTEM, Role.DEPARTMENT])
async def test_the_api_is_as_it_describes_itself(door: Door, role: Role, tmp_path: Path) -> None:
    (request,) = door.applications(1, 31)
    door.system_of(request)
    department = door.callers.known["system-1"].department
    caller = door.callers.add("caller-1", role, department=department)
    await door.http.post("/applications", json=body_of(request), headers=door.system_of(request))
    arguments = (
        "run", str(door.http.base_url.join("/openapi.json")),
        "--header", f"Authorization: {caller['Authorization']}",
        "--checks", ",".join(CHECKS),
        "--phases", "examples,coverage,fuzzing",
        "--max-examples", os.environ.get("SCHEMATHESIS_EXAMPLES", "5"),
        # One only waits; of the other's lines (NDJSON) the tests of the batch make enough.
        "--exclude-path", "/applications/{application_no}/wait", "--exclude-path", "/applications/batch",
        "--seed", "1", "--workers", "1", "--no-color", "--continue-on-failure", "--suppress-health-check", "all",
        "--request-timeout", "60", "--warnings", "off",
    )  # fmt: skip
    for _ in range(3):
        played = await asyncio.create_subprocess_exec(
            str(SCHEMATHESIS), *arguments, cwd=tmp_path, stdout=PIPE, stderr=STDOUT
        )
        told, _ = await played.communicate()
        if INTERPRETER_FAULT not in told:
            break
    assert played.returncode == 0, told.decode()[-12_000:]


async def test_every_body_shows_an_example_that_its_model_takes(door: Door) -> None:
    document = (await door.http.get("/openapi.json")).json()
    shown = 0
    for path, ways in document["paths"].items():
        body = ways.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            continue
        schema = document["components"]["schemas"].get(body["schema"].get("$ref", "").rpartition("/")[2], {})
        examples = [e["value"] for e in body.get("examples", {}).values()] or schema.get("examples", [])
        if path.startswith(("/applications", "/routes", "/tasks", "/exports")):
            assert examples, path
        shown += len(examples)
    assert shown > 50
    ApplicationIntake.model_validate(INTAKE)
    of_routes = [act.command for acts in ROUTE_ACTS.values() for act in acts]
    commands: list[type[Model]] = [
        *(a.command for a in CASE_ACTS),
        *of_routes,
        *(a.command for a in TASK_ACTS),
        RetryNow,
    ]
    for command in commands:
        example = {"assignment": "asked"} | example_of(command.__name__)
        known = {name: value for name, value in example.items() if name in command.model_fields}
        command.model_validate(known | {"actor": {"kind": "clerk", "actor_id": "clerk-1"}})

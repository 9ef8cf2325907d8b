"""Whatever a caller can reach, by any way in, is exactly what the rule of access grants him; over real HTTP."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
from google.protobuf import json_format
from temporalio.api.common.v1 import Payloads

from infra.gateway.codec_server import create_app
from infra.settings import CodecServerSettings
from infra.temporal.codec import codec_of
from infra.worklist import read
from schemas.authority import Action, Role, Target, decide
from tests.gateway.doors import Door, body_of
from tests.gateway.test_acts import CIVIL_AFFAIRS, JUSTICE, LEGAL_AID, verification_of, waiting
from tests.workflows.waiting import eventually_async

POLICE = "11350526MB0000002F"
TRANSPORT = "11350526MB00000095"
CALLERS: dict[str, dict[str, Any]] = {
    "justice-system": {"roles": (Role.BUSINESS_SYSTEM,), "department": JUSTICE},
    "justice-clerk": {"roles": (Role.CLERK,), "department": JUSTICE},
    "legal-aid-clerk": {"roles": (Role.CLERK,), "department": JUSTICE, "items": (LEGAL_AID,)},
    "other-item-clerk": {"roles": (Role.CLERK,), "department": JUSTICE, "items": ("bm_student_card",)},
    "civil-staff": {"roles": (Role.DEPARTMENT,), "department": CIVIL_AFFAIRS},
    "police-staff": {"roles": (Role.DEPARTMENT,), "department": POLICE},
    "transport-staff": {"roles": (Role.DEPARTMENT,), "department": TRANSPORT},
    "helper": {"roles": (Role.CASE_HELPER,)},
    "committee": {"roles": (Role.COMMITTEE,)},
    "justice-body": {"roles": (Role.JUSTICE,), "department": JUSTICE},
    "efficiency": {"roles": (Role.EFFICIENCY,)},
    "supervisor": {"roles": (Role.SUPERVISOR,)},
    "auditor": {"roles": (Role.AUDITOR,)},
    "operator": {"roles": (Role.OPERATOR,)},
    "clerk-and-staff": {"roles": (Role.CLERK, Role.DEPARTMENT), "department": CIVIL_AFFAIRS},
}


async def test_every_way_in_reaches_what_the_rule_grants(county: Door) -> None:
    window = await waiting(county)
    mine = county.case
    await verification_of(county, window)
    (others,) = [r for r in county.applications(30, 3) if r.item_code.startswith(TRANSPORT)][:1]
    await county.http.post("/applications", json=body_of(others), headers=county.system_of(others))
    cases = (mine, others.application_no)

    async def listed() -> set[str]:
        await county.caught_up()
        found = [await read.target(county.stack.pool, number) for number in cases]
        return {t.application_no or "" for t in found if t is not None and t.department is not None}

    await eventually_async(listed, set(cases))
    targets: dict[str, Target] = {}
    for number in cases:
        target = await read.target(county.stack.pool, number)
        assert target is not None
        targets[number] = target

    async def find(number: str) -> Target | None:
        return targets.get(number)

    codec = codec_of(county.stack.settings.temporal)
    server = create_app(CodecServerSettings(), codec, county.behind.bearer, county.behind.guard, find)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://codec") as decoding:
        counted: Counter[bool] = Counter()
        for name, fields in CALLERS.items():
            headers = county.callers.add(name, *fields["roles"], **{k: v for k, v in fields.items() if k != "roles"})
            principal = county.callers.known[name]
            for number, target in targets.items():
                reached = await _reached(county, decoding, headers, number)
                granted = {action for action in reached if decide(principal, action, target).granted}
                assert {a for a, there in reached.items() if there} == granted, (name, number, reached)
                counted.update(reached.values())
    assert min(counted.values()) > 50, counted


async def _reached(door: Door, decoding: httpx.AsyncClient, headers: dict[str, str], number: str) -> dict[Action, bool]:
    """By each way in: does the caller get at the case?"""
    one = f"/applications/{number}"

    async def there(path: str) -> bool:
        answer = await door.http.get(path, headers=headers)
        assert answer.status_code in (200, 403, 404), answer.text
        return answer.status_code == 200

    async def among(path: str, name: str) -> bool:
        answer = await door.http.get(path, headers=headers)
        assert answer.status_code in (200, 403), answer.text
        return answer.status_code == 200 and number in [each["application_no"] for each in answer.json()[name]]

    history = await door.stack.client.get_workflow_handle(f"application/{number}").fetch_history()
    payloads = history.events[0].workflow_execution_started_event_attributes.input.payloads
    sealed = json_format.MessageToDict(Payloads(payloads=payloads))
    decoded = await decoding.post("/decode", json=sealed, headers=headers)
    assert decoded.status_code in (200, 403, 404), decoded.text
    ways = {
        Action.READ: await there(one),
        Action.EXPLAIN: await there(f"{one}/explain"),
        Action.TRAIL: await there(f"{one}/trail"),
        Action.LIST: await among("/applications?limit=200", "applications"),
        Action.SEARCH: await among(f"/applications?number={number}", "applications"),
        Action.DECODE: decoded.status_code == 200,
    }
    if number == door.case:  # the other one has no task
        ways[Action.TASKS] = await among(f"/tasks?application_no={number}", "tasks")
    return ways

"""A business system at the door: it starts, repeats, looks, waits and withdraws; and is told what is wrong."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.service import RPCError

from infra.gateway.failures import HTTP_CODES
from infra.sandbox.faults import Fault, FaultKind
from schemas.authority import Action, Answer, Role
from schemas.door import ApplicationAnswer
from schemas.texts import zh_door
from tests.gateway.doors import Door, body_of, open_door
from tests.gateway.test_acts import waiting
from tests.workflows.waiting import eventually_async

OTHER = "11350526MB00000095"


async def test_a_case_from_start_to_outcome(door: Door) -> None:
    (request,) = door.applications(1, 11)
    system = door.system_of(request)
    started = await door.http.post("/applications", json=body_of(request), headers=system)
    assert started.status_code == 202, started.text
    links = started.json()["links"]
    assert started.headers["location"] == links["self"] == f"/applications/{request.application_no}"

    seen = await door.http.get(links["self"], headers=system)
    assert seen.status_code == 200, "what a 202 promised is there at once"
    assert seen.json()["recorded"] >= 1

    ended = (await door.http.get(f"{links['wait']}?seconds=60", headers=system)).json()
    assert ended["ended"] and ended["outcome"]["application_no"] == request.application_no
    assert ended["position"]["sequence"] == ended["recorded"] - 1
    answer = ApplicationAnswer.model_validate(ended)
    assert all(r.status.text and r.status.code for r in answer.requirements)
    assert any(reason.text and reason.clause for r in answer.requirements for reason in r.reasons)
    why = (await door.http.get(links["explain"], headers=system)).json()
    assert [r["requirement"] for r in why["requirements"]] == [r.requirement for r in answer.requirements]
    for value in (request.parties[0].name, request.parties[0].id_number):
        assert value not in seen.text + json.dumps(ended, ensure_ascii=False) + json.dumps(why, ensure_ascii=False)


async def test_repeats_are_one_case_and_another_content_is_named(door: Door) -> None:
    (request,) = door.applications(1, 12)
    system = door.system_of(request)
    body = body_of(request)
    for _ in range(3):
        assert (await door.http.post("/applications", json=body, headers=system)).status_code == 202
    other = await door.http.post("/applications", json=body | {"purpose": "另一用途"}, headers=system)
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert [(e["field"], e["code"]) for e in other.json()["errors"]] == [("purpose", "number_taken")]


async def test_of_a_number_that_anothers_case_has_only_that_is_told(door: Door) -> None:
    first, second = door.applications(40, 12)[::39]
    await door.http.post("/applications", json=body_of(first), headers=door.system_of(first))
    stranger = door.callers.add("system-9", Role.BUSINESS_SYSTEM, department=OTHER, items=(second.item_code,))
    guess = body_of(second, application_no=first.application_no, parties=body_of(first)["parties"])
    for prefer in ({}, {"Prefer": "wait=5"}):
        taken = await door.http.post("/applications", json=guess, headers=stranger | prefer)
        assert (taken.status_code, taken.json()["code"]) == (409, "number_taken")
        assert [e["field"] for e in taken.json()["errors"]] == ["application_no"]
    lines = await door.http.post(
        "/applications/batch", content=json.dumps(guess), headers=stranger | {"Content-Type": "application/x-ndjson"}
    )
    assert [e["field"] for e in lines.json()["problem"]["errors"]] == ["application_no"]
    hidden = [look for look in door.noted.looks if look[3].answer is Answer.HIDDEN]
    assert {look[2] for look in hidden} == {first.application_no} and len(hidden) == 3, "and each try is noted"


async def test_a_case_that_temporal_has_forgotten_is_not_begun_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    (request,) = door.applications(1, 13)
    system, body = door.system_of(request), body_of(request)
    ended = await door.http.post("/applications", json=body, headers=system | {"Prefer": "wait=30"})
    assert ended.json()["recorded"], ended.text
    monkeypatch.setattr("infra.gateway.applications.application_stream", lambda number: f"forgotten/{number}")
    for prefer in ({}, {"Prefer": "wait=5"}):
        again = await door.http.post("/applications", json=body, headers=system | prefer)
        assert (again.status_code, again.json()["code"]) == (409, "number_taken"), again.text
        assert [e["field"] for e in again.json()["errors"]] == ["application_no"]


async def test_an_idempotency_key_stands_for_a_number(door: Door) -> None:
    (request,) = door.applications(1, 13)
    system = door.system_of(request)
    body = body_of(request, application_no=None)
    keyed = system | {"Idempotency-Key": "order-4711"}
    numbers = {(await door.http.post("/applications", json=body, headers=keyed)).json()["application_no"] for _ in "ab"}
    assert len(numbers) == 1
    other = await door.http.post("/applications", json=body | {"purpose": "另一用途"}, headers=keyed)
    assert other.status_code == 409 and other.json()["errors"][0]["field"] == "purpose"
    another_caller = door.system_of(request, "system-2") | {"Idempotency-Key": "order-4711"}
    assert (await door.http.post("/applications", json=body, headers=another_caller)).json()[
        "application_no"
    ] not in numbers
    for headers, given, code in (
        (system, body, "no_number"),
        (keyed, body_of(request), "two_numbers"),
        (system | {"Idempotency-Key": "x" * 256}, body, "bad_key"),
    ):
        refused = await door.http.post("/applications", json=given, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_start_and_first_answer_in_one_round_trip(door: Door) -> None:
    for request in door.applications(4, 14):
        system = door.system_of(request) | {"Prefer": "respond-async, wait=30"}
        answered = await door.http.post("/applications", json=body_of(request), headers=system)
        assert answered.status_code == 200, answered.text
        assert answered.headers["preference-applied"] == "wait=30"
        told = answered.json()
        assert told["ended"] and told["outcome"]["status"] in ("settled", "notice_due", "under_review", "queried")
        assert told["position"]["sequence"] == told["recorded"] - 1
        again = await door.http.post("/applications", json=body_of(request), headers=system)
        assert again.status_code == 200 and again.json()["outcome"] == told["outcome"]


async def test_withdrawal_is_on_record_before_it_is_answered(door: Door) -> None:
    (request,) = door.applications(1, 15)
    system = door.system_of(request)
    for platform in door.stack.settings.platforms:
        door.stack.sandbox.faults.add(Fault(kind=FaultKind.DEFERRED, platform=platform))
    await door.http.post("/applications", json=body_of(request), headers=system)
    base = f"/applications/{request.application_no}"
    act = {"command_id": "w-1", "reason": "资料有误"}
    receipt = await door.http.post(f"{base}/withdraw", json=act, headers=system)
    assert receipt.status_code == 200, receipt.text
    now = (await door.http.get(base, headers=system)).json()
    assert now["stage"]["code"] == "withdrawn"
    assert now["recorded"] > receipt.json()["position"]["sequence"]
    again = await door.http.post(f"{base}/withdraw", json=act, headers=system)
    assert again.json() == receipt.json(), "the same act, sent again, has the same answer"
    late = await door.http.post(f"{base}/withdraw", json=act | {"command_id": "w-2"}, headers=system)
    assert (late.status_code, late.json()["code"]) == (409, "act_refused")
    assert [e["code"] for e in late.json()["errors"]] == ["conversation_ended"]


async def test_whoever_may_not_see_it_cannot_tell_it_from_nothing(door: Door) -> None:
    (request,) = door.applications(1, 16)
    await door.http.post("/applications", json=body_of(request), headers=door.system_of(request))
    stranger = door.callers.add("system-9", Role.BUSINESS_SYSTEM, department=OTHER)
    for method, tail, body in (
        ("GET", "", None), ("GET", "/explain", None), ("GET", "/wait?seconds=1", None),
        ("POST", "/withdraw", {"command_id": "x", "reason": "y"}), ("POST", "/evidence?party_id=p1", None),
    ):  # fmt: skip
        extra = {"Content-Type": "application/pdf"} if tail.startswith("/evidence") else {}
        there, nowhere = [
            await door.http.request(method, f"/applications/{no}{tail}", json=body, headers=stranger | extra)
            for no in (request.application_no, "NOT-THERE-1")
        ]
        assert there.status_code == nowhere.status_code == 404, (tail, there.text)
        assert there.json() == nowhere.json()
    refused = [look for look in door.noted.looks if not look[3].granted]
    assert len(refused) == 10 and {look[0] for look in refused} == {"system-9"}
    outside = await door.http.post("/applications", json=body_of(request), headers=stranger)
    assert (outside.status_code, outside.json()["code"]) == (403, "outside_scope")


async def test_who_acts_is_what_the_token_says(door: Door) -> None:
    (request,) = door.applications(1, 17)
    system = door.system_of(request)
    named = body_of(request) | {"operator": {"kind": "clerk", "actor_id": "clerk-7", "department": OTHER}}
    refused = await door.http.post("/applications", json=named, headers=system)
    assert (refused.status_code, refused.json()["code"]) == (403, "operator_not_yours")
    forged = {"command_id": "w", "reason": "y", "actor": {"kind": "supervisor", "actor_id": "z"}}
    await door.http.post("/applications", json=body_of(request), headers=system)
    answer = await door.http.post(f"/applications/{request.application_no}/withdraw", json=forged, headers=system)
    assert answer.status_code == 422 and [e["field"] for e in answer.json()["errors"]] == ["actor"]
    for headers in ({}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic eDp5"}):
        nobody = await door.http.get(f"/applications/{request.application_no}", headers=headers)
        assert nobody.status_code == 401 and "www-authenticate" in nobody.headers


async def test_evidence_is_kept_and_used_by_its_digest(door: Door) -> None:
    (request,) = door.applications(1, 18)
    system = door.system_of(request)
    await door.http.post("/applications", json=body_of(request), headers=system)
    url = f"/applications/{request.application_no}/evidence"
    party = request.parties[0].party_id
    content = b"%PDF-1.7 " + b"x" * 100_000

    async def put(content: bytes, kind: str = "application/pdf", **query: str) -> Any:
        params = {"party_id": party} | query
        return await door.http.post(url, content=content, params=params, headers=system | {"Content-Type": kind})

    kept = [await put(content) for _ in range(2)]
    assert [k.status_code for k in kept] == [201, 201]
    assert {k.json()["digest"] for k in kept} == {hashlib.sha256(content).hexdigest()}
    for answer, status, code in (
        (await put(b"<html>"), 415, "not_the_file_it_says"),
        (await put(b"%P"), 415, "not_the_file_it_says"),
        (await put(b""), 422, "empty_file"),
        (await put(content, "text/html"), 415, "media_type"),
        (await put(content, party_id="p49"), 422, "unknown_party"),
        (await put(b"%PDF-" + b"x" * (20 * 1024 * 1024)), 413, "too_large"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_batch_is_answered_line_by_line(door: Door) -> None:
    requests = door.applications(12, 19)
    own = door.system_of(requests[0])
    scope = door.callers.known["system-1"].department
    lines = [json.dumps(body_of(r), ensure_ascii=False) for r in requests]
    lines[3:3] = ["", "{不是 JSON", json.dumps(body_of(requests[0]) | {"purpose": "另一用途"}), '{"item_code": "x"}']
    answered = await door.http.post(
        "/applications/batch", content="\n".join(lines).encode(), headers=own | {"Content-Type": "application/x-ndjson"}
    )
    results = [json.loads(line) for line in answered.text.splitlines()]
    assert [r["line"] for r in results] == [1, 2, 3, *range(5, len(lines) + 1)]
    assert results[3]["problem"]["code"] == "invalid"
    assert results[4]["status"] in (403, 409)
    assert {e["field"] for e in results[5]["problem"]["errors"]} >= {"parties", "purpose"}
    for request, result in zip(requests, [*results[:3], *results[6:]], strict=True):
        item = next(i for i in door.stack.catalogue.items if i.code == request.item_code)
        uscc = next(d.uscc for d in door.stack.catalogue.departments if d.code == item.department)
        assert result["status"] == (202 if uscc == scope else 403)
    wrong = await door.http.post("/applications/batch", content=b"{}", headers=own)
    assert wrong.status_code == 415


async def test_bad_input_names_the_field(door: Door) -> None:
    (request,) = door.applications(1, 20)
    system = door.system_of(request)
    body = body_of(request)
    for changed, field in (
        ({"item_code": "不行"}, "item_code"),
        ({"parties": []}, "parties"),
        ({"purpose": "查询350526199001010019"}, "purpose"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"application_no": "350526199001010019"}, "application_no"),
    ):
        answer = await door.http.post("/applications", json=body | changed, headers=system)
        assert answer.status_code == 422, answer.text
        assert field in [e["field"] for e in answer.json()["errors"]]
        assert "350526199001010019" not in answer.text
    for content, status, code in (
        (b"{", 400, "not_json"),
        (b"", 422, "invalid"),
        (b"\xff\xfe", 400, "not_json"),
        (b"[" * 100_000, 400, "bad_request"),
        (b'{"purpose": ' + b"9" * 5000 + b"}", 400, "bad_request"),
        (b'"' + b"x" * (2 * 1024 * 1024) + b'"', 413, "too_large"),
    ):
        answer = await door.http.post(
            "/applications", content=content, headers=system | {"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text[:200]
    assert (await door.http.get("/nowhere", headers=system)).json()["code"] == "no_such_address"
    assert (await door.http.delete("/applications", headers=system)).json()["code"] == "method_not_allowed"
    assert not [look for look in door.noted.looks if look[1] is Action.START and look[3].granted]


def test_every_problem_has_its_title() -> None:
    """Codes that are said anywhere behind the door have their words."""
    said: set[str] = set()
    for file in (Path(__file__).parents[2] / "infra" / "gateway").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        said |= {code for code, title in re.findall(r'Refused\(\d{3}, "(\w+)"(, "|, f")?', text) if not title}
    said |= set(HTTP_CODES.values())
    assert said <= zh_door.PROBLEMS.keys(), said - zh_door.PROBLEMS.keys()


async def test_a_body_that_stands_still_or_breaks_off_holds_nobody_up(door: Door) -> None:
    """Slow, truncated and malformed at the wire."""
    (request,) = door.applications(1, 21)
    system = door.system_of(request)
    async with open_door(door.stack, patience_seconds=0.3) as hasty:
        hasty.callers.known |= door.callers.known
        body = json.dumps(body_of(request)).encode()
        host, port = hasty.http.base_url.host, hasty.http.base_url.port
        head = f"POST /applications HTTP/1.1\r\nHost: d\r\nAuthorization: {system['Authorization']}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"

        reader, writer = await asyncio.open_connection(host, port)
        writer.write(head.encode() + body[:50])
        answered = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        assert answered.startswith(b"HTTP/1.1 408"), "stood still"
        assert b'"too_slow"' in await asyncio.wait_for(reader.read(4096), 20)
        writer.close()

        reader, writer = await asyncio.open_connection(host, port)
        writer.write(head.encode() + body[:50])
        writer.close()  # broke off
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"POST /applications HTTP/1.1\r\nnonsense\r\n\r\n")
        assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 400")
        writer.close()
        nothing = await hasty.http.get(f"/applications/{request.application_no}", headers=system)
        assert nothing.status_code == 404, "nothing was started"
        whole = await hasty.http.post(
            "/applications", content=body, headers=system | {"Content-Type": "application/json"}
        )
        assert whole.status_code == 202


async def test_long_polling_tells_what_is_new(county: Door) -> None:
    window = await waiting(county)
    base = f"/applications/{county.case}"
    seen = (await county.http.get(base, headers=window)).json()["recorded"]
    polled = asyncio.create_task(county.http.get(f"{base}/wait?seconds=30&since={seen}", headers=window))
    nothing_new = await county.http.get(f"{base}/wait?seconds=1&since={seen + 1000}", headers=window)
    assert nothing_new.status_code == 200 and not nothing_new.json()["ended"]
    origin = {"requirement_code": "legal_aid_hardship", "party_id": "p1", "historical": True}
    await county.http.post(f"{base}/origins", json={"command_id": "o-1", "origin": origin}, headers=window)
    assert (await polled).json()["recorded"] > seen


async def test_a_case_that_temporal_has_forgotten_is_read_from_the_ledger(door: Door) -> None:
    (request,) = door.applications(1, 22)
    system = door.system_of(request) | {"Prefer": "wait=30"}
    told = (await door.http.post("/applications", json=body_of(request), headers=system)).json()
    service = door.stack.client.workflow_service
    execution = WorkflowExecution(workflow_id=f"application/{request.application_no}")
    await service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace="default", workflow_execution=execution)
    )

    async def forgotten() -> set[str]:
        try:
            await door.stack.client.get_workflow_handle(execution.workflow_id).describe()
        except RPCError:
            return {"forgotten"}
        return set()

    await eventually_async(forgotten, {"forgotten"})
    again = await door.http.get(f"/applications/{request.application_no}", headers=system)
    assert again.json() == told

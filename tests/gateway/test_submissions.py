"""Departments hand in at the door: once for each file, in their own name, seen by whom it concerns."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from schemas.authority import Role
from tests.gateway.doors import Door

JUSTICE, POLICE = "11350526MB0000001C", "11350526MB0000002F"
PDF = {"Content-Type": "application/pdf"}
CONTENT = b"%PDF-1.7 \xe6\x8e\xa8\xe8\xbf\x9b\xe6\x83\x85\xe5\x86\xb5"
COUNT = "SELECT count(*) FROM ledger.event WHERE type = 'submission_received'"


async def test_a_file_is_handed_in_once_and_read_by_the_committee(door: Door) -> None:
    staff = door.callers.add("staff-1", Role.DEPARTMENT, department=JUSTICE)
    ask = {"url": "/submissions", "params": {"month": "2026-03"}, "headers": staff | PDF, "content": CONTENT}
    answers = await asyncio.gather(*(door.http.post(**ask) for _ in range(4)))  # type: ignore[arg-type]
    assert {a.status_code for a in answers} == {201}, [a.text for a in answers]
    assert len({a.text for a in answers}) == 1, "the same answer, time and all"
    assert answers[0].json()["digest"] == hashlib.sha256(CONTENT).hexdigest()
    assert await door.stack.pool.fetchval(COUNT) == 1

    committee = door.callers.add("committee", Role.COMMITTEE)
    seen = (await door.http.get("/submissions", params={"month": "2026-03"}, headers=committee)).json()
    assert seen["due"] == "2026-04-08" and len(seen["standings"]) == len(door.stack.catalogue.departments)
    states = {s["department"]: s["state"] for s in seen["standings"]}
    assert (states[JUSTICE], states[POLICE]) == ("late", "missing")
    place = f"/submissions/2026-03/{JUSTICE}/{answers[0].json()['digest']}"
    file = await door.http.get(place, headers=committee)
    assert (file.content, file.headers["content-type"]) == (CONTENT, "application/pdf")
    assert file.headers["content-disposition"] == "attachment"


async def test_a_department_sees_itself(door: Door) -> None:
    staff = door.callers.add("staff-1", Role.DEPARTMENT, department=JUSTICE)
    other = door.callers.add("staff-2", Role.DEPARTMENT, department=POLICE)
    params = {"month": "2026-03"}
    for headers, more in ((staff, b"1"), (other, b"2")):
        answer = await door.http.post("/submissions", params=params, headers=headers | PDF, content=CONTENT + more)
        assert answer.status_code == 201, answer.text
    seen = (await door.http.get("/submissions", params=params, headers=staff)).json()
    assert [s["department"] for s in seen["standings"]] == [r["department"] for r in seen["received"]] == [JUSTICE]
    digest = hashlib.sha256(CONTENT + b"2").hexdigest()
    assert (await door.http.get(f"/submissions/2026-03/{POLICE}/{digest}", headers=staff)).status_code == 404
    assert (await door.http.get(f"/submissions/2026-03/{POLICE}/{digest}", headers=other)).status_code == 200
    assert (await door.http.get(f"/submissions/2026-04/{POLICE}/{digest}", headers=other)).status_code == 404


@pytest.mark.parametrize("role", [Role.BUSINESS_SYSTEM, Role.CLERK, Role.OPERATOR, Role.COMMITTEE, Role.AUDITOR])
async def test_nobody_else_hands_in(door: Door, role: Role) -> None:
    caller = door.callers.add("caller", role, department=JUSTICE)
    answer = await door.http.post("/submissions", params={"month": "2026-03"}, headers=caller | PDF, content=CONTENT)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_of_role")
    assert await door.stack.pool.fetchval(COUNT) == 0


async def test_what_is_wrong_with_it_is_said_and_nothing_is_kept(door: Door) -> None:
    staff = door.callers.add("staff-1", Role.DEPARTMENT, department=JUSTICE)
    no_department = door.callers.add("body-1", Role.JUSTICE)
    docx = {"Content-Type": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
    for headers, month, content, status, code in (
        (staff | PDF, "2026-3", CONTENT, 422, "invalid"),
        (staff | PDF, "2026-13", CONTENT, 422, "invalid"),
        (staff | PDF, "2999-01", CONTENT, 422, "month_not_begun"),
        (staff | PDF, "2026-03", b"", 422, "empty_file"),
        (staff | PDF, "2026-03", b"<html>", 415, "not_the_file_it_says"),
        (staff | docx, "2026-03", CONTENT, 415, "not_the_file_it_says"),
        (staff | {"Content-Type": "text/html"}, "2026-03", b"<html>", 415, "media_type"),
        (staff | PDF, "2026-03", CONTENT + bytes(21 * 1024 * 1024), 413, "too_large"),
        (no_department | PDF, "2026-03", CONTENT, 403, "no_department"),
    ):
        answer = await door.http.post("/submissions", params={"month": month}, headers=headers, content=content)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await door.stack.pool.fetchval(COUNT) == 0

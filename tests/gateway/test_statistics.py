"""Figures and complaints at the door: who gets whose, what is on record, and what is wrong said by its field."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from infra.ledger import feed
from schemas.authority import Action, Role
from schemas.clock import county_date
from schemas.statistics import By, Gaps, Statistics
from tests.gateway.doors import Door, body_of
from tests.workflows.waiting import eventually_async

TODAY = county_date(datetime.now(UTC))
SPAN = {"from": str(TODAY - timedelta(days=3)), "to": str(TODAY + timedelta(days=3))}
JUSTICE = "11350526MB0000001C"
TRANSPORT = "11350526MB00000095"


async def answered(door: Door) -> list[str]:
    """Two cases of two departments, to their end; gives the departments."""
    requests, departments = door.applications(40, 9), []
    for request in requests:
        headers = door.system_of(request)
        department = str(door.callers.known["system-1"].department)
        if department in departments:
            continue
        departments.append(department)
        await door.http.post("/applications", json=body_of(request), headers=headers | {"Prefer": "wait=20"})
        if len(departments) == 2:
            return departments
    raise AssertionError("the sample has one department only")


async def counted(door: Door, headers: dict[str, str], **more: Any) -> Statistics:
    await door.caught_up()
    answer = await door.http.get("/statistics", params=SPAN | more, headers=headers)
    assert answer.status_code == 200, answer.text
    return Statistics.model_validate(answer.json())


async def test_the_county_sees_all_and_a_department_its_own(door: Door) -> None:
    mine, others = await answered(door)
    efficiency = door.callers.add("efficiency-1", Role.EFFICIENCY)

    async def departments() -> set[str]:
        return {row.key for row in (await counted(door, efficiency)).rows if row.figures.cases.received}

    await eventually_async(departments, {mine, others})
    whole = await counted(door, efficiency)
    assert {mine, others} <= {row.key for row in whole.rows}
    assert whole.total.evidence.concluded or whole.total.evidence.pending
    staff = door.callers.add("staff-1", Role.DEPARTMENT, department=mine)
    own = await counted(door, staff)
    assert {row.key for row in own.rows} == {mine}
    assert own.rows[0].figures == next(row.figures for row in whole.rows if row.key == mine)
    by_item = await counted(door, staff, by="item")
    assert by_item.by is By.ITEM and by_item.total == own.total
    looks = [(who, action) for who, action, _, verdict in door.noted.looks if verdict.granted]
    assert ("staff-1", Action.STATISTICS) in looks


async def test_as_of_an_earlier_place_the_same_figures_come_again(door: Door) -> None:
    auditor = door.callers.add("auditor-1", Role.AUDITOR)
    before = await counted(door, auditor)
    await answered(door)
    assert (await counted(door, auditor)).total.cases.received == 2
    assert await counted(door, auditor, as_of=str(before.as_of)) == before
    head = await feed.head(door.stack.pool)
    ahead = await door.http.get("/statistics", params=SPAN | {"as_of": str(head + 999)}, headers=auditor)
    assert (ahead.status_code, ahead.json()["code"]) == (422, "not_counted_yet")
    gaps = await door.http.get("/statistics/gaps", params=SPAN | {"as_of": str(before.as_of)}, headers=auditor)
    assert Gaps.model_validate(gaps.json()).rows == ()


@pytest.mark.parametrize("path", ["/statistics", "/statistics/gaps"])
@pytest.mark.parametrize(
    ("role", "more", "expected"),
    [
        pytest.param(Role.CLERK, {}, (403, "not_of_role"), id="a clerk"),
        pytest.param(Role.OPERATOR, {}, (403, "not_of_role"), id="an operator"),
        pytest.param(Role.DEPARTMENT, {"as_of": "0"}, (403, "whole_county_only"), id="a department looks not back"),
        pytest.param(Role.COMMITTEE, {"to": "2020-01-01"}, (422, "invalid"), id="ends before it begins"),
        pytest.param(Role.COMMITTEE, {"from": "may"}, (422, "invalid"), id="no day"),
        pytest.param(Role.COMMITTEE, {"as_of": "-2"}, (422, "invalid"), id="before the first"),
    ],
)
async def test_who_and_what_is_refused(
    door: Door, path: str, role: Role, more: dict[str, str], expected: tuple[int, str]
) -> None:
    headers = door.callers.add("caller-1", role, department=JUSTICE)
    answer = await door.http.get(path, params=SPAN | more, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert (await door.http.get(path, params=SPAN)).status_code == 401


def complaint(**changed: Any) -> dict[str, Any]:
    told = {"reference": "12345-7", "department": JUSTICE, "channel": "hotline", "happened_on": str(TODAY)}
    return {name: value for name, value in (told | changed).items() if value is not None}


async def test_a_complaint_counts_once_against_who_sent_him(door: Door) -> None:
    efficiency = door.callers.add("efficiency-1", Role.EFFICIENCY)
    first = await door.http.post("/complaints", json=complaint(), headers=efficiency)
    again = await door.http.post("/complaints", json=complaint(), headers=efficiency)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = await door.http.post("/complaints", json=complaint(channel="letter"), headers=efficiency)
    assert (other.status_code, other.json()["code"]) == (409, "complaint_differs")
    found = await counted(door, efficiency)
    assert [(row.key, row.figures.complaints) for row in found.rows] == [(JUSTICE, 1)]


async def test_a_complaint_about_a_case_stands_under_its_number(door: Door) -> None:
    (request,) = door.applications(1, 4)
    await door.http.post(
        "/applications", json=body_of(request), headers=door.system_of(request) | {"Prefer": "wait=20"}
    )
    efficiency = door.callers.add("efficiency-1", Role.EFFICIENCY)
    told = complaint(application_no=request.application_no, evidence="economic_hardship")
    answer = await door.http.post("/complaints", json=told, headers=efficiency)
    assert answer.status_code == 201, answer.text
    number = await door.stack.pool.fetchval(
        "SELECT application_no FROM ledger.event WHERE stream = 'register/complaint/12345-7'"
    )
    assert number == request.application_no
    elsewhere = await door.http.post("/complaints", json=complaint(evidence="economic_hardship"), headers=efficiency)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "complaint_differs")
    missing = complaint(reference="12345-8", application_no="NO-SUCH-CASE-1")
    assert (await door.http.post("/complaints", json=missing, headers=efficiency)).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"reference": "a 350526199001010019"}, "reference", id="not an id"),
        pytest.param({"reference": "350526199001010019"}, "reference", id="somebody's number"),
        pytest.param({"department": TRANSPORT[:-1] + "6"}, "department", id="no such code"),
        pytest.param({"department": "11350526004086015N"}, "department", id="not of the county"),
        pytest.param({"evidence": "nonsense"}, "evidence", id="unknown evidence"),
        pytest.param({"happened_on": "2999-01-01"}, "happened_on", id="to come"),
        pytest.param({"happened_on": str(date(2019, 1, 1))}, "happened_on", id="long ago"),
        pytest.param({"channel": "rumour"}, "channel", id="unknown channel"),
        pytest.param({"name": "测试甲"}, "name", id="who complained is not kept"),
    ],
)
async def test_a_wrong_complaint_names_the_field(door: Door, changed: dict[str, Any], field: str) -> None:
    justice = door.callers.add("justice-1", Role.JUSTICE, department=JUSTICE)
    answer = await door.http.post("/complaints", json=complaint(**changed), headers=justice)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("role", [Role.CLERK, Role.DEPARTMENT, Role.SUPERVISOR, Role.AUDITOR, Role.OPERATOR])
async def test_others_record_no_complaint(door: Door, role: Role) -> None:
    headers = door.callers.add("caller-1", role, department=JUSTICE)
    answer = await door.http.post("/complaints", json=complaint(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_of_role")

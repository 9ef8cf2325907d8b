"""Worklists at the door: who sees what, what is done to a task, and what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from temporalio.client import Client

from infra.gateway import acts
from infra.settings import TemporalSettings
from infra.worklist.listed import cursor_of
from schemas.authority import Action
from tests.gateway.office import Office, open_office


@pytest.fixture
async def office(client: Client, temporal_settings: TemporalSettings, database: asyncpg.Pool) -> AsyncIterator[Office]:
    async with open_office(client, temporal_settings, database) as opened:
        yield opened


def said(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def codes(answer: httpx.Response) -> tuple[int, str, list[str]]:
    told = answer.json()
    return answer.status_code, told["code"], [e["code"] for e in told.get("errors", [])]


async def test_each_sees_his_tasks_and_a_stranger_none(office: Office) -> None:
    task = await office.task("verification")
    assert (task["responsible"], task["claimed_by"], task["closed"]) == ("department", None, None)
    assert task["workflow"].startswith("verification/") and task["item_name"] and task["deciding_name"]
    for name in ("clerk", "staff-1", "health-1", "supervisor"):
        page = said(await office.get(name, "/tasks", step="verification"))
        assert [t["task_id"] for t in page["tasks"]] == [task["task_id"]], name
        assert said(await office.get(name, f"/tasks/{task['task_id']}"))["task_id"] == task["task_id"]
    for name in ("stranger", "member"):
        assert said(await office.get(name, "/tasks"))["tasks"] == []
        assert codes(await office.get(name, f"/tasks/{task['task_id']}"))[0] == 404
    for name in ("auditor", "operator"):
        assert codes(await office.get(name, "/tasks"))[:2] == (403, "not_of_role")
    assert codes(await office.get("operator", "/applications"))[:2] == (403, "not_of_role")
    cases = said(await office.get("auditor", "/applications"))["applications"]
    assert [c["application_no"] for c in cases] == [task["application_no"]]
    assert said(await office.get("stranger", "/applications"))["applications"] == []
    assert (await office.http.get("/tasks")).status_code == 401


async def test_a_task_that_is_not_there_is_answered_as_one_that_may_not_be_seen(office: Office) -> None:
    task = await office.task("verification")
    hidden = await office.get("stranger", f"/tasks/{task['task_id']}")
    for name in ("abc", "YQ", "eHgKeQ", "A" * 800):
        missing = await office.get("stranger", f"/tasks/{name}")
        assert (missing.status_code, missing.text) == (hidden.status_code, hidden.text)
        acted = await office.post("stranger", f"/tasks/{name}/claim", command_id="c-0")
        assert (acted.status_code, acted.text) == (hidden.status_code, hidden.text)


async def test_what_was_claimed_is_seen_at_once_and_by_nobody_else_claimed(office: Office) -> None:
    place = f"/tasks/{(await office.task('verification'))['task_id']}"
    seen = said(await office.post("health-1", f"{place}/claim", command_id="c-1"))
    assert (seen["task"]["claimed_by"], seen["receipt"]["command_id"]) == ("health-1", "c-1")
    again = said(await office.post("health-1", f"{place}/claim", command_id="c-1"))
    assert again["receipt"] == seen["receipt"], "the same act is done once"
    refused = await office.post("health-2", f"{place}/claim", command_id="c-2")
    assert codes(refused) == (409, "act_refused", ["claimed_by_another"])
    assert office.scene.types("verification")[-1] == "act_refused", "on record"
    assert codes(await office.post("staff-1", f"{place}/claim", command_id="c-3"))[2] == ["not_of_the_office"]
    assert len(said(await office.get("health-1", "/tasks", mine=True))["tasks"]) == 1
    assert said(await office.get("health-2", "/tasks", mine=True))["tasks"] == []
    assert said(await office.get("health-2", "/tasks", unclaimed=True, step="verification"))["tasks"] == []
    given = said(await office.post("health-1", f"{place}/hand-over", command_id="c-4", to="health-2", reason="休假"))
    assert given["task"]["claimed_by"] == "health-2"
    freed = said(await office.post("supervisor", f"{place}/release", command_id="c-5", reason="长期不在岗"))
    assert freed["task"]["claimed_by"] is None
    assert codes(await office.post("supervisor", f"{place}/claim", command_id="c-6"))[:2] == (403, "not_of_role")


async def test_pressing_on_is_the_supervisors(office: Office) -> None:
    place = f"/tasks/{(await office.task('verification'))['task_id']}"
    for name in ("health-1", "clerk", "auditor"):
        answer = await office.post(name, f"{place}/remind", command_id="r-0", reason="x")
        assert codes(answer)[:2] == (403, "not_of_role"), name
    said(await office.post("supervisor", f"{place}/remind", command_id="r-1", reason="申请人来电"))
    await office.scene.until("verification", "assignment_reminded", "escalation_delivered")
    moved = said(
        await office.post("supervisor", f"{place}/reassign", command_id="r-2", recipients=["desk-9"], reason="换岗")
    )
    assert moved["task"]["recipients"] == ["desk-9"]
    assert ("supervisor", Action.INTERVENE) in [(who, action) for who, action, *_ in office.noted.looks]
    wrong = await office.post("supervisor", f"{place}/remind", command_id="r-3", reason="350526199001010019")
    assert codes(wrong)[:2] == (422, "invalid")


async def test_what_changes_an_outcome_takes_two_of_those_who_may(office: Office) -> None:
    place = f"/tasks/{(await office.task('verification'))['task_id']}/override"
    wanted = {"command_id": "p-1", "kind": "next_rung", "reason": "平台长期不通"}
    assert codes(await office.post("supervisor", place, **wanted))[:2] == (403, "not_of_role")
    assert codes(await office.post("health-1", place, **wanted))[:2] == (403, "not_yours"), "asked, not deciding"
    before = said(await office.post("staff-1", place, **wanted))["task"]
    assert before["closed"] is None
    confirm = {"command_id": "p-2", "proposal": "p-1", "reason": "同意"}
    own = await office.post("staff-1", f"{place}/confirm", **confirm)
    assert codes(own) == (409, "act_refused", ["confirmer_is_proposer"])
    after = said(await office.post("member", f"{place}/confirm", **(confirm | {"command_id": "p-3"})))["task"]
    assert after["ends_at"] < before["ends_at"]
    await office.scene.until("verification", "verification_lapsed")
    await office.scene.until("application", "route_reported")


async def test_a_receipt_says_from_where_on_the_list_shows_it(office: Office) -> None:
    task = await office.task("verification")
    place = f"/tasks/{task['task_id']}"
    office.relaying.clear()
    await asyncio.sleep(0.1)
    claiming = asyncio.create_task(office.post("health-1", f"{place}/claim", command_id="c-1"))
    await office.scene.until("verification", "assignment_claimed")
    head = len(office.scene.world.ledger.streams[task["stream"]]) - 1
    after = f"{task['stream']}:{head}"
    waiting = asyncio.create_task(office.get("health-1", "/tasks", mine=True, after=after))
    hidden = asyncio.create_task(office.get("stranger", "/tasks", after=after))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    office.relaying.set()
    assert [t["task_id"] for t in said(await waiting)["tasks"]] == [task["task_id"]]
    said(await claiming)
    assert codes(await hidden)[:2] == (503, "lists_behind"), "as for a stream that is not there"
    assert codes(await office.get("health-1", "/tasks", after="nonsense"))[:2] == (422, "bad_place")
    wrong = await office.get("health-1", "/tasks", cursor="abc")
    assert codes(wrong)[:2] == (422, "bad_cursor")
    for moment in ("0.5", "1772415000", "yesterday"):
        assert codes(await office.get("health-1", "/tasks", due_before=moment))[:2] == (422, "invalid")
    assert said(await office.get("health-1", "/tasks", due_before="2999-01-01T00:00:00+08:00"))["tasks"]


async def test_an_act_whose_record_is_not_durable_is_answered_in_time_and_safe_to_repeat(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "ACT_SECONDS", 1.0)
    place = f"/tasks/{(await office.task('verification'))['task_id']}/claim"
    office.scene.world.ledger.down = True
    waits = await office.post("health-1", place, command_id="c-1")
    assert codes(waits)[:2] == (503, "not_now")
    office.scene.world.ledger.down = False
    monkeypatch.undo()
    assert said(await office.post("health-1", place, command_id="c-1"))["task"]["claimed_by"] == "health-1"


async def test_what_no_database_can_hold_is_named(office: Office) -> None:
    at = "2026-01-01T00:00:00+00:00"
    beyond = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    made_up: list[tuple[str, list[Any]]] = [
        ("colour", [2**15, at, "a", "b"]),
        ("due", [at, "a\x00", "b"]),
        *(("due", [moment, "a", "b"]) for moment in beyond),
    ]
    for order, place in made_up:
        answer = await office.get("supervisor", "/tasks", sort=order, cursor=cursor_of(order, place))
        assert codes(answer)[:2] == (422, "bad_cursor"), place
    for moment in beyond:
        for path, name in (("/tasks", "due_before"), ("/applications", "received_from")):
            told = said(await office.get("supervisor", path, **{name: moment}), 422)
            assert [e["field"] for e in told["errors"]] == [f"query.{name}"]
    for filters in ({"due_before": beyond[0]}, {"claimed_by": "a\x00"}):
        frozen = await office.post("supervisor", "/bulk", action="remind", reason="催办", filters=filters)
        assert [e["field"] for e in said(frozen, 422)["errors"]] == [f"filters.{name}" for name in filters]


async def test_what_a_case_is_stuck_on_is_tried_at_once(office: Office) -> None:
    number = (await office.task("verification"))["application_no"]
    path = f"/applications/{number}/retry"
    said(await office.post("supervisor", path, command_id="t-1", reason="平台已恢复"))
    assert codes(await office.post("staff-1", path, command_id="t-2", reason="x"))[:2] == (403, "not_of_role")
    ledger = office.scene.world.ledger
    ledger.down = True
    task = await office.task("verification")
    claiming = asyncio.create_task(office.post("health-1", f"/tasks/{task['task_id']}/claim", command_id="c-9"))
    async with asyncio.timeout(30):
        while not (await _pending(office, task["workflow"])):
            await asyncio.sleep(0.1)
    ledger.down = False
    told = said(await office.post("supervisor", path, command_id="t-3", reason="数据库已恢复"))
    (woken,) = [w for w in told["workflows"] if w["workflow"] == task["workflow"]]
    assert [t["activity"] for t in woken["tried"]] == ["ledger.append"]
    assert woken["still"] == [] and woken["receipt"]["command_id"] == "t-3"
    said(await claiming)
    assert "retry_asked" in office.scene.types("verification")


async def _pending(office: Office, workflow: str) -> bool:
    from infra.temporal.retrying import retrying

    return bool(await retrying(office.scene.client, workflow))


async def test_many_are_pressed_on_exactly_as_they_were_shown(office: Office) -> None:
    task = await office.task("verification")
    wanted = {"action": "remind", "reason": "集中催办", "filters": {"step": "verification"}}
    assert codes(await office.post("clerk", "/bulk", **wanted))[:2] == (403, "not_of_role")
    shown = said(await office.post("supervisor", "/bulk", **wanted), 201)
    assert (shown["count"], [t["task_id"] for t in shown["sample"]]) == (1, [task["task_id"]])
    assert "assignment_reminded" not in office.scene.types("verification"), "nothing is done yet"
    path = f"/bulk/{shown['list_id']}/run"
    assert (await office.post("member", path)).status_code == 404, "another's list"
    ran = said(await office.post("supervisor", path))
    assert (ran["done"], [r["outcome"] for r in ran["results"]]) == (1, ["done"])
    assert said(await office.post("supervisor", path)) == ran, "again is not twice"
    assert office.scene.types("verification").count("assignment_reminded") == 1
    later = said(await office.post("supervisor", "/bulk", **wanted), 201)
    said(await office.post("health-1", f"/tasks/{task['task_id']}/claim", command_id="c-1"))
    skipped = said(await office.post("supervisor", f"/bulk/{later['list_id']}/run"))
    assert [r["outcome"] for r in skipped["results"]] == ["changed"]
    last = said(await office.post("supervisor", "/bulk", **wanted), 201)
    await office.scene.answers("verification", "confirmed")
    await office.scene.until("verification", "assignment_closed")
    head = len(office.scene.world.ledger.streams[task["stream"]]) - 1
    await office.get("supervisor", "/tasks", after=f"{task['stream']}:{head}")
    gone = said(await office.post("supervisor", f"/bulk/{last['list_id']}/run"))
    assert [r["outcome"] for r in gone["results"]] == ["gone"]


async def test_many_are_reassigned_or_retried(office: Office) -> None:
    await office.task("verification")
    moving = {"action": "reassign", "reason": "岗位撤销", "filters": {"step": "verification"}}
    assert codes(await office.post("supervisor", "/bulk", **moving))[:2] == (422, "invalid")
    shown = said(await office.post("supervisor", "/bulk", **moving, recipients=["desk-9"]), 201)
    ran = said(await office.post("supervisor", f"/bulk/{shown['list_id']}/run"))
    assert [r["outcome"] for r in ran["results"]] == ["done"]
    assert "assignment_reassigned" in office.scene.types("verification")
    trying = {"action": "retry", "reason": "平台已恢复", "filters": {"step": "verification"}}
    shown = said(await office.post("member", "/bulk", **trying), 201)
    ran = said(await office.post("member", f"/bulk/{shown['list_id']}/run"))
    assert [r["outcome"] for r in ran["results"]] == ["done"]

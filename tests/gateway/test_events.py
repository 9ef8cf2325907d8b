"""Webhooks and the cursor over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from infra.gateway.events import EventsDoor, events_router
from infra.gateway.failures import handle_failures
from infra.gateway.problems import Refused
from schemas.outbound import NAMES, Scope
from tests.webhooks.receiver import status
from tests.webhooks.world import NAMING, PUBLIC_OF_A_CASE, WINDOW, World, open_world


class Somebody(NamedTuple):
    principal_id: str


async def principal(request: Request) -> Somebody:
    return Somebody(request.headers["x-who"])


async def scope_of(caller: Somebody) -> Scope:
    scopes = {"yewu-01": WINDOW, "yewu-02": Scope(items=("other",))}
    if caller.principal_id not in scopes:
        raise Refused(403, "not_of_role")
    return scopes[caller.principal_id]


@pytest.fixture
async def world(database: asyncpg.Pool) -> AsyncIterator[World]:
    async with open_world(database) as made:
        yield made


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    handle_failures(app)
    door = EventsDoor(world.pool, world.subscriptions, world.owed, world.deliverer(), NAMING, principal, scope_of)
    app.include_router(events_router(door))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door", headers={"x-who": "yewu-01"}) as client:
        yield client


async def created(http: httpx.AsyncClient, world: World, **more: Any) -> dict[str, Any]:
    answer = await http.post("/webhooks", json={"url": world.receiver.url, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_from_subscribing_to_what_was_delivered(http: httpx.AsyncClient, world: World) -> None:
    made = await created(http, world)
    assert made["scope"]["taken_in_by"]
    shown = (await http.get(f"/webhooks/{made['id']}")).json()
    assert "secret" not in shown
    assert (await http.get("/webhooks")).json() == [shown]
    tested = (await http.post(f"/webhooks/{made['id']}/test")).json()
    assert (tested["delivered"], tested["status"]) == (True, 204)
    world.receiver.requests.clear()
    await world.case()
    world.receiver.behaviour = status(400)
    for _ in range(4):
        await world.deliverer().settle()
        world.later(hours=1)
    world.receiver.behaviour = status(200)
    await world.deliverer().settle()
    for request in world.receiver.requests[:1]:
        request.verified(made["secret"])
    page = (await http.get(f"/webhooks/{made['id']}/deliveries", params={"limit": 2})).json()
    assert [(d["state"], d["status"]) for d in page["deliveries"]] == [("dead", 400), ("delivered", 200)]
    rest = (await http.get(f"/webhooks/{made['id']}/deliveries", params={"after": page["next"]})).json()
    assert len(rest["deliveries"]) == PUBLIC_OF_A_CASE - 2
    again = await http.post(f"/webhooks/{made['id']}/resend", json={})
    assert (again.status_code, again.json()) == (202, {"count": 1})
    everything = await http.post(f"/webhooks/{made['id']}/resend", json={"dead_only": False, "last": 1})
    assert everything.json() == {"count": 1}
    await world.deliverer().settle()
    assert set(await world.states()) == {"delivered"}


async def test_changing_pausing_rotating_and_ending(http: httpx.AsyncClient, world: World) -> None:
    made = await created(http, world, types=["notice_issued"])
    path = f"/webhooks/{made['id']}"
    assert (await http.patch(path, json={"state": "paused"})).json()["reason"] == "owner"
    assert (await http.patch(path, json={"state": "active", "types": []})).json()["types"] == []
    new = (await http.post(f"{path}/secret")).json()
    assert new["overlap_hours"] == 24
    assert await world.subscriptions.secrets(UUID(made["id"])) == [new["secret"], made["secret"]]
    assert (await http.delete(path)).status_code == 204
    for answer in (
        await http.delete(path),
        await http.post(f"{path}/test"),
        await http.post(f"{path}/resend", json={}),
        await http.patch(path, json={}),
    ):
        assert answer.status_code == 404


async def test_another_has_the_answer_of_nothing(http: httpx.AsyncClient, world: World) -> None:
    made = await created(http, world)
    for path in (f"/webhooks/{made['id']}", f"/webhooks/{uuid4()}"):
        for method, end, body in (
            ("GET", "", None),
            ("PATCH", "", {"state": "paused"}),
            ("DELETE", "", None),
            ("POST", "/test", None),
            ("POST", "/secret", None),
            ("POST", "/resend", {}),
            ("GET", "/deliveries", None),
        ):
            answer = await http.request(method, path + end, json=body, headers={"x-who": "yewu-02"})
            assert (answer.status_code, answer.json()["code"]) == (404, "no_such_webhook")
    assert (await http.get("/webhooks", headers={"x-who": "yewu-02"})).json() == []


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"url": "https://10.0.0.1/"}, "address_not_allowed", "url"),
        ({"url": "gopher://a/"}, "url_malformed", "url"),
        ({"url": "https://a.cn/", "types": ["attempt_made"]}, "unknown_event", "types"),
    ],
)
async def test_bad_input_names_the_field(
    http: httpx.AsyncClient, world: World, body: dict[str, Any], code: str, field: str
) -> None:
    answer = await http.post("/webhooks", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    made = await created(http, world)
    assert (await http.patch(f"/webhooks/{made['id']}", json=body)).status_code == 422


async def test_who_may_not_subscribe(http: httpx.AsyncClient) -> None:
    headers = {"x-who": "operator"}
    for answer in (
        await http.post("/webhooks", json={"url": "https://a.cn/"}, headers=headers),
        await http.get("/events", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_of_role")


async def test_events_by_cursor(http: httpx.AsyncClient, world: World) -> None:
    await world.case()
    page = (await http.get("/events", params={"limit": 4})).json()
    assert len(page["events"]) == 4
    assert page["more"]
    rest = (await http.get("/events", params={"after": page["next"]})).json()
    assert len(rest["events"]) == PUBLIC_OF_A_CASE - 4
    assert (rest["more"], rest["next"]) == (False, 8)
    assert (await http.get("/events", headers={"x-who": "yewu-02"})).json()["events"] == []
    one = await http.get("/events", params={"type": ["application_received", "notice_issued"]})
    assert [e["data"]["event"] for e in one.json()["events"]] == ["application_received"]
    assert (await http.get("/events", params={"type": "x"})).json()["errors"][0]["field"] == "type"
    for wrong in ({"limit": 0}, {"limit": 501}, {"after": -2}, {"after": "x"}, {"after": 2**63}):
        assert (await http.get("/events", params=wrong)).status_code == 422


async def test_names_of_events(http: httpx.AsyncClient) -> None:
    told = (await http.get("/event-types")).json()
    assert [e["name"] for e in told] == list(NAMES)
    assert all(e["text"] and e["type"].startswith("cn.dehua.mianzheng.") for e in told)


async def test_the_schema_fits_what_comes(http: httpx.AsyncClient, world: World) -> None:
    await world.case()
    schema = (await http.get("/event-schema")).json()
    validator = jsonschema_rs.Draft202012Validator(schema)
    events = (await http.get("/events")).json()["events"]
    assert events
    for event in events:
        assert event["dataschema"] == schema["$id"]
        validator.validate(event["data"])

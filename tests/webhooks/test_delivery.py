"""Delivery: nothing lost, order kept in each case, ids stable, whatever receivers and processes do."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from standardwebhooks import WebhookVerificationError

from infra.webhooks.owed import OwedMessages
from schemas.outbound import Scope, message_id
from tests.ledger.cases import START, attempt, link, settled, whole_case
from tests.webhooks.receiver import Request, drop, flood, hang, nonsense, status, trickle
from tests.webhooks.world import PUBLIC_OF_A_CASE, World


async def test_a_case_is_told_in_order_and_signed(world: World) -> None:
    subscription, secret = await world.subscribe()
    await world.case()
    await world.deliverer().settle()
    events = whole_case("T-1")
    public = [e for e in events if e.body.type != "attempt_made"]
    assert world.receiver.ids() == [message_id(e.event_id, subscription.id) for e in public]
    for request, event in zip(world.receiver.requests, public, strict=True):
        content = request.verified(secret)
        assert request.target == "/hook?of=us"
        assert content["specversion"] == "1.0"
        assert content["id"] == str(event.event_id)
        assert content["type"] == f"cn.dehua.mianzheng.{event.body.type}"
        assert content["source"] == "urn:mianzheng:350526"
        assert content["subject"] == "T-1"
        assert content["dataschema"] == "urn:mianzheng:schema:outbound:v1"
        parsed = from_structured_event(HTTPMessage(request.headers, request.body))
        assert parsed.get_time() == event.occurred_at
        assert content["data"]["text"]
        assert "350526199001010019" not in request.body.decode()
    assert set(await world.states()) == {"delivered"}
    with pytest.raises(WebhookVerificationError):
        world.receiver.requests[0].verified("whsec_" + "A" * 32)


async def test_only_who_covers_the_case_and_wants_the_event(world: World) -> None:
    other, _ = await world.subscribe(Scope(taken_in_by=("11350526MB0000002F",)))
    by_item, _ = await world.subscribe(Scope(items=("pottery_market_entry",)), types=("application_handed_over",))
    await world.case()
    late, _ = await world.subscribe()
    await world.deliverer().settle()
    assert len(world.receiver.requests) == 1
    assert world.receiver.ids()[0].endswith(by_item.id.hex)
    assert await world.owed.deliveries(other.id, -1, 10) == []
    assert await world.owed.deliveries(late.id, -1, 10) == [], "what came before is pulled, not sent"


FAILURES: dict[str, tuple[Any, int | None, str]] = {
    "500": (status(500), 500, "server"),
    "404": (status(404), 404, "refused"),
    "redirect": (status(302, "location: http://127.0.0.1:1/"), 302, "redirect"),
    "nonsense": (nonsense, None, "protocol"),
    "dropped": (drop, None, "protocol"),
    "hangs": (hang, None, "timeout"),
    "trickles": (trickle, None, "timeout"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_what_fails_is_tried_again_and_nothing_overtakes_it(world: World, name: str) -> None:
    behaviour, code, error = FAILURES[name]
    if error == "timeout":
        world.settings = world.settings.model_copy(update={"timeout_seconds": 0.2})
    subscription, _ = await world.subscribe()
    await world.case()
    world.receiver.behaviour = behaviour
    await world.deliverer().settle()
    assert len(world.receiver.requests) == 1, "the rest of the case waits"
    first = (await world.owed.deliveries(subscription.id, -1, 1))[0]
    assert (first.state, first.tries, first.status, first.error) == ("pending", 1, code, error)
    world.receiver.behaviour = status(200)
    await world.deliverer().settle()
    assert len(world.receiver.requests) == 1, "not before its time"
    world.later(seconds=5)
    await world.deliverer().settle()
    ids = world.receiver.ids()
    assert ids[0] == ids[1]
    assert len(set(ids)) == PUBLIC_OF_A_CASE == len(ids) - 1


async def test_an_endless_answer_is_left(world: World) -> None:
    """Its status said that it was taken; no more than the limit is read of it."""
    await world.subscribe(types=("application_received",))
    await world.case()
    world.receiver.behaviour = flood
    await asyncio.wait_for(world.deliverer().settle(), 4)
    assert await world.states() == ["delivered"]


async def test_a_failing_event_holds_up_its_own_case_only_and_not_for_ever(world: World) -> None:
    subscription, _ = await world.subscribe()
    await world.case("T-1")
    await world.case("T-2")

    def picky(request: Request, writer: asyncio.StreamWriter) -> None:
        content = json.loads(request.body)
        poison = content["subject"] == "T-1" and content["data"]["event"] == "application_admitted"
        status(500 if poison else 200)(request, writer)

    world.receiver.behaviour = picky
    await world.deliverer().settle()
    subjects = [json.loads(r.body)["subject"] for r in world.receiver.requests]
    assert subjects.count("T-2") == PUBLIC_OF_A_CASE
    assert subjects.count("T-1") == 2
    for _ in range(3):
        world.later(hours=1)
        await world.deliverer().settle()
    dead = await world.owed.deliveries(subscription.id, -1, 100, "dead")
    assert [(d.type, d.tries, d.status) for d in dead] == [("application_admitted", 4, 500)]
    assert (await world.states()).count("delivered") == 2 * PUBLIC_OF_A_CASE - 1


async def test_dead_after_days(world: World) -> None:
    world.settings = world.settings.model_copy(update={"attempts": 1000, "days": 1.0})
    await world.subscribe(types=("application_received",))
    await world.case()
    world.receiver.behaviour = status(503)
    await world.deliverer().settle()
    world.later(hours=23)
    await world.deliverer().settle()
    assert await world.states() == ["pending"]
    world.later(hours=2)
    await world.deliverer().settle()
    assert await world.states() == ["dead"]


async def test_pauses_grow_and_scatter(world: World) -> None:
    owed = world.owed
    assert [owed.pause(n, None) for n in range(4)] == [5, 10, 20, 40]
    assert owed.pause(100, None) == 3600
    assert owed.pause(0, 77.0) == 77
    low = OwedMessages(world.pool, world.settings, world.clock, lambda: 0.0)
    assert low.pause(1, None) == 5, "the earliest is half of the longest"


async def test_retry_after_rests_the_whole_subscription(world: World) -> None:
    await world.subscribe(types=("application_received",))
    await world.case("T-1")
    world.receiver.behaviour = status(429, "retry-after: 600")
    await world.deliverer().settle()
    world.receiver.behaviour = status(200)
    await world.case("T-2")
    world.later(seconds=599)
    await world.deliverer().settle()
    assert len(world.receiver.requests) == 1
    world.later(seconds=1)
    await world.deliverer().settle()
    assert await world.states() == ["delivered", "delivered"]


async def test_gone_pauses_and_what_waits_comes_after_it_is_resumed(world: World) -> None:
    subscription, _ = await world.subscribe()
    await world.case("T-1")
    world.receiver.behaviour = status(410)
    await world.deliverer().settle()
    paused = await world.subscriptions.get("yewu-01", subscription.id)
    assert paused is not None
    assert (paused.state, paused.reason) == ("paused", "gone")
    await world.case("T-2")
    world.later(days=10)
    world.receiver.behaviour = status(200)
    await world.deliverer().settle()
    assert len(world.receiver.requests) == 1
    await world.subscriptions.change("yewu-01", subscription.id, state="active")
    await world.deliverer().settle()
    assert set(await world.states()) == {"delivered"}
    assert len(set(world.receiver.ids())) == 2 * PUBLIC_OF_A_CASE


async def test_both_secrets_sign_while_one_replaces_another(world: World) -> None:
    subscription, old = await world.subscribe(types=("application_received",))
    new = await world.subscriptions.rotate("yewu-01", subscription.id)
    assert new is not None
    await world.case("T-1")
    await world.deliverer().settle()
    assert world.receiver.requests[0].verified(old) == world.receiver.requests[0].verified(new)
    world.later(minutes=4)
    newest = await world.subscriptions.rotate("yewu-01", subscription.id)
    assert newest is not None
    assert await world.subscriptions.secrets(subscription.id) == [newest, new, old]
    world.later(hours=24)
    assert await world.subscriptions.secrets(subscription.id) == [newest]
    kept = await world.pool.fetch("SELECT sealed FROM webhooks.secret")
    assert all(old.removeprefix("whsec_").encode() not in row["sealed"] for row in kept)


async def test_sent_again_by_hand(world: World) -> None:
    subscription, _ = await world.subscribe()
    await world.case()
    world.receiver.behaviour = status(500)
    for _ in range(4):
        await world.deliverer().settle()
        world.later(hours=1)
    assert (await world.states()).count("dead") == 1
    world.receiver.behaviour = status(200)
    await world.deliverer().settle()
    before = len(world.receiver.requests)
    first = world.receiver.ids()[0]
    assert await world.owed.resend(subscription.id, 0, 2**62, dead_only=True) == 1
    await world.deliverer().settle()
    assert world.receiver.ids()[before:] == [first]
    deliveries = await world.owed.deliveries(subscription.id, -1, 100)
    assert await world.owed.resend(subscription.id, deliveries[1].index, deliveries[3].index, dead_only=False) == 3
    assert await world.owed.resend(subscription.id, deliveries[1].index, deliveries[3].index, dead_only=False) == 0
    await world.deliverer().settle()
    assert world.receiver.ids()[before + 1 :] == [message_id(d.event_id, subscription.id) for d in deliveries[1:4]], (
        "in order, under the ids they had"
    )
    assert set(await world.states()) == {"delivered"}


async def test_killed_before_the_message_was_sent(world: World) -> None:
    await world.subscribe()
    await world.case()
    assert len(await world.owed.take(10)) == 1  # and never heard of again
    await world.deliverer().settle()
    assert world.receiver.requests == []
    world.later(seconds=world.settings.lease_seconds)
    await world.deliverer().settle()
    assert len(world.receiver.ids()) == PUBLIC_OF_A_CASE


async def test_killed_after_the_message_was_sent_and_before_it_was_noted(world: World) -> None:
    await world.subscribe()
    await world.case()
    doomed = world.deliverer()

    async def die(*_: object) -> None:
        raise ConnectionError

    doomed._owed.note = die  # type: ignore[assignment, method-assign]
    with pytest.raises(ConnectionError):
        await doomed.settle()
    assert len(world.receiver.requests) == 1
    world.later(seconds=world.settings.lease_seconds)
    await world.deliverer().settle()
    ids = world.receiver.ids()
    assert ids[0] == ids[1], "again, under the same id"
    assert len(ids) == PUBLIC_OF_A_CASE + 1
    assert set(await world.states()) == {"delivered"}


async def test_killed_while_it_was_being_answered(world: World) -> None:
    await world.subscribe(types=("application_received",))
    await world.case()
    world.settings = world.settings.model_copy(update={"timeout_seconds": 30.0})
    world.receiver.behaviour = hang
    stopping = asyncio.Event()
    running = asyncio.create_task(world.deliverer().run(stopping, 0.01, drain_seconds=0.0))
    while not world.receiver.requests:
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    world.receiver.behaviour = status(200)
    world.later(seconds=world.settings.lease_seconds)
    await world.deliverer().settle()
    assert len(set(world.receiver.ids())) == 1
    assert await world.states() == ["delivered"]


async def test_many_relays_send_each_message_once_and_in_order(world: World) -> None:
    await world.subscribe()
    for n in range(12):
        await world.append(whole_case(f"T-{n}"))
    await world.project()
    await asyncio.gather(*(world.deliverer().settle() for _ in range(4)))
    await world.deliverer().settle()
    ids = world.receiver.ids()
    assert len(ids) == len(set(ids)) == 12 * PUBLIC_OF_A_CASE
    seen: dict[str, int] = {}
    for request in world.receiver.requests:
        content = json.loads(request.body)
        assert content["data"]["sequence"] > seen.get(content["subject"], -1)
        seen[content["subject"]] = content["data"]["sequence"]


async def test_a_slow_receiver_does_not_hold_up_another(world: World) -> None:
    slow, _ = await world.subscribe(types=("application_received",))
    await world.subscriptions.change("yewu-01", slow.id, url=world.receiver.url + "&slow")
    await world.subscribe(types=("application_received",))
    for n in range(10):
        await world.case(f"T-{n}")

    def one_hangs(request: Request, writer: asyncio.StreamWriter) -> Any:
        return hang(request, writer) if request.target.endswith("slow") else status(200)(request, writer)

    world.receiver.behaviour = one_hangs
    stopping = asyncio.Event()
    running = asyncio.create_task(world.deliverer().run(stopping, 0.01, drain_seconds=0.0))
    while sum(not r.target.endswith("slow") for r in world.receiver.requests) < 10:
        await asyncio.sleep(0.01)
    assert sum(r.target.endswith("slow") for r in world.receiver.requests) <= world.settings.parallel_per_subscription
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_branch_after_a_reset_is_told(world: World) -> None:
    await world.subscribe()
    old = whole_case("T-1")
    await world.append(old)
    branch = link("T-1", (attempt(1), settled(0)), after=old[1], at=START + timedelta(hours=1))
    await world.append(branch, run="run-2")
    await world.project()
    await world.deliverer().settle()
    told = [json.loads(r.body)["data"] for r in world.receiver.requests]
    assert [t["sequence"] for t in told] == [0, 1, 5, 6, 7, 8, 3]
    assert [t["resets"] for t in told] == [[]] * 6 + [[{"position": 9, "sequence": 2}]]


async def test_a_cursor_built_anew_sends_nothing_twice(world: World) -> None:
    await world.subscribe()
    await world.case()
    await world.deliverer().settle()
    await world.pool.execute("UPDATE ledger.consumer SET next_index = 0")
    await world.project()
    await world.deliverer().settle()
    assert len(world.receiver.requests) == PUBLIC_OF_A_CASE


async def test_a_test_message(world: World) -> None:
    subscription, secret = await world.subscribe()
    result = await world.deliverer().test(subscription)
    assert result.delivered
    assert world.receiver.requests[0].verified(secret)["type"] == "cn.dehua.mianzheng.webhook_test"
    world.receiver.behaviour = status(500)
    assert (await world.deliverer().test(subscription)).error == "server"
    assert await world.pool.fetchval("SELECT count(*) FROM webhooks.attempt WHERE index IS NULL") == 2


async def test_what_cannot_be_made_is_dead_at_last_and_holds_up_nobody(world: World) -> None:
    """The secret was sealed under another master key; the other subscription's was not."""
    await world.subscribe(types=("application_received",))
    world.master_key = bytes(32)
    good, _ = await world.subscribe(types=("application_received",))
    await world.case()
    for _ in range(4):
        await world.deliverer().settle()
        world.later(hours=1)
    assert [r.id.endswith(good.id.hex) for r in world.receiver.requests] == [True]
    assert sorted(await world.states()) == ["dead", "delivered"]
    assert (
        await world.pool.fetchval("SELECT DISTINCT error FROM webhooks.attempt WHERE error IS NOT NULL") == "unmakeable"
    )


async def test_connections_are_used_again(world: World) -> None:
    await world.subscribe()
    await world.case()
    world.receiver.behaviour = status(200, body=b"thank you")
    await world.deliverer().settle()
    assert world.receiver.connections == 1

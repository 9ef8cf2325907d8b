"""The long routes' platforms over real HTTP: a receipt, or a refusal that says whether a retry is worth anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from pydantic import SecretStr

from infra.platforms import acting_clients
from infra.platforms.collaboration import Collaboration
from schemas.assistance_exchange import AssistanceRevocation
from schemas.codes import Platform
from schemas.collaboration_exchange import CollaborationKind, CollaborationNudge, CollaborationWithdrawal
from schemas.credit_exchange import CreditReply, CreditStanding
from schemas.notification_exchange import DeskAnswer
from schemas.outside import PlatformReceipt, Refusal, RefusalKind
from tests.platforms.acting_world import (
    COMMITTEE,
    EDUCATION,
    KEY,
    POLICE,
    STRANGER,
    ActingWorld,
    acting_settings,
    open_acting_world,
)
from tests.platforms.world import CASE

COLLABORATION, ASSISTANCE, NOTIFICATION = Platform.COLLABORATION, Platform.ASSISTANCE, Platform.NOTIFICATION
UNAVAILABLE, REFUSED, NOT_THERE = RefusalKind.UNAVAILABLE, RefusalKind.REFUSED, RefusalKind.NOT_ON_PLATFORM


@pytest.fixture
async def world() -> AsyncIterator[ActingWorld]:
    async with open_acting_world() as world:
        yield world


def collaboration(world: ActingWorld) -> Collaboration:
    assert world.clients.collaboration is not None
    return world.clients.collaboration


async def ask_collaboration(world: ActingWorld) -> Refusal | None:
    answer = await collaboration(world).request(world.request())
    return answer if isinstance(answer, Refusal) else None


async def ask_assistance(world: ActingWorld) -> Refusal | None:
    assert world.clients.assistance is not None
    answer = await world.clients.assistance.open(world.order())
    return answer if isinstance(answer, Refusal) else None


async def ask_notification(world: ActingWorld) -> Refusal | None:
    assert world.clients.notification is not None
    answer = await world.clients.notification.send_to(world.notification(), f"{POLICE}-1")
    return answer if isinstance(answer, Refusal) else None


async def ask_directory(world: ActingWorld) -> Refusal | None:
    assert world.clients.notification is not None
    answer = await world.clients.notification.desks(POLICE)
    return answer if isinstance(answer, Refusal) else None


async def ask_credit(world: ActingWorld) -> Refusal | None:
    reply = await world.clients.credit[Platform.CREDIT_CITY].standing(world.credit_query())
    if reply.standing is not CreditStanding.UNAVAILABLE:
        return None
    return Refusal(kind=UNAVAILABLE if reply.worth_a_retry else REFUSED, detail=reply.detail)


async def report_credit(world: ActingWorld) -> Refusal | None:
    answer = await world.clients.credit[Platform.CREDIT_CITY].report(world.credit_record())
    return answer if isinstance(answer, Refusal) else None


Ask = Callable[[ActingWorld], Awaitable[Refusal | None]]
ASKS: tuple[Ask, ...] = (
    ask_collaboration,
    ask_assistance,
    ask_notification,
    ask_directory,
    ask_credit,
    report_credit,
)


@pytest.mark.parametrize(
    ("fault", "fields", "kind", "detail"),
    [
        ("down", {}, UNAVAILABLE, "connection_failed"),
        ("slow", {"delay_seconds": 0.2}, UNAVAILABLE, "timeout"),
        ("http_5xx", {}, UNAVAILABLE, "http_503"),
        ("http_status", {"http_status": 429}, UNAVAILABLE, "http_429"),
        ("http_status", {"http_status": 403}, REFUSED, "http_403"),
        ("quota", {}, UNAVAILABLE, "quota_used_up"),
        ("deferred", {}, UNAVAILABLE, "busy"),
        ("garbage", {}, REFUSED, "wrong_schema"),
        ("wrong_schema", {}, REFUSED, "wrong_schema"),
        ("empty_success", {}, REFUSED, "wrong_schema"),
        ("html", {}, REFUSED, "wrong_content_type"),
        ("unauthorised", {}, REFUSED, "unauthorised"),
        ("return_code", {"code": "9999"}, REFUSED, "unknown_code_9999"),
    ],
)
async def test_every_failure_is_a_refusal_in_our_words(
    world: ActingWorld, fault: str, fields: dict[str, Any], kind: RefusalKind, detail: str
) -> None:
    patient = world.clients
    if fault == "slow":
        world.clients = acting_clients(acting_settings(world.base_url, timeout_seconds=0.1, ask_seconds=1), world.http)
    world.fault(fault, **fields)
    refusals = await asyncio.gather(*(ask(world) for ask in ASKS))
    assert set(refusals) == {Refusal(kind=kind, detail=detail)}
    world.state.faults.clear()
    world.clients = patient
    assert await asyncio.gather(*(ask(world) for ask in ASKS)) == [None] * len(ASKS)


async def test_another_secret_is_refused(world: ActingWorld) -> None:
    world.clients = acting_clients(acting_settings(world.base_url, secret=SecretStr("another")), world.http)
    for ask in ASKS:
        assert await ask(world) == Refusal(kind=REFUSED, detail="signature_refused")


async def test_a_platform_that_is_not_set_up_is_not_there(world: ActingWorld) -> None:
    none = acting_clients({}, world.http)
    assert (none.collaboration, none.assistance, none.notification, dict(none.credit)) == (None, None, None, {})


async def test_a_question_is_put_once_and_says_only_what_is_needed(world: ActingWorld) -> None:
    first = await collaboration(world).request(world.request())
    again = await collaboration(world).request(world.request())
    assert isinstance(first, PlatformReceipt) and isinstance(again, PlatformReceipt)
    assert (first.repeated, again.repeated) == (False, True)
    assert (first.platform_ref, first.received_at) == (again.platform_ref, again.received_at)
    told = await world.control("collaboration/requests")
    assert told["total"] == 1
    document = told["requests"][0]["document"]
    assert document["subject"] == {"type": "111", "code": world.holder.code, "name": world.holder.name}
    assert (document["purpose"], document["caseNo"], document["operatorId"]) == ("办理样例事项", CASE, "clerk-007")
    assert "样例私密事实" not in str(document)
    calls = world.calls(COLLABORATION)
    assert [call["idempotency_key"] for call in calls] == [KEY, KEY]
    assert calls[0]["nonce"] != calls[1]["nonce"]


async def test_another_question_under_the_same_key_is_refused(world: ActingWorld) -> None:
    await collaboration(world).request(world.request())
    other = await collaboration(world).request(world.request(question="另一问题"))
    assert other == Refusal(kind=REFUSED, detail="key_taken")


async def test_who_can_be_reached(world: ActingWorld) -> None:
    for kind, department, there in (
        (CollaborationKind.VERIFICATION, POLICE, True),
        (CollaborationKind.VERIFICATION, EDUCATION, False),
        (CollaborationKind.VERIFICATION, COMMITTEE, False),
        (CollaborationKind.VERIFICATION, STRANGER, False),
        (CollaborationKind.OPINION, EDUCATION, True),
        (CollaborationKind.OPINION, COMMITTEE, True),
        (CollaborationKind.OPINION, STRANGER, False),
    ):
        key = f"{KEY}/{kind.value}/{department}"
        answer = await collaboration(world).request(world.request(kind=kind, to_department=department, key=key))
        assert isinstance(answer, PlatformReceipt) == there, (kind, department)
        assert there or answer == Refusal(kind=NOT_THERE, detail="department_unknown")


async def test_each_reminder_goes_out_once(world: ActingWorld) -> None:
    def nudge(text: str) -> CollaborationNudge:
        return CollaborationNudge(key=KEY, application_no=CASE, to_department=POLICE, text=text)

    assert await collaboration(world).remind(nudge("一")) == Refusal(kind=REFUSED, detail="key_unknown")
    await collaboration(world).request(world.request())
    said = [await collaboration(world).remind(nudge(text)) for text in ("将到期", "将到期", "已逾期")]
    assert [answer.repeated for answer in said if isinstance(answer, PlatformReceipt)] == [False, True, False]
    told = await world.control("collaboration/requests")
    assert told["requests"][0]["reminders"] == ["将到期", "已逾期"]


async def test_what_was_answered_or_never_came_can_be_withdrawn(world: ActingWorld) -> None:
    await world.control("collaboration", {"auto": "off"})
    withdrawal = CollaborationWithdrawal(key=KEY, application_no=CASE, to_department=POLICE, reason="已另行办妥")
    await collaboration(world).request(world.request())
    await world.control("collaboration/reply", {"key": KEY, "verdict": "confirmed"})
    answered = await collaboration(world).withdraw(withdrawal)
    never = await collaboration(world).withdraw(withdrawal.model_copy(update={"key": f"{KEY}0"}))
    assert isinstance(answered, PlatformReceipt) and isinstance(never, PlatformReceipt)
    states = {r["key"]: r["state"] for r in (await world.control("collaboration/requests"))["requests"]}
    assert states == {KEY: "answered", f"{KEY}0": "withdrawn"}


async def test_an_order_is_taken_once_and_can_be_revoked(world: ActingWorld) -> None:
    assert world.clients.assistance is not None
    answers = [await world.clients.assistance.open(world.order()) for _ in range(2)]
    assert [a.repeated for a in answers if isinstance(a, PlatformReceipt)] == [False, True]
    revoked = await world.clients.assistance.revoke(
        AssistanceRevocation(key=world.order().key, application_no=CASE, reason="申请人撤回授权")
    )
    assert isinstance(revoked, PlatformReceipt)
    told = await world.control("assistance/orders")
    assert [order["state"] for order in told["orders"]] == ["withdrawn"]
    assert told["orders"][0]["document"]["authorisationDigest"] == "d" * 64


async def test_credit_says_who_stands_how(world: ActingWorld) -> None:
    city, code = Platform.CREDIT_CITY, world.holder.code

    async def standing() -> CreditReply:
        return await world.clients.credit[city].standing(world.credit_query())

    await world.control("credit", {"holder_code": code, "standing": "clear"})
    clear = await standing()
    assert clear.standing is CreditStanding.CLEAR
    assert b"clear" in clear.body
    await world.control("credit", {"holder_code": code, "standing": "serious_discredit", "repaired": True})
    repaired = await standing()
    assert (repaired.standing, repaired.repaired) == (CreditStanding.SERIOUS_DISCREDIT, True)
    world.fault("wrong_person", city)
    stranger = await standing()
    assert (stranger.standing, stranger.detail) == (CreditStanding.UNAVAILABLE, "wrong_person")
    assert not stranger.worth_a_retry
    assert stranger.body == b""


async def test_a_record_stands_until_it_is_repaired(world: ActingWorld) -> None:
    await world.control("credit", {"holder_code": world.holder.code, "standing": "clear"})
    client = world.clients.credit[Platform.CREDIT_CITY]
    receipts = [await client.report(world.credit_record()) for _ in range(2)]
    assert [r.repeated for r in receipts if isinstance(r, PlatformReceipt)] == [False, True]
    records = (await world.control("credit/records"))["records"]
    assert [(r["documentNo"], r["documentDigest"]) for r in records] == [("示例行决〔2026〕1号", "d" * 64)]
    for platform in (Platform.CREDIT_CITY, Platform.CREDIT_PROVINCIAL):
        reply = await world.clients.credit[platform].standing(world.credit_query())
        assert (reply.standing, reply.repaired) == (CreditStanding.FALSE_COMMITMENT, False)


async def test_a_desk_has_the_message_once(world: ActingWorld) -> None:
    channel = world.clients.notification
    assert channel is not None
    desks = await channel.desks(POLICE)
    assert desks == (f"{POLICE}-1", f"{POLICE}-2")
    assert await channel.desks(STRANGER) == Refusal(kind=NOT_THERE, detail="department_unknown")
    await world.control("notification/away", {"desk": desks[0]})

    async def send(desk: str) -> tuple[str | None, str, bool]:
        answer = await channel.send_to(world.notification(), desk)
        assert isinstance(answer, DeskAnswer)
        return answer.recipient, answer.detail, answer.repeated

    assert await send(desks[0]) == (None, "away", False)
    assert await send("nobody-9") == (None, "desk_unknown", False)
    assert await send(desks[1]) == (desks[1], "delivered", False)
    await world.control("notification/away", {"desk": desks[0], "away": False})
    assert await send(desks[0]) == (desks[1], "delivered", True), "the retry tells nobody twice"
    assert (await world.control("notification/messages"))["total"] == 1

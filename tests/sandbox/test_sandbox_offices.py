"""Doubles that call back: by themselves, late, twice, out of order, from the wrong department, by hand, or never."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from infra.gateway.callbacks import ActNotTaken, NotNow
from infra.sandbox.credit import CreditRegister
from infra.sandbox.verdicts import verdict
from schemas.assistance_exchange import AssistanceRevocation, AssistanceStep
from schemas.codes import SHARING_PLATFORMS, Platform
from schemas.collaboration_exchange import CollaborationKind, CollaborationWithdrawal
from schemas.errors import FieldError
from tests.platforms.acting_world import (
    COMMITTEE,
    DIGEST,
    KEY,
    POLICE,
    STREAM,
    ActingWorld,
    at_rest,
    open_acting_world,
    until,
)
from tests.platforms.world import CASE, RESOURCES

COLLABORATION, ASSISTANCE = Platform.COLLABORATION, Platform.ASSISTANCE


@pytest.fixture
async def world() -> AsyncIterator[ActingWorld]:
    async with open_acting_world() as world:
        yield world


async def _ask(world: ActingWorld, **fields: object) -> None:
    assert world.clients.collaboration is not None
    await world.clients.collaboration.request(world.request(**fields))


async def _order(world: ActingWorld) -> None:
    assert world.clients.assistance is not None
    await world.clients.assistance.open(world.order())


def _one_whose_paper_is(world: ActingWorld, word: str) -> None:
    """Go on with a person about whom the department says this."""
    people = world.state.population.people
    world.holder = next(p for p in people if verdict(world.state, POLICE, p.code, "样例证照").word == word)


async def test_a_department_answers_by_itself(world: ActingWorld) -> None:
    await _ask(world)
    await until(lambda: world.replies)
    reply = world.replies[0]
    assert (reply.stream, reply.key, reply.department) == (STREAM, KEY, POLICE)
    assert reply.verdict == verdict(world.state, POLICE, world.holder.code, "样例证照").word
    assert not reply.backfilled
    tried = (await world.control("callbacks"))["tried"]
    assert [(t["status"], t["try"]) for t in tried] == [(202, 1)]


async def test_an_opinion_agrees(world: ActingWorld) -> None:
    await _ask(world, kind=CollaborationKind.OPINION, to_department=COMMITTEE, subject=None)
    await until(lambda: world.replies)
    assert (world.replies[0].department, world.replies[0].verdict) == (COMMITTEE, "agree")
    assert world.replies[0].unit and world.replies[0].answered_by, "an opinion says whose it is"


async def test_never(world: ActingWorld) -> None:
    world.fault("never", COLLABORATION)
    await _ask(world)
    assert world.state.callbacks.under_way == 0


async def test_late(world: ActingWorld) -> None:
    world.fault("late", COLLABORATION, delay_seconds=0.15)
    await _ask(world)
    await asyncio.sleep(0.08)
    assert not world.replies
    await until(lambda: world.replies)


async def test_twice_is_the_same_message(world: ActingWorld) -> None:
    world.fault("twice", COLLABORATION)
    await _ask(world)
    await at_rest(world)
    assert len(world.replies) == 2
    assert world.replies[0] == world.replies[1]


async def test_out_of_order_brings_an_older_message_last(world: ActingWorld) -> None:
    world.fault("out_of_order", COLLABORATION)
    await _ask(world)
    await at_rest(world)
    last, first = world.replies
    assert first.verdict == "needs_more"
    assert first.answered_at < last.answered_at
    assert first.message_id != last.message_id


async def test_the_wrong_department_answers(world: ActingWorld) -> None:
    world.fault("wrong_department", COLLABORATION)
    await _ask(world)
    await at_rest(world)
    assert world.replies[0].department != POLICE


async def test_by_hand_with_any_content(world: ActingWorld) -> None:
    assert await world.control("collaboration", {"auto": "off"}) == {"auto": "off", "delay_seconds": 0.02}
    await _ask(world)
    assert world.state.callbacks.under_way == 0
    told = await world.control(
        "collaboration/reply", {"key": KEY, "verdict": "declined", "reason": "非本单位职责", "message_id": "mine-1"}
    )
    assert told["status"] == 202
    assert (world.replies[0].verdict, world.replies[0].message_id) == ("declined", "mine-1")
    wrong = await world.control("collaboration/reply", {"key": KEY, "verdict": "??", "answered_at": None})
    assert wrong["status"] == 422
    unknown = await world.http.post(f"{world.base_url}/control/collaboration/reply", json={"key": "none"})
    assert unknown.status_code == 404
    bad = await world.http.post(f"{world.base_url}/control/collaboration", json={"auto": "maybe"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "auto")


async def test_what_is_withdrawn_is_not_answered(world: ActingWorld) -> None:
    assert world.clients.collaboration is not None
    withdrawal = CollaborationWithdrawal(key=KEY, application_no=CASE, to_department=POLICE, reason="已办妥")
    await world.control("collaboration", {"delay_seconds": 0.1})
    await _ask(world)
    await world.clients.collaboration.withdraw(withdrawal)
    other = withdrawal.model_copy(update={"key": f"{KEY}0"})
    await world.clients.collaboration.withdraw(other)
    await _ask(world, key=other.key)
    await at_rest(world)
    assert not world.replies


async def test_a_paper_that_is_confirmed_is_in_the_sources_afterwards(world: ActingWorld) -> None:
    for person in world.state.population.people:
        for resource in RESOURCES.values():
            world.state.put(person.code, resource, ())
    _one_whose_paper_is(world, "confirmed")  # by the archives alone
    await _ask(world, document_digest=DIGEST)
    await until(lambda: world.replies)
    assert (world.replies[0].verdict, world.replies[0].backfilled) == ("confirmed", True)
    for platform in SHARING_PLATFORMS:
        records = world.state.records(platform, world.holder.code, RESOURCES[platform])
        assert [(r.holder_code, r.holder_name, r.status) for r in records] == [
            (world.holder.code, world.holder.name, "01")
        ]


async def test_a_licence_that_was_missed_is_in_the_sources_afterwards(world: ActingWorld) -> None:
    for person in world.state.population.people:
        for resource in RESOURCES.values():
            world.state.put(person.code, resource, ())
    _one_whose_paper_is(world, "confirmed")  # by the archives alone
    await _ask(world, stream=f"completion/sample_licence/{STREAM[-8:]}")
    await until(lambda: world.replies)
    assert (world.replies[0].verdict, world.replies[0].backfilled) == ("confirmed", True)
    assert world.state.records(Platform.ELICENCE_NATIONAL, world.holder.code, RESOURCES[Platform.ELICENCE_NATIONAL])


async def test_a_question_without_a_paper_fills_nothing(world: ActingWorld) -> None:
    _one_whose_paper_is(world, "confirmed")
    before = world.state.records(Platform.DATA_SHARING, world.holder.code, RESOURCES[Platform.DATA_SHARING])
    await _ask(world)
    await until(lambda: world.replies)
    after = world.state.records(Platform.DATA_SHARING, world.holder.code, RESOURCES[Platform.DATA_SHARING])
    assert (before, world.replies[0].backfilled) == (after, False)


async def test_verdicts_are_mostly_a_fact_and_always_the_same(world: ActingWorld) -> None:
    people = world.state.population.people
    on_record = [verdict(world.state, POLICE, p.code, "样例证照").word for p in people]
    for person in people:
        for resource in RESOURCES.values():
            world.state.put(person.code, resource, ())
    words = [verdict(world.state, POLICE, p.code, "样例证照").word for p in people]
    assert words == [verdict(world.state, POLICE, p.code, "样例证照").word for p in people]
    shares = Counter(words)
    assert 0.7 * len(people) < shares["confirmed"] < Counter(on_record)["confirmed"]
    assert 0.05 * len(people) < shares["no_record"] < 0.25 * len(people)
    assert 0 < shares["declined"] + shares["needs_more"] + shares["refuted"] < 0.15 * len(people)
    assert verdict(world.state, POLICE, "350526190001019998", "样例证照").word == "no_record"
    negative = Counter(verdict(world.state, POLICE, p.code, "无犯罪记录证明").word for p in people)
    assert negative["confirmed"] > 0.8 * len(people)
    assert negative["no_record"] == 0


async def test_few_people_stand_badly(world: ActingWorld) -> None:
    register = CreditRegister(seed=7)
    people = world.state.population.people
    bad = [p for p in people if register.standing(Platform.CREDIT_CITY, p.code)[0] != "clear"]
    assert 0 < len(bad) < 0.08 * len(people)


async def test_a_helper_is_assigned_gets_on_and_finishes(world: ActingWorld) -> None:
    await _order(world)
    await at_rest(world)
    assert [step.step for step in world.steps] == ["assigned", "progress", "finished"]
    assert [step.document_digest is None for step in world.steps] == [True, True, False]
    assert len({step.helper for step in world.steps}) == 1
    assert (await world.control("assistance/orders"))["orders"][0]["state"] == "answered"


@pytest.mark.parametrize(
    ("fault", "steps"),
    [
        ("never", []),
        ("terminated", ["assigned", "terminated"]),
        ("suspended", ["assigned", "suspended"]),
        ("interrupted", ["assigned", "suspended", "resumed", "finished"]),
        ("out_of_order", ["finished", "progress", "assigned"]),
        ("twice", ["assigned", "assigned", "progress", "progress", "finished", "finished"]),
    ],
)
async def test_assistance_goes_wrong(world: ActingWorld, fault: str, steps: list[str]) -> None:
    world.fault(fault, ASSISTANCE)
    await _order(world)
    await at_rest(world)
    assert [step.step for step in world.steps] == steps


async def test_a_suspended_order_is_taken_up_again_by_hand(world: ActingWorld) -> None:
    world.fault("suspended", ASSISTANCE)
    await _order(world)
    await at_rest(world)
    for step in ("resumed", "finished"):
        await world.control("assistance/reply", {"key": world.order().key, "step": step, "document_digest": DIGEST})
    assert [s.step for s in world.steps][-2:] == [AssistanceStep.RESUMED, AssistanceStep.FINISHED]


async def test_a_revoked_order_is_left_alone(world: ActingWorld) -> None:
    assert world.clients.assistance is not None
    await world.control("assistance", {"delay_seconds": 0.1})
    await _order(world)
    await world.clients.assistance.revoke(
        AssistanceRevocation(key=world.order().key, application_no=CASE, reason="撤回")
    )
    await at_rest(world)
    assert not world.steps


async def test_what_is_not_taken_now_is_sent_again_and_not_for_ever(world: ActingWorld) -> None:
    world.behind.failure = NotNow("test")
    await _ask(world)
    await at_rest(world)
    tried = (await world.control("callbacks"))["tried"]
    assert [(t["status"], t["try"]) for t in tried] == [(503, 1), (503, 2), (503, 3), (503, 4)]


async def test_what_comes_right_after_a_while_is_delivered_once(world: ActingWorld) -> None:
    world.behind.failure = NotNow("test")
    await _ask(world)
    await until(lambda: len(world.state.callbacks.tried) == 2)
    world.behind.failure = None
    await at_rest(world)
    assert len(world.replies) == 1


async def test_what_is_refused_is_not_sent_again(world: ActingWorld) -> None:
    world.behind.failure = ActNotTaken((FieldError(field="department", code="not_asked", message="未问此部门"),))
    await _ask(world)
    await at_rest(world)
    tried = (await world.control("callbacks"))["tried"]
    assert [t["status"] for t in tried] == [409]
    assert "not_asked" in tried[0]["answer"]


async def test_nothing_is_left_running() -> None:
    async with open_acting_world() as world:
        await world.control("collaboration", {"delay_seconds": 60})
        await _ask(world)
        assert world.state.callbacks.under_way == 1
    assert world.state.callbacks.under_way == 0

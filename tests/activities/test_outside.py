"""The long routes' activities: which error a refusal becomes, who is told, what a finding means, what is read anew."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.assistance import AssistanceActivities
from activities.calendar import CalendarActivities
from activities.collaboration import CollaborationActivities
from activities.credit import CreditActivities
from activities.notification import NOBODY_REACHED, NotificationActivities
from activities.outside import NOT_ON_PLATFORM, PLATFORM_REFUSED
from activities.sharing import EVIDENCE_NOT_KEPT, PLATFORM_UNAVAILABLE
from infra.calendar import working_calendar
from schemas.assistance_exchange import AssistanceRevocation
from schemas.codes import CREDIT_PLATFORMS, Platform
from schemas.collaboration_exchange import CollaborationNudge, CollaborationWithdrawal
from schemas.credit_exchange import CreditAnswer, CreditFinding, CreditStanding
from tests.platforms.acting_world import KEY, POLICE, STRANGER, ActingWorld, open_acting_world
from tests.platforms.world import CASE

CITY, PROVINCE = Platform.CREDIT_CITY, Platform.CREDIT_PROVINCIAL
S = CreditStanding
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class MemoryStore:
    """Evidence bytes by digest."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.full = False

    async def put(self, subject_ref: str, content: bytes) -> str:
        if self.full:
            raise OSError("no space left on device")
        digest = hashlib.sha256(content).hexdigest()
        self.kept[digest] = content
        return digest


@pytest.fixture
async def world() -> AsyncIterator[ActingWorld]:
    async with open_acting_world() as world:
        yield world


async def run(activity: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    return await ActivityEnvironment().run(activity, *arguments)


async def failure(activity: Callable[..., Awaitable[Any]], *arguments: Any) -> tuple[str | None, bool]:
    with pytest.raises(ApplicationError) as raised:
        await run(activity, *arguments)
    return raised.value.type, raised.value.non_retryable


def every(world: ActingWorld, connected: bool = True) -> list[tuple[Callable[..., Awaitable[Any]], Any]]:
    """Every activity that gives a receipt, with something to do."""
    clients = world.clients
    collaboration = CollaborationActivities(clients.collaboration if connected else None)
    assistance = AssistanceActivities(clients.assistance if connected else None)
    credit = CreditActivities(clients.credit if connected else {}, MemoryStore())
    notification = NotificationActivities(clients.notification if connected else None)
    nudge = CollaborationNudge(key=KEY, application_no=CASE, to_department=POLICE, text="将到期")
    withdrawal = CollaborationWithdrawal(key=KEY, application_no=CASE, to_department=POLICE, reason="已办妥")
    revocation = AssistanceRevocation(key=world.order().key, application_no=CASE, reason="撤回")
    return [
        (collaboration.request, world.request()),
        (collaboration.remind, nudge),
        (collaboration.withdraw, withdrawal),
        (assistance.open, world.order()),
        (assistance.revoke, revocation),
        (credit.report, world.credit_record()),
        (notification.deliver, world.notification()),
    ]


async def test_each_is_done(world: ActingWorld) -> None:
    for activity, argument in every(world):
        assert not (await run(activity, argument)).repeated


async def test_not_connected_is_not_on_the_platform(world: ActingWorld) -> None:
    for activity, argument in every(world, connected=False):
        assert await failure(activity, argument) == (NOT_ON_PLATFORM, True)


async def test_a_platform_that_is_down_is_retried(world: ActingWorld) -> None:
    world.fault("down")
    for activity, argument in every(world):
        assert await failure(activity, argument) == (PLATFORM_UNAVAILABLE, False)


async def test_a_refusal_is_not_retried_and_operators_are_told(
    world: ActingWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.fault("unauthorised")
    with caplog.at_level(logging.ERROR):
        for activity, argument in every(world):
            assert await failure(activity, argument) == (PLATFORM_REFUSED, True)
    told = [r for r in caplog.records if r.getMessage().startswith("platform refused")]
    assert len(told) == len(every(world))
    assert {vars(r)["detail"] for r in told} == {"unauthorised"}
    assert world.holder.code not in caplog.text


async def test_a_department_that_is_not_there(world: ActingWorld, caplog: pytest.LogCaptureFixture) -> None:
    activity = CollaborationActivities(world.clients.collaboration).request
    with caplog.at_level(logging.ERROR):
        assert await failure(activity, world.request(to_department=STRANGER)) == (NOT_ON_PLATFORM, True)
    assert not caplog.records, "that is an answer, and nothing for operators"


# --- credit ----------------------------------------------------------------------------------------------------------


def credit(world: ActingWorld, store: MemoryStore | None = None) -> CreditActivities:
    return CreditActivities(world.clients.credit, store or MemoryStore())


async def standings(world: ActingWorld, standing: Mapping[Platform, str], repaired: bool = False) -> None:
    for platform, word in standing.items():
        put = {"holder_code": world.holder.code, "platform": platform.value, "standing": word, "repaired": repaired}
        await world.control("credit", put)


@pytest.mark.parametrize(
    ("province", "city", "repaired", "standing"),
    [
        ("clear", "clear", False, S.CLEAR),
        ("clear", "false_commitment", False, S.FALSE_COMMITMENT),
        ("serious_discredit", "false_commitment", False, S.SERIOUS_DISCREDIT),
        ("serious_discredit", "clear", True, S.CLEAR),
    ],
)
async def test_the_worst_that_stands(
    world: ActingWorld, province: str, city: str, repaired: bool, standing: CreditStanding
) -> None:
    await standings(world, {PROVINCE: province, CITY: city}, repaired)
    store = MemoryStore()
    finding: CreditFinding = await run(credit(world, store).check, world.credit_query())
    assert finding.standing is standing
    assert [answer.platform for answer in finding.answers] == [PROVINCE, CITY]
    for answer in finding.answers:
        assert answer.evidence_digest in store.kept


@pytest.mark.parametrize("fault", ["down", "unauthorised", "wrong_person", "garbage", "empty_success"])
@pytest.mark.parametrize("platform", CREDIT_PLATFORMS)
async def test_unavailable_is_never_clear(world: ActingWorld, platform: Platform, fault: str) -> None:
    await standings(world, {PROVINCE: "clear", CITY: "clear"})
    world.fault(fault, platform)
    finding: CreditFinding = await run(credit(world).check, world.credit_query())
    assert finding.standing is S.UNAVAILABLE
    silent = next(answer for answer in finding.answers if answer.platform is platform)
    assert (silent.standing, silent.evidence_digest) == (S.UNAVAILABLE, None)


async def test_adverse_outweighs_unavailable(world: ActingWorld) -> None:
    await standings(world, {PROVINCE: "clear", CITY: "false_commitment"})
    world.fault("down", PROVINCE)
    finding: CreditFinding = await run(credit(world).check, world.credit_query())
    assert finding.standing is S.FALSE_COMMITMENT


async def test_a_repaired_record_beside_a_silent_platform_is_not_clear() -> None:
    def answer(platform: Platform, standing: CreditStanding, repaired: bool = False) -> CreditAnswer:
        return CreditAnswer(
            platform=platform, standing=standing, detail="x", repaired=repaired, evidence_digest=None, answered_at=NOW
        )

    repaired = answer(PROVINCE, S.SERIOUS_DISCREDIT, repaired=True)
    assert CreditFinding(answers=(repaired, answer(CITY, S.UNAVAILABLE))).standing is S.UNAVAILABLE


async def test_nothing_answered_is_retried_only_where_that_may_help(world: ActingWorld) -> None:
    world.fault("down", PROVINCE)
    world.fault("unauthorised", CITY)
    assert await failure(credit(world).check, world.credit_query()) == (PLATFORM_UNAVAILABLE, False)
    world.state.faults.clear()
    world.fault("unauthorised")
    finding: CreditFinding = await run(credit(world).check, world.credit_query())
    assert finding.standing is S.UNAVAILABLE
    nobody = CreditActivities({}, MemoryStore())
    unconnected: CreditFinding = await run(nobody.check, world.credit_query())
    assert {answer.detail for answer in unconnected.answers} == {"not_connected"}
    assert unconnected.standing is S.UNAVAILABLE


async def test_our_own_store_failing_is_ours(world: ActingWorld) -> None:
    await standings(world, {PROVINCE: "clear", CITY: "clear"})
    store = MemoryStore()
    store.full = True
    assert await failure(credit(world, store).check, world.credit_query()) == (EVIDENCE_NOT_KEPT, False)


# --- notification ----------------------------------------------------------------------------------------------------


async def test_the_substitute_is_told_where_the_first_is_away(world: ActingWorld) -> None:
    deliver = NotificationActivities(world.clients.notification).deliver
    first, second = f"{POLICE}-1", f"{POLICE}-2"
    await world.control("notification/away", {"desk": first})
    delivery = await run(deliver, world.notification())
    assert (delivery.recipient, delivery.substituted_for, delivery.repeated) == (second, (first,), False)
    await world.control("notification/away", {"desk": first, "away": False})
    again = await run(deliver, world.notification())
    assert (again.recipient, again.substituted_for, again.repeated) == (second, (first,), True)
    messages = (await world.control("notification/messages"))["messages"]
    assert [(m["desk"], m["title"]) for m in messages] == [(second, "核验将到期")]
    assert (await world.control("notification/messages?after=1"))["messages"] == []


async def test_the_order_given_is_kept(world: ActingWorld) -> None:
    deliver = NotificationActivities(world.clients.notification).deliver
    order = ("gone-1", f"{POLICE}-2", f"{POLICE}-1")
    delivery = await run(deliver, world.notification(recipients=order))
    assert (delivery.recipient, delivery.substituted_for) == (f"{POLICE}-2", ("gone-1",))
    assert "directory" not in {call["operation"] for call in world.calls(Platform.NOTIFICATION)}


async def test_nobody_is_reached(world: ActingWorld) -> None:
    deliver = NotificationActivities(world.clients.notification).deliver
    for desk in (f"{POLICE}-1", f"{POLICE}-2"):
        await world.control("notification/away", {"desk": desk})
    assert await failure(deliver, world.notification()) == (NOBODY_REACHED, False)
    assert (await world.control("notification/messages"))["total"] == 0


# --- calendar --------------------------------------------------------------------------------------------------------


async def test_the_calendar_is_read_anew(tmp_path: Path) -> None:
    overrides = tmp_path / "calendar.yaml"
    overrides.write_text("version: first\n", encoding="utf-8")
    current = CalendarActivities(lambda: working_calendar(overrides)).current
    day = date(2026, 11, 24)
    before = await run(current)
    overrides.write_text("version: second\nholidays: [2026-11-24]\n", encoding="utf-8")
    after = await run(current)
    assert before.is_working_day(day) and not after.is_working_day(day)
    assert after.version.endswith("+second")

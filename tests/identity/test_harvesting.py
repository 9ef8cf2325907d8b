"""The watch for harvesting and the rate limits, on a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from infra.identity.harvesting import HarvestWatch, Suspicion
from infra.identity.rates import RateLimits
from infra.settings import HarvestSettings, RateSettings
from schemas.authority import Answer, Principal, Role

CLERK = Principal(principal_id="c-1", roles=(Role.CLERK,), department="11350526MB0000002F")
OTHER = CLERK.model_copy(update={"principal_id": "c-2"})
SYSTEM = Principal(principal_id="bs", roles=(Role.BUSINESS_SYSTEM,), department="11350526MB0000002F")


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def watch(clock: Clock, **settings: float | bool) -> HarvestWatch:
    told = {"window_seconds": 60, "cases": 5, "system_cases": 50, "misses": 3} | settings
    return HarvestWatch(HarvestSettings.model_validate(told), clock)


def looks(
    watched: HarvestWatch, numbers: range, answer: Answer = Answer.GRANTED, principal: Principal = CLERK
) -> list[Suspicion]:
    found = (watched.saw(principal, f"A-{number}", answer) for number in numbers)
    return [each for each in found if each is not None]


def test_many_distinct_cases_raise_one_alarm_in_a_window() -> None:
    clock = Clock()
    watched = watch(clock)
    assert looks(watched, range(4)) == []
    assert looks(watched, range(4)) == [], "the same cases again are no more cases"
    assert looks(watched, range(4, 40)) == [Suspicion.MANY_CASES]
    clock.now += 61
    assert looks(watched, range(4)) == []
    assert looks(watched, range(4, 9)) == [Suspicion.MANY_CASES]


def test_slow_looks_are_no_harvest() -> None:
    clock = Clock()
    watched = watch(clock)
    for number in range(50):
        clock.now += 20
        assert looks(watched, range(number, number + 1)) == []


def test_many_misses_raise_an_alarm_of_their_own() -> None:
    assert looks(watch(Clock()), range(3), Answer.HIDDEN) == [Suspicion.MANY_MISSES]


def test_each_principal_is_counted_alone_and_systems_see_more() -> None:
    watched = watch(Clock())
    assert looks(watched, range(4)) + looks(watched, range(4, 8), principal=OTHER) == []
    assert looks(watched, range(49), principal=SYSTEM) == []
    assert looks(watched, range(49, 50), principal=SYSTEM) == [Suspicion.MANY_CASES]


@pytest.mark.parametrize("block", [True, False])
def test_blocking_is_the_countys_choice(block: bool) -> None:
    clock = Clock()
    watched = watch(clock, block=block, block_seconds=100)
    looks(watched, range(5))
    assert watched.blocked_seconds(CLERK) == (100 if block else 0)
    assert watched.blocked_seconds(OTHER) == 0
    clock.now += 101
    assert watched.blocked_seconds(CLERK) == 0


async def test_who_asks_too_often_waits_and_nobody_else_does() -> None:
    rates = RateLimits(RateSettings(per_second=0.001, system_per_second=0.002, burst_seconds=3000))
    assert [await rates.admit(CLERK) for _ in range(4)] == [None, None, None, 1000.0]
    assert await rates.admit(OTHER) is None
    assert [await rates.admit(SYSTEM) for _ in range(7)] == [None] * 6 + [500.0]

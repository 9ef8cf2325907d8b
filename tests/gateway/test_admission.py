"""Guard and admission: what the rule says becomes an answer, and every look and every refusal is noted."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from infra.gateway.admission import UNKNOWN_PER_SECOND, Admission
from infra.gateway.bearer import Bearer
from infra.gateway.guard import Guard, acting
from infra.gateway.problems import Refused
from infra.identity.access_record import Entry, RecordUnavailable
from infra.identity.harvesting import HarvestWatch
from infra.identity.noting import Noting
from infra.identity.rates import RateLimits
from infra.identity.tokens import TokenRefused
from infra.settings import HarvestSettings, RateSettings
from schemas.authority import Action, Principal, Role, Target

OURS, THEIRS = "11350526MB0000001C", "11350526MB0000002F"
CLERK = Principal(principal_id="c-1", roles=(Role.CLERK,), department=OURS)
OPERATOR = Principal(principal_id="o-1", roles=(Role.OPERATOR,))
CASE = Target(application_no="A-1", item_code="item_a", department=OURS)
THEIR_CASE = Target(application_no="A-2", item_code="item_a", department=THEIRS)


class Kept:
    """Stands in for the access record."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.first: list[Entry] = []
        self.left_out = 0
        self.down = False

    async def note(self, entry: Entry) -> None:
        self.entries.append(entry)

    async def written(self, entry: Entry) -> None:
        if self.down:
            raise RecordUnavailable
        self.entries.append(entry)
        self.first.append(entry)

    def leave_out(self) -> None:
        self.left_out += 1


def guarding(kept: Any, watch: HarvestWatch | None = None) -> Guard:
    return Guard(Noting(kept, watch or HarvestWatch(HarvestSettings())))


@pytest.mark.parametrize(
    ("principal", "action", "target", "answer"),
    [
        (CLERK, Action.READ, CASE, None),
        (CLERK, Action.READ, THEIR_CASE, (404, "not_found")),
        (CLERK, Action.READ, None, (404, "not_found")),
        (CLERK, Action.TRAIL, CASE, (403, "not_of_role")),
        (CLERK, Action.START, THEIR_CASE, (403, "outside_scope")),
        (OPERATOR, Action.READ, CASE, (403, "not_of_role")),
    ],
)
async def test_the_rule_becomes_an_answer_and_is_noted(
    principal: Principal, action: Action, target: Target | None, answer: tuple[int, str] | None
) -> None:
    kept: Any = Kept()
    if answer is None:
        await guarding(kept)(principal, action, target, "A-9")
    else:
        with pytest.raises(Refused) as refused:
            await guarding(kept)(principal, action, target, "A-9")
        assert (refused.value.status, refused.value.code) == answer
    (entry,) = kept.entries
    assert (entry.principal, entry.action, entry.application_no) == (principal, action, "A-9")
    assert entry.code == ("" if answer is None else answer[1])


async def test_a_trail_is_on_record_first_or_not_shown() -> None:
    auditor = Principal(principal_id="a-1", roles=(Role.AUDITOR,))
    kept: Any = Kept()
    await guarding(kept)(auditor, Action.TRAIL, CASE)
    assert [entry.action for entry in kept.first] == [Action.TRAIL]
    kept.down = True
    with pytest.raises(Refused) as refused:
        await guarding(kept)(auditor, Action.TRAIL, CASE)
    assert (refused.value.status, refused.value.code) == (503, "record_unavailable")


def request(authorization: str) -> Request:
    return Request({"type": "http", "headers": [(b"authorization", authorization.encode())]})


async def verify(token: str) -> Principal:
    if token != "good":
        raise TokenRefused("bad_token")
    return CLERK


def door(kept: Any, **settings: Any) -> tuple[Bearer, HarvestWatch]:
    watch = HarvestWatch(HarvestSettings(misses=2, block=True))
    admission = Admission(RateLimits(RateSettings.model_validate(settings)), watch, kept)
    return Bearer(verify, admission.admit, admission.refused), watch


async def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    kept: Any = Kept()
    bearer, _ = door(kept, per_second=0.001, burst_seconds=1000)
    assert await bearer(request("Bearer good")) == CLERK
    with pytest.raises(Refused) as refused:
        await bearer(request("Bearer good"))
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1000"})
    assert [(entry.code, entry.principal) for entry in kept.entries] == [("too_many_requests", CLERK)]


async def test_a_suspect_is_kept_out_where_the_county_says_so() -> None:
    kept: Any = Kept()
    bearer, watch = door(kept)
    guard = guarding(kept, watch)
    for number in range(2):
        with pytest.raises(Refused):
            await guard(CLERK, Action.READ, None, f"A-{number}")
    with pytest.raises(Refused) as refused:
        await bearer(request("Bearer good"))
    assert (refused.value.status, refused.value.code) == (403, "blocked")


async def test_refused_tokens_are_kept_whole_up_to_a_rate_and_counted_beyond() -> None:
    kept: Any = Kept()
    bearer, _ = door(kept)
    for _ in range(UNKNOWN_PER_SECOND * 10):
        with pytest.raises(Refused):
            await bearer(request("Bearer forged"))
    assert len(kept.entries) + kept.left_out == UNKNOWN_PER_SECOND * 10
    assert kept.entries[0].principal is None and kept.entries[0].code == "bad_token"


def test_who_does_not_act_is_refused_by_code() -> None:
    assert acting(CLERK).actor_id == "c-1"
    with pytest.raises(Refused) as refused:
        acting(OPERATOR)
    assert (refused.value.status, refused.value.code) == (403, "role_does_not_act")

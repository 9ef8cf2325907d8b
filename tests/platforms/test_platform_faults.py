"""Every fault a platform may have, on every platform, over real HTTP: a typed answer, never an exception."""

from __future__ import annotations

import time
from typing import Any

import pytest

from infra.sandbox.faults import CALLBACK_FAULTS, FaultKind
from infra.sandbox.vocabulary import Operation
from schemas.codes import SHARING_PLATFORMS, Platform
from schemas.evidence import OutcomeKind
from schemas.exchange import AnswerClass, FetchedFile, PlatformAnswer
from schemas.judge import judge
from tests.platforms.world import World, asking

A, O = AnswerClass, OutcomeKind  # noqa: E741 - the two tables below are read side by side

WIRE: dict[FaultKind, tuple[AnswerClass, str]] = {
    FaultKind.DOWN: (A.TRANSIENT, "connection_failed"),
    FaultKind.SLOW: (A.TRANSIENT, "timeout"),
    FaultKind.HTTP_5XX: (A.TRANSIENT, "http_503"),
    FaultKind.WRONG_SCHEMA: (A.CONFIG, "wrong_schema"),
    FaultKind.GARBAGE: (A.CONFIG, "wrong_schema"),
    FaultKind.HTML: (A.CONFIG, "wrong_content_type"),
    FaultKind.HUGE: (A.CONFIG, "too_large"),
    FaultKind.TRUNCATED: (A.TRANSIENT, "connection_failed"),
}


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
@pytest.mark.parametrize("kind", WIRE)
async def test_faults_of_the_wire(world: World, platform: Platform, kind: FaultKind) -> None:
    world.fault(kind, platform=platform, operation=Operation.SEARCH, delay_seconds=5.0)
    batch, query = asking(world, platform)
    answer = await world.client_for(kind, platform).find(batch, query)
    assert (answer.kind, answer.detail) == WIRE[kind]
    assert judge(query, answer, batch.asked_on).detail == answer.detail
    world.calm()
    assert (await world.clients[platform].find(batch, query)).kind is A.FOUND


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, A.CONFIG), (401, A.CONFIG), (403, A.CONFIG), (404, A.CONFIG), (410, A.CONFIG), (408, A.TRANSIENT),
     (429, A.QUOTA), (500, A.TRANSIENT), (502, A.TRANSIENT), (504, A.TRANSIENT)],
)  # fmt: skip
async def test_http_statuses(world: World, platform: Platform, status: int, kind: AnswerClass) -> None:
    world.fault("http_status", platform=platform, operation=Operation.SEARCH, http_status=status)
    batch, query = asking(world, platform)
    answer = await world.clients[platform].find(batch, query)
    assert (answer.kind, answer.detail) == (kind, f"http_{status}")


FILE_FAULTS = [
    (platform, operation, kind)
    for platform, operations in {
        Platform.ELICENCE_NATIONAL: (Operation.LINK, Operation.DOWNLOAD),
        Platform.ELICENCE_PROVINCIAL: (Operation.LINK, Operation.DOWNLOAD),
        Platform.TRUSTED_DOCUMENTS: (Operation.CONTENT,),
    }.items()
    for operation in operations
    for kind in WIRE
]


@pytest.mark.parametrize(("platform", "operation", "kind"), FILE_FAULTS)
async def test_faults_of_the_wire_at_the_file(
    world: World, platform: Platform, operation: Operation, kind: FaultKind
) -> None:
    batch, query = asking(world, platform)
    found = await world.clients[platform].find(batch, query)
    world.fault(kind, platform=platform, operation=operation, delay_seconds=5.0)
    answer = await world.client_for(kind, platform).fetch(batch, query, found.records[0])
    assert isinstance(answer, PlatformAnswer)
    expected, detail = WIRE[kind]
    if operation is Operation.DOWNLOAD and kind in (FaultKind.WRONG_SCHEMA, FaultKind.GARBAGE):
        detail = "wrong_content_type"  # JSON is no file
    assert (answer.kind, answer.detail) == (expected, detail)


ANSWERS: dict[FaultKind, tuple[OutcomeKind, str]] = {
    FaultKind.WRONG_PERSON: (O.MISMATCH, "wrong_person"),
    FaultKind.EXPIRED: (O.ADVERSE, "out_of_validity"),
    FaultKind.STATUS: (O.ADVERSE, "status_04"),
    FaultKind.AMBIGUOUS: (O.AMBIGUOUS, "valid_records_2"),
    FaultKind.DUPLICATE: (O.HIT, "valid_record"),
    FaultKind.NO_RECORD: (O.NO_RECORD, "no_record"),
    FaultKind.UNAUTHORISED: (O.CONFIG, "unauthorised"),
    FaultKind.EMPTY_SUCCESS: (O.CONFIG, "wrong_schema"),
    FaultKind.WRONG_RESOURCE: (O.CONFIG, "wrong_resource"),
}
KINDS_BY_DIALECT: dict[FaultKind, OutcomeKind] = {
    FaultKind.ADVERSE: O.ADVERSE,
    FaultKind.DEFERRED: O.TRANSIENT,
    FaultKind.QUOTA: O.QUOTA,
}
NOT_OF_A_SEARCH = {FaultKind.RETURN_CODE, FaultKind.ODD_IDENTIFIER, FaultKind.LINK_SPENT, FaultKind.HTTP_STATUS}


def test_no_fault_is_left_out() -> None:
    assert {*WIRE, *ANSWERS, *KINDS_BY_DIALECT, *NOT_OF_A_SEARCH, *CALLBACK_FAULTS} == set(FaultKind)


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
@pytest.mark.parametrize("kind", ANSWERS)
async def test_faults_of_the_answer(world: World, platform: Platform, kind: FaultKind) -> None:
    world.fault(kind, platform=platform, holder_code=world.holder.code)
    batch, query = asking(world, platform)
    answer = await world.clients[platform].find(batch, query)
    judgement = judge(query, answer, batch.asked_on)
    assert (judgement.kind, judgement.detail) == ANSWERS[kind]


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
@pytest.mark.parametrize("kind", KINDS_BY_DIALECT)
async def test_faults_with_a_code_of_the_dialect(world: World, platform: Platform, kind: FaultKind) -> None:
    world.fault(kind, platform=platform)
    batch, query = asking(world, platform)
    answer = await world.clients[platform].find(batch, query)
    assert judge(query, answer, batch.asked_on).kind is KINDS_BY_DIALECT[kind]


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
async def test_not_yet_twice_and_then_the_answer(world: World, platform: Platform) -> None:
    world.fault("deferred", platform=platform, count=2)
    batch, query = asking(world, platform)
    kinds = [(await world.clients[platform].find(batch, query)).kind for _ in range(3)]
    assert kinds == [A.TRANSIENT, A.TRANSIENT, A.FOUND]


@pytest.mark.parametrize("status", ["02", "03", "04", "05", "06", "07", "08", "99"])
async def test_no_status_but_valid_is_a_hit(world: World, status: str) -> None:
    for platform in SHARING_PLATFORMS:
        world.fault("status", platform=platform, status=status)
        batch, query = asking(world, platform)
        judgement = judge(query, await world.clients[platform].find(batch, query), batch.asked_on)
        expected = "99" if status == "08" else status  # a status nobody knows is 其他, and for a person
        assert (judgement.kind, judgement.detail) == (O.ADVERSE, f"status_{expected}")


LINKED = [Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL]


@pytest.mark.parametrize("platform", LINKED)
async def test_a_spent_link_is_asked_for_once_more(world: World, platform: Platform) -> None:
    world.fault("link_spent", platform=platform, count=1)
    batch, query = asking(world, platform)
    client = world.clients[platform]
    found = await client.find(batch, query)
    world.state.calls.clear()
    assert isinstance(await client.fetch(batch, query, found.records[0]), FetchedFile)
    calls = world.calls(platform)
    assert [c["operation"] for c in calls] == ["link", "download", "link", "download"]
    assert calls[0]["idempotency_key"] != calls[2]["idempotency_key"]


@pytest.mark.parametrize("platform", LINKED)
async def test_links_that_are_always_spent_end(world: World, platform: Platform) -> None:
    world.fault("link_spent", platform=platform)
    batch, query = asking(world, platform)
    client = world.clients[platform]
    found = await client.find(batch, query)
    answer: Any = await client.fetch(batch, query, found.records[0])
    assert (answer.kind, answer.detail) == (A.TRANSIENT, "link_spent")
    assert len(world.calls(platform, Operation.LINK)) == 2


async def test_a_token_that_cannot_be_had(world: World) -> None:
    for kind, expected in WIRE.items():
        world.calm()
        world.fault(kind, operation=Operation.TOKEN, delay_seconds=5.0)
        batch, query = asking(world, Platform.ELICENCE_NATIONAL)
        seconds = 0.4 if kind is FaultKind.SLOW else 20
        client = world.client(Platform.ELICENCE_NATIONAL, timeout_seconds=seconds)
        answer = await client.find(batch, query)
        assert (answer.kind, answer.detail) == expected


async def test_slow_but_in_time_is_an_answer(world: World) -> None:
    world.fault("slow", platform=Platform.DATA_SHARING, delay_seconds=0.1)
    batch, query = asking(world, Platform.DATA_SHARING)
    started = time.monotonic()
    assert (await world.clients[Platform.DATA_SHARING].find(batch, query)).kind is A.FOUND
    assert time.monotonic() - started >= 0.1

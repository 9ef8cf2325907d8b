"""The control API and the faults it sets: as data, counted, for a time, by chance, and gone when removed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import httpx
import pytest

from infra.sandbox.faults import Fault, FaultBook, FaultKind
from infra.sandbox.vocabulary import Operation
from schemas.codes import Platform
from schemas.evidence import OutcomeKind
from schemas.exchange import AnswerClass
from schemas.judge import judge
from tests.platforms.world import RESOURCES, World, asking, open_world

SHARING = Platform.DATA_SHARING


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as world:
        yield world


async def _kind(world: World, platform: Platform = SHARING, round: int = 1) -> OutcomeKind:
    batch, query = asking(world, platform, round=round)
    return judge(query, await world.clients[platform].find(batch, query), batch.asked_on).kind


async def _put(world: World, **fields: Any) -> httpx.Response:
    body = {"holder_code": world.holder.code, "holder_name": world.holder.name, "resource_code": RESOURCES[SHARING]}
    return await world.http.post(f"{world.base_url}/control/records", json=body | fields)


async def test_faults_are_set_listed_and_removed(world: World) -> None:
    url = f"{world.base_url}/control/faults"
    await _put(world)
    first = (await world.http.post(url, json={"kind": "quota", "platform": "data_sharing"})).json()["id"]
    assert await _kind(world) is OutcomeKind.QUOTA
    assert (await world.http.get(url)).json()["faults"][0] | {"id": first} == {
        "id": first, "struck": 1, "kind": "quota", "platform": "data_sharing", "probability": 1.0,
        "delay_seconds": 2.0, "http_status": 503, "status": "04",
    }  # fmt: skip
    await world.http.post(url, json={"kind": "no_record"})
    assert (await world.http.delete(url, params={"id": first})).status_code == 204
    assert (await world.http.delete(url, params={"id": first})).status_code == 404
    assert await _kind(world) is OutcomeKind.NO_RECORD
    assert (await world.http.delete(url)).status_code == 204
    assert await _kind(world) is OutcomeKind.HIT


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "fire"}, "kind"),
        ({"kind": "slow", "delay_seconds": -1}, "delay_seconds"),
        ({"kind": "quota", "platforms": ["data_sharing"]}, "platforms"),
        ({}, "kind"),
    ],
)
async def test_a_fault_that_is_none_is_named(world: World, body: dict[str, Any], field: str) -> None:
    response = await world.http.post(f"{world.base_url}/control/faults", json=body)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


async def test_a_record_is_put_changed_and_given_back(world: World) -> None:
    was = await _kind(world)
    for fields, kind in (
        ({}, OutcomeKind.HIT),
        ({"count": 2}, OutcomeKind.AMBIGUOUS),
        ({"count": 0}, OutcomeKind.NO_RECORD),
        ({"status": "07"}, OutcomeKind.ADVERSE),
        ({"valid_until": "2020-01-01"}, OutcomeKind.ADVERSE),
        ({"holder_name": "样例他人"}, OutcomeKind.MISMATCH),
    ):
        assert (await _put(world, **fields)).status_code == 201
        assert await _kind(world) is kind, fields
    assert (await _put(world, remove=True)).json() == {"removed": True}
    assert (await _put(world, remove=True)).json() == {"removed": False}
    assert await _kind(world) is was


async def test_records_of_an_e_licence_have_identifiers_of_their_own(world: World) -> None:
    code = RESOURCES[Platform.ELICENCE_PROVINCIAL]
    identifiers = (await _put(world, resource_code=code, count=2)).json()["identifiers"]
    assert len(set(identifiers)) == 2
    assert await _kind(world, Platform.ELICENCE_PROVINCIAL) is OutcomeKind.AMBIGUOUS


async def test_a_stranger_can_be_given_a_record(world: World) -> None:
    """A person whom the population does not know, as in a case written by hand."""
    code = RESOURCES[Platform.ELICENCE_NATIONAL]
    await _put(world, holder_code="350526197308080047", holder_name="样例新人", resource_code=code, content={"a": 1})
    batch, query = asking(world, Platform.ELICENCE_NATIONAL)
    subject = query.subject.model_copy(update={"id_number": "350526197308080047", "name": "样例新人"})
    query = query.model_copy(update={"subject": subject})
    answer = await world.clients[Platform.ELICENCE_NATIONAL].find(batch, query)
    assert answer.records[0].content == {"a": 1}
    assert await world.clients[Platform.ELICENCE_NATIONAL].fetch(batch, query, answer.records[0]) is not None


async def test_calls_are_told_filtered_and_forgotten(world: World) -> None:
    await _put(world)
    await _kind(world)
    await _kind(world, Platform.TRUSTED_DOCUMENTS)
    url = f"{world.base_url}/control/calls"
    told = (await world.http.get(url)).json()
    assert told["total"] == 2
    assert told["counts"] == {"data_sharing": {"search": 1}, "trusted_documents": {"search": 1}}
    (call,) = (await world.http.get(url, params={"platform": "data_sharing"})).json()["calls"]
    assert (call["operation"], call["code"], call["faults"]) == ("search", "200", [])
    assert (await world.http.get(url, params={"limit": 1})).json()["calls"][0]["platform"] == "trusted_documents"
    assert (await world.http.delete(url)).status_code == 204
    assert (await world.http.get(url)).json()["total"] == 0


@pytest.mark.parametrize("path", ["/nowhere", "/control/nowhere", "/data-sharing/nowhere", "/"])
async def test_what_is_not_there(world: World, path: str) -> None:
    assert (await world.http.post(world.base_url + path)).status_code == 404


async def test_both_spellings_of_a_platform_are_served(world: World) -> None:
    for prefix in ("data-sharing", "data_sharing"):
        response = await world.http.post(f"{world.base_url}/{prefix}/gateway/httpproxy", json={})
        assert response.json()["code"] == "401"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _takes(book: FaultBook, operation: Operation = Operation.SEARCH, holder: str = "h", resource: str = "r") -> bool:
    return bool(book.take(SHARING, operation, holder, resource))


def test_a_fault_for_a_count_and_for_a_time() -> None:
    clock = Clock()
    book = FaultBook(clock, Random(1))
    book.add(Fault(kind=FaultKind.QUOTA, count=2))
    assert [_takes(book) for _ in range(3)] == [True, True, False]
    book.clear()
    book.add(Fault(kind=FaultKind.QUOTA, seconds=60))
    clock.now += 59
    assert _takes(book)
    clock.now += 2
    assert not _takes(book)


def test_a_fault_for_one_person_one_resource_and_one_operation() -> None:
    book = FaultBook(Clock(), Random(1))
    book.add(Fault(kind=FaultKind.DOWN, holder_code="h", resource_code="r", operation=Operation.LINK))
    assert not _takes(book)
    assert not _takes(book, Operation.LINK, holder="x")
    assert not _takes(book, Operation.LINK, resource="x")
    assert _takes(book, Operation.LINK)


def test_a_fault_by_chance_strikes_as_often_as_said_and_the_same_each_time() -> None:
    struck = []
    for _ in range(2):
        book = FaultBook(Clock(), Random(5))
        book.add(Fault(kind=FaultKind.DOWN, probability=0.3))
        struck.append([_takes(book) for _ in range(1000)])
    assert struck[0] == struck[1]
    assert 250 < sum(struck[0]) < 350


async def test_chance_reaches_the_wire(world: World) -> None:
    await _put(world)
    await world.http.post(f"{world.base_url}/control/faults", json={"kind": "http_5xx", "probability": 0.5})
    kinds = []
    for round in range(40):
        batch, query = asking(world, SHARING, round=round)
        kinds.append((await world.clients[SHARING].find(batch, query)).kind)
    assert {AnswerClass.FOUND, AnswerClass.TRANSIENT} == set(kinds)

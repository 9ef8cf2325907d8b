"""The common case: how many calls it takes, what each of them says, and what it never says."""

from __future__ import annotations

import asyncio
import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest

from infra.sandbox.vocabulary import Operation
from schemas.codes import SHARING_PLATFORMS, Platform, Polarity, Sensitivity
from schemas.evidence import Coverage, OutcomeKind
from schemas.exchange import AnswerClass, FetchedFile
from schemas.judge import judge
from tests.platforms.world import CASE, CRIMINAL, ITEM, PURPOSE, World, asking

CALLS = {
    Platform.ELICENCE_NATIONAL: ["search", "link", "download"],
    Platform.ELICENCE_PROVINCIAL: ["search", "link", "download"],
    Platform.DATA_SHARING: ["search"],
    Platform.TRUSTED_DOCUMENTS: ["search", "content"],
}
FILES = {
    Platform.ELICENCE_NATIONAL: "application/pdf",
    Platform.ELICENCE_PROVINCIAL: "application/ofd",
    Platform.TRUSTED_DOCUMENTS: "application/pdf",
}


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
async def test_a_hit_takes_the_fewest_calls_and_carries_the_record(world: World, platform: Platform) -> None:
    batch, query = asking(world, platform, condition="content.months >= 12 && content['等级'] == '甲级'")
    client = world.client(platform)
    if platform is Platform.ELICENCE_NATIONAL:
        await client.find(batch, query)  # obtains the token
        world.state.calls.clear()

    answer = await client.find(batch, query)
    judgement = judge(query, answer, batch.asked_on)
    assert judgement.kind is OutcomeKind.HIT
    assert judgement.record is not None
    fetched = await client.fetch(batch, query, judgement.record)

    assert [call["operation"] for call in world.calls(platform)] == CALLS[platform]
    assert judgement.record.holder_name == world.holder.name
    assert judgement.record.content == {"等级": "甲级", "months": 18}
    assert world.holder.name.encode() in answer.body
    if platform is Platform.DATA_SHARING:
        assert fetched is None
    else:
        assert isinstance(fetched, FetchedFile)
        assert fetched.media_type == FILES[platform]
        assert CASE.encode() in fetched.content
        assert PURPOSE.encode() in fetched.content


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
async def test_every_request_says_why_for_which_case_and_who_asks(world: World, platform: Platform) -> None:
    batch, query = asking(world, platform, round=3)
    client = world.clients[platform]
    answer = await client.find(batch, query)
    await client.fetch(batch, query, answer.records[0])

    calls = [call for call in world.calls(platform) if call["operation"] != Operation.TOKEN]
    for call in calls:
        assert (call["purpose"], call["case_no"]) == (PURPOSE, CASE)
        assert (call["item_code"], call["item_name"]) == (ITEM, "样例事项")
        assert (call["operator_id"], call["operator_department"]) == ("clerk-007", "11350526MB0000003J")
        if call["operation"] != Operation.DOWNLOAD:
            assert call["idempotency_key"].startswith(batch.idempotency_key(query))
    assert calls[0]["idempotency_key"] == batch.idempotency_key(query)
    nonces = [call["nonce"] for call in world.calls(platform)]
    assert len(set(nonces)) == len(nonces)


SUBJECT_FIELDS = {
    Platform.ELICENCE_NATIONAL: {
        "certificate_holder_type",
        "certificate_holder_code",
        "certificate_holder_name",
        "certificate_type_code",
        "use_cause",
        "business_no",
        "item_code",
        "item_name",
        "operator_id",
        "operator_department",
    },
    Platform.ELICENCE_PROVINCIAL: {
        "holderCode",
        "holderTypeCode",
        "holderName",
        "certTypeCode",
        "useCause",
        "businessCode",
        "itemCode",
        "itemName",
        "operatorId",
        "operatorDept",
    },
    Platform.DATA_SHARING: {
        "subject_type",
        "subject_code",
        "subject_name",
        "purpose",
        "case_no",
        "item_code",
        "item_name",
        "operator_id",
        "operator_department",
    },
    Platform.TRUSTED_DOCUMENTS: {
        "documentType",
        "ownerType",
        "ownerCode",
        "ownerName",
        "purpose",
        "caseNo",
        "itemCode",
        "itemName",
        "operatorId",
        "operatorDepartment",
    },
}


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
async def test_of_the_subject_only_id_type_number_and_name_leave(world: World, platform: Platform) -> None:
    batch, query = asking(world, platform)
    await world.clients[platform].find(batch, query)
    (search,) = world.calls(platform, Operation.SEARCH)
    assert set(search["fields"]) == SUBJECT_FIELDS[platform]


@pytest.mark.parametrize("platform", SHARING_PLATFORMS)
async def test_the_same_key_gets_the_same_answer_and_is_counted_apart(world: World, platform: Platform) -> None:
    batch, query = asking(world, platform)
    first = await world.clients[platform].find(batch, query)
    second = await world.clients[platform].find(batch, query)
    assert first.body == second.body
    assert [call["repeated"] for call in world.calls(platform, Operation.SEARCH)] == [False, True]
    again, other_round = asking(world, platform, round=2)
    await world.clients[platform].find(again, other_round)
    assert world.calls(platform, Operation.SEARCH)[-1]["repeated"] is False


async def test_each_use_has_a_copy_of_its_own(world: World) -> None:
    platform = Platform.ELICENCE_PROVINCIAL
    batch, query = asking(world, platform)
    other = batch.model_copy(update={"purpose": "另一用途"})
    answer = await world.clients[platform].find(batch, query)
    copies = [await world.clients[platform].fetch(b, query, answer.records[0]) for b in (batch, other, batch)]
    contents = [copy.content for copy in copies if isinstance(copy, FetchedFile)]
    assert contents[0] == contents[2] != contents[1]
    with zipfile.ZipFile(io.BytesIO(contents[1])) as container:
        assert "另一用途" in container.read("OFD.xml").decode()


async def test_no_record_of_a_negative_fact_says_what_it_covers(world: World) -> None:
    platform = Platform.DATA_SHARING
    world.state.put(world.holder.code, CRIMINAL, ())
    province = Coverage(area="350000")
    batch, query = asking(
        world,
        platform,
        resource_code=CRIMINAL,
        polarity=Polarity.IS_NOT,
        sensitivity=Sensitivity.CRIMINAL,
        needed_coverage=Coverage(area="350526", since=date(2026, 1, 1)),
        source_coverage=province,
    )
    answer = await world.clients[platform].find(batch, query)
    assert answer.kind is AnswerClass.NOT_FOUND
    assert answer.coverage == Coverage(area="350000", since=date(1990, 1, 1))
    assert judge(query, answer, batch.asked_on).kind is OutcomeKind.HIT


async def test_a_criminal_record_is_yes_or_no_and_nothing_else(world: World) -> None:
    """Even where the source lets out more than it should (law 9)."""
    platform = Platform.DATA_SHARING
    secret = "样例罪名"
    (record,) = world.give(platform)
    world.state.put(
        world.holder.code, CRIMINAL, (replace(record, resource_code=CRIMINAL, content=(("罪名", secret),)),)
    )
    batch, query = asking(
        world, platform, resource_code=CRIMINAL, polarity=Polarity.IS_NOT, sensitivity=Sensitivity.CRIMINAL
    )
    answer = await world.clients[platform].find(batch, query)
    assert answer.kind is AnswerClass.FOUND
    assert judge(query, answer, batch.asked_on).kind is OutcomeKind.ADVERSE
    (found,) = answer.records
    assert (found.content, found.identifier) == ({}, None)
    assert secret.encode() not in answer.body
    assert await world.clients[platform].fetch(batch, query, found) is None


async def test_many_at_once_need_one_token(world: World) -> None:
    client = world.client(Platform.ELICENCE_NATIONAL)
    asked = [asking(world, Platform.ELICENCE_NATIONAL, round=number) for number in range(30)]
    answers = await asyncio.gather(*(client.find(batch, query) for batch, query in asked))
    assert {answer.kind for answer in answers} == {AnswerClass.FOUND}
    assert len(world.calls(Platform.ELICENCE_NATIONAL, Operation.TOKEN)) == 1


async def test_a_refused_token_is_replaced_once(world: World) -> None:
    client = world.client(Platform.ELICENCE_NATIONAL)
    batch, query = asking(world, Platform.ELICENCE_NATIONAL)
    await client.find(batch, query)
    world.state.tokens.clear()
    world.state.calls.clear()
    answer = await client.find(batch, query)
    assert answer.kind is AnswerClass.FOUND
    assert [c["operation"] for c in world.calls(Platform.ELICENCE_NATIONAL)] == ["search", "token", "search"]


async def test_a_caller_without_permission_is_a_matter_for_the_operators(world: World) -> None:
    for platform in SHARING_PLATFORMS:
        world.fault("unauthorised", platform=platform)
        batch, query = asking(world, platform)
        answer = await world.clients[platform].find(batch, query)
        assert (answer.kind, answer.detail) == (AnswerClass.CONFIG, "unauthorised")

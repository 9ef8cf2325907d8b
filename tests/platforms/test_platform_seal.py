"""Signatures: written down once as numbers, then refused by the sandbox whenever anything about them is wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from pydantic import SecretStr

from infra.platforms.factory import clients
from infra.platforms.signing import Signer, Stamp
from infra.sandbox.vocabulary import Operation
from schemas.codes import SHARING_PLATFORMS, Platform
from schemas.exchange import AnswerClass
from tests.platforms.world import SECRETS, World, asking, settings


def test_the_seal_is_what_is_written_down() -> None:
    signer = Signer("mz", SecretStr("样例密钥"))
    stamp = Stamp(timestamp="1767571200000", nonce="0123456789abcdef0123456789abcdef")
    headers = signer.headers(stamp, "POST", "/data-sharing/gateway/httpproxy", '{"用途":"样例"}'.encode())
    text = (
        "POST\n/data-sharing/gateway/httpproxy\n"
        + hashlib.sha256('{"用途":"样例"}'.encode()).hexdigest()
        + "\n1767571200000\n0123456789abcdef0123456789abcdef"
    )
    assert headers == {
        "X-Client-Id": "mz",
        "X-Timestamp": "1767571200000",
        "X-Nonce": "0123456789abcdef0123456789abcdef",
        "X-Signature": hmac.new("样例密钥".encode(), text.encode(), hashlib.sha256).hexdigest(),
    }
    assert headers["X-Signature"] == "e2b6ffe7a4dd4738725462c40bea358c8fd9d06f61eb5a9be8fe19f6e2a83367"
    assert "样例密钥" not in repr(signer)


def test_every_attempt_has_a_stamp_of_its_own() -> None:
    signer = Signer("mz", SecretStr("s"))
    stamps = [signer.stamp() for _ in range(100)]
    assert len({stamp.nonce for stamp in stamps}) == 100
    assert all(abs(int(stamp.timestamp) / 1000 - time.time()) < 5 for stamp in stamps)


@pytest.mark.parametrize(
    ("platform", "detail"),
    [
        (Platform.ELICENCE_NATIONAL, "http_401"),
        (Platform.ELICENCE_PROVINCIAL, "identity_refused"),
        (Platform.DATA_SHARING, "signature_refused"),
        (Platform.TRUSTED_DOCUMENTS, "signature_refused"),
    ],
)
async def test_a_wrong_secret_is_refused(world: World, platform: Platform, detail: str) -> None:
    wrong = settings(world.base_url, platform, secret=SecretStr("another"))
    batch, query = asking(world, platform)
    answer = await clients({platform: wrong}, world.http)[platform].find(batch, query)
    assert (answer.kind, answer.detail) == (AnswerClass.CONFIG, detail)


def _request(world: World, **changes: Any) -> dict[str, Any]:
    """A request to the trusted documents as an outsider would build it, right in all that is not changed."""
    document = {
        "documentType": "KX-350526-001",
        "ownerType": "111",
        "ownerCode": world.holder.code,
        "ownerName": world.holder.name,
        "purpose": "样例用途",
        "caseNo": "C-1",
        "itemCode": "bm_sample",
        "itemName": "样例事项",
        "operatorId": "clerk-1",
        "operatorDepartment": "",
    } | changes.pop("document", {})
    body = json.dumps(document, ensure_ascii=False).encode()
    target = "/trusted-documents/documents/query"
    timestamp = changes.pop("timestamp", str(int(time.time() * 1000)))
    nonce = changes.pop("nonce", hashlib.sha256(repr(time.perf_counter_ns()).encode()).hexdigest()[:32])
    text = "\n".join(("POST", target, hashlib.sha256(body).hexdigest(), timestamp, nonce))
    signature = hmac.new(SECRETS[Platform.TRUSTED_DOCUMENTS].encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Client-Id": "mz-trusted_documents",
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature,
        "Content-Type": "application/json",
    } | changes.pop("headers", {})
    return {"url": world.base_url + target, "content": changes.pop("content", body), "headers": headers}


async def _code(world: World, **changes: Any) -> str:
    response = await world.http.post(**_request(world, **changes))
    code: str = response.json()["code"]
    return code


async def test_an_outsider_who_keeps_the_rules_is_served(world: World) -> None:
    assert await _code(world) == "0000"


async def test_a_replayed_nonce_is_refused(world: World) -> None:
    request = _request(world)
    assert (await world.http.post(**request)).json()["code"] == "0000"
    assert (await world.http.post(**request)).json()["code"] == "3003"


@pytest.mark.parametrize("minutes", [-11, 11])
async def test_a_time_too_far_off_is_refused(world: World, minutes: int) -> None:
    assert await _code(world, timestamp=str(int((time.time() + 60 * minutes) * 1000))) == "3002"


async def test_nine_minutes_are_near_enough(world: World) -> None:
    assert await _code(world, timestamp=str(int((time.time() - 540) * 1000))) == "0000"


@pytest.mark.parametrize("timestamp", ["", "yesterday", "１２３", "-1"])
async def test_a_time_that_is_none_is_refused(world: World, timestamp: str) -> None:
    headers = {"X-Timestamp": timestamp.encode()} if not timestamp.isascii() else {}
    assert await _code(world, timestamp=timestamp, headers=headers) in ("3001", "3002")


@pytest.mark.parametrize("name", ["X-Client-Id", "X-Nonce", "X-Signature"])
async def test_a_seal_that_is_changed_is_refused(world: World, name: str) -> None:
    assert await _code(world, headers={name: "0" * 32}) == "3001"


async def test_a_body_that_is_changed_is_refused(world: World) -> None:
    assert await _code(world, content=b'{"documentType":"KX-350526-001"}') == "3001"


@pytest.mark.parametrize("name", ["documentType", "ownerType", "ownerCode", "ownerName", "purpose", "caseNo",
                                  "itemCode", "itemName", "operatorId"])  # fmt: skip
async def test_what_must_be_said_is_missed(world: World, name: str) -> None:
    assert await _code(world, document={name: ""}) == "3005"


async def test_a_purpose_has_two_hundred_characters_at_most(world: World) -> None:
    assert await _code(world, document={"purpose": "用" * 200}) == "0000"
    assert await _code(world, document={"purpose": "用" * 201}) == "3006"


async def test_an_unknown_resource_is_named_as_such(world: World) -> None:
    details = []
    for platform in SHARING_PLATFORMS:
        batch, query = asking(world, platform, resource_code="11350526MB0000014N999")
        details.append((await world.clients[platform].find(batch, query)).detail)
    assert details == ["bad_parameter", "licence_type_unknown", "resource_unknown", "document_type_unknown"]


async def test_the_same_key_for_another_question_is_refused(world: World) -> None:
    key = {"Idempotency-Key": "C-1/one"}
    assert await _code(world, headers=key) == "0000"
    assert await _code(world, headers=key) == "0000"
    assert await _code(world, headers=key, document={"purpose": "另一用途"}) == "3006"


async def test_the_national_headers_are_signed_as_published(world: World) -> None:
    """``gjgxjhpt_sign`` = Base64(HMAC-SHA256(sid + rid + rtime)), domain §2.1."""
    seen: dict[str, str] = {}

    async def look(request: Any) -> None:
        seen.update(request.headers)

    world.http.event_hooks["request"].append(look)
    try:
        batch, query = asking(world, Platform.DATA_SHARING)
        await world.clients[Platform.DATA_SHARING].find(batch, query)
    finally:
        world.http.event_hooks["request"].clear()
    text = seen["gjgxjhpt_sid"] + seen["gjgxjhpt_rid"] + seen["gjgxjhpt_rtime"]
    mac = hmac.new(SECRETS[Platform.DATA_SHARING].encode(), text.encode(), hashlib.sha256).digest()
    assert seen["gjgxjhpt_sign"] == base64.b64encode(mac).decode()
    assert seen["gjgxjhpt_rid"] == "mz-data_sharing"
    assert seen["idempotency-key"] == batch.idempotency_key(query)
    assert len(world.calls(Platform.DATA_SHARING, Operation.SEARCH)) == 1

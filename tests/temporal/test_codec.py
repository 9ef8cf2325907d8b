"""What leaves this process for Temporal is sealed; what comes back opens, or says why not."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from infra.settings import Settings
from infra.temporal.codec import CannotDecode, SealingCodec
from infra.temporal.codec_server import LARGEST_BODY, create_app
from tests.test_settings import KEY, values

OLD, NEW = bytes(32), bytes(range(32))
SECRET = Payload(metadata={"encoding": b"json/plain"}, data='"测试甲 350526199001010019"'.encode())


async def test_sealed_opens_again_and_shows_nothing() -> None:
    codec = SealingCodec({"k1": OLD}, "k1")
    (sealed,) = await codec.encode([SECRET])
    assert b"350526" not in sealed.SerializeToString()
    assert "测试甲".encode() not in sealed.SerializeToString()
    assert sealed.metadata["encryption-key-id"] == b"k1"
    assert await codec.decode([sealed]) == [SECRET]


async def test_a_rotated_key_still_opens_what_it_sealed() -> None:
    (sealed,) = await SealingCodec({"k1": OLD}, "k1").encode([SECRET])
    rotated = SealingCodec({"k1": OLD, "k2": NEW}, "k2")
    assert await rotated.decode([sealed]) == [SECRET]
    (again,) = await rotated.encode([SECRET])
    assert again.metadata["encryption-key-id"] == b"k2"


async def test_unknown_key_and_altered_payload_are_told_apart() -> None:
    (sealed,) = await SealingCodec({"k1": OLD}, "k1").encode([SECRET])
    with pytest.raises(CannotDecode, match="没有编号"):
        await SealingCodec({"k2": NEW}, "k2").decode([sealed])
    altered = Payload(metadata=dict(sealed.metadata), data=sealed.data[:-1] + b"x")
    with pytest.raises(CannotDecode, match="改动"):
        await SealingCodec({"k1": OLD}, "k1").decode([altered])


@pytest.fixture
async def codec_server() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(Settings(**values())))
    async with httpx.AsyncClient(transport=transport, base_url="http://codec") as client:
        yield client


async def test_codec_server_opens_for_the_ui(codec_server: httpx.AsyncClient) -> None:
    sealed = await SealingCodec({"k1": base64.b64decode(KEY)}, "k1").encode([SECRET])
    body = json_format.MessageToJson(Payloads(payloads=sealed))
    answer = await codec_server.post("/decode", content=body, headers={"origin": "http://127.0.0.1:8233"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://127.0.0.1:8233"
    assert json_format.ParseDict(answer.json(), Payloads()).payloads[0] == SECRET


async def test_codec_server_allows_no_other_origin(codec_server: httpx.AsyncClient) -> None:
    headers = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    asked = await codec_server.options("/decode", headers=headers)
    assert asked.status_code == 400
    assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"not json", 400), (b"", 400), (b"x" * (LARGEST_BODY + 1), 413)],
    ids=["garbage", "empty", "too large"],
)
async def test_codec_server_refuses_bad_bodies(codec_server: httpx.AsyncClient, body: bytes, status: int) -> None:
    assert (await codec_server.post("/decode", content=body)).status_code == status


async def test_codec_server_never_seals(codec_server: httpx.AsyncClient) -> None:
    assert (await codec_server.post("/encode", content="{}")).status_code == 404

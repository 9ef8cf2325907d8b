"""What leaves this process for Temporal is sealed; what comes back opens, or says why not."""

from __future__ import annotations

import pytest
from temporalio.api.common.v1 import Payload

from infra.temporal.codec import CannotDecode, SealingCodec

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

"""A body is bounded in time as a whole, also where each piece of it comes in time."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from infra.gateway.reading import Bounded, TooSlow


async def test_a_body_that_trickles_is_given_up() -> None:
    read: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            read.append((await receive())["body"])

    async def trickle() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(_: Message) -> None:
        raise AssertionError

    bounded = Bounded(app, patience_seconds=5, whole_seconds=0.3)
    async with asyncio.timeout(5):
        with pytest.raises(TooSlow):
            await bounded({"type": "http", "method": "POST", "path": "/", "headers": []}, trickle, send)
    assert 1 < len(read) < 7

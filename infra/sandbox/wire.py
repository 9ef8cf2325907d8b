"""Sending answers, and breaking them in the ways real platforms do."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from infra.sandbox.faults import Fault, FaultKind

_MAINTENANCE = "<!DOCTYPE html><html><body><h1>系统维护中</h1><p>因省级系统网络原因导致无法获取数据</p></body></html>"
_HUGE_CHUNK = b" " * 65536
_HUGE_CHUNKS = 400
"""25 MiB, more than any caller should take."""

_open: dict[tuple[str, int], asyncio.Transport] = {}
"""Connections by the caller's address, so that one can be cut."""


class CuttableProtocol(H11Protocol):
    """uvicorn's protocol for HTTP/1.1, whose connections ``break_off`` can cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        _open[_address(transport.get_extra_info("peername"))] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        _open.pop(_address(self.transport.get_extra_info("peername")), None)
        super().connection_lost(exc)


def _address(peer: object) -> tuple[str, int]:
    return cast("tuple[str, int]", tuple(peer)[:2]) if isinstance(peer, (tuple, list)) else ("", 0)


async def body(receive: Receive) -> bytes:
    """The whole body of a request."""
    message = await receive()
    content: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        content += message.get("body", b"")
    return content


async def respond(send: Send, status: int, content: bytes, media_type: str = "application/json;charset=UTF-8") -> None:
    """Send a whole answer."""
    await _start(send, status, media_type, len(content))
    await send({"type": "http.response.body", "body": content})


async def break_off(scope: Scope, send: Send, fault: Fault) -> None:
    """Do to the answer what a fault of the wire says."""
    match fault.kind:
        case FaultKind.DOWN:
            transport = _open.get(_address(scope.get("client")))
            if transport is not None:
                transport.abort()
            await asyncio.sleep(0)
        case FaultKind.HTTP_5XX | FaultKind.HTTP_STATUS:
            await respond(send, fault.http_status, b'{"error":"unavailable"}')
        case FaultKind.WRONG_SCHEMA:
            await respond(send, 200, b'{"result":{"list":[1,2,3]},"success":true}')
        case FaultKind.GARBAGE:
            await respond(send, 200, b"\x00\xff\xfe{]" * 40)
        case FaultKind.HTML:
            await respond(send, 200, _MAINTENANCE.encode(), "text/html;charset=UTF-8")
        case FaultKind.TRUNCATED:
            await _start(send, 200, "application/json;charset=UTF-8", 4096)
            await send({"type": "http.response.body", "body": b'{"head":{"code":"0",', "more_body": True})
        case _:
            await _start(send, 200, "application/json;charset=UTF-8", None)
            for _chunk in range(_HUGE_CHUNKS):
                await send({"type": "http.response.body", "body": _HUGE_CHUNK, "more_body": True})
            await send({"type": "http.response.body", "body": b"{}"})


async def _start(send: Send, status: int, media_type: str, length: int | None) -> None:
    headers = [(b"content-type", media_type.encode())]
    if length is not None:
        headers.append((b"content-length", b"%d" % length))
    await send({"type": "http.response.start", "status": status, "headers": headers})

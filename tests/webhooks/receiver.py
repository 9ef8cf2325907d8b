"""A subscriber's receiver on this machine, and every way in which it can misbehave."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Request:
    target: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """The content, when the independent library says that the signature is good; raises otherwise."""
        return Webhook(secret).verify(self.body, self.headers)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Behaviour = Callable[[Request, asyncio.StreamWriter], Any]


def status(code: int, *headers: str, body: bytes = b"ok") -> Behaviour:
    def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {code} X", f"content-length: {len(body)}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return answer


async def hang(_: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def trickle(_: Request, writer: asyncio.StreamWriter) -> None:
    """A header line that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nx-long: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood(_: Request, writer: asyncio.StreamWriter) -> None:
    """An answer without end."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await writer.drain()


def nonsense(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"not http at all\r\n\r\n")
    writer.close()


def drop(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()


@dataclass
class Receiver:
    """What came, and how the next is answered."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    behaviour: Behaviour = field(default_factory=lambda: status(204, body=b""))
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?of=us"

    def ids(self) -> list[str]:
        return [r.id for r in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(head[0].split(" ")[1], headers, body)
                self.requests.append(request)
                done = self.behaviour(request, writer)
                if asyncio.iscoroutine(done):
                    await done
                await writer.drain()
        writer.close()


@asynccontextmanager
async def receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    made = Receiver()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(made.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

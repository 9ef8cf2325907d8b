"""The sandbox as one ASGI application, and serving it on a port of this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.sandbox import wire
from infra.sandbox.acting import ActingDouble
from infra.sandbox.control import control_app
from infra.sandbox.data_sharing import DataSharing
from infra.sandbox.double import Double
from infra.sandbox.elicence_national import ElicenceNational
from infra.sandbox.elicence_provincial import ElicenceProvincial
from infra.sandbox.offices import open_offices
from infra.sandbox.state import State
from infra.sandbox.trusted_documents import TrustedDocuments

_DOUBLES: tuple[type[Double], ...] = (ElicenceNational, ElicenceProvincial, DataSharing, TrustedDocuments)


class _Sandbox:
    """Gives every request to its double, or to the control API, by the first part of its path.

    Written out rather than routed: a benchmark sends most of its calls through here.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        offices = open_offices(state)
        self._control = control_app(state, offices)
        self._doubles: dict[str, Double | ActingDouble] = {
            **{double.platform.value: double(state) for double in _DOUBLES},
            **{platform.value: double for platform, double in offices.doubles.items()},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._live(receive, send)
            return
        first, _, rest = scope["path"].removeprefix("/").partition("/")
        double = self._doubles.get(first.replace("-", "_"))
        if double is not None:
            await double.serve(scope, receive, send, f"/{rest}")
        elif first == "control":
            await self._control(scope, receive, send)
        else:
            await wire.respond(send, 404, b'{"error":"no such platform"}')

    async def _live(self, receive: Receive, send: Send) -> None:
        """The lifespan of the server: at its end no platform calls any more."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._state.callbacks.close()
        await send({"type": "lifespan.shutdown.complete"})


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when callers are served."""
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to whoever runs the loop."""
        yield


def create_app(state: State) -> ASGIApp:
    """The doubles below ``/elicence-national`` and so on (underscores do as well), and ``/control``."""
    return _Sandbox(state)


@asynccontextmanager
async def serve(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve in the running loop; gives the base address.  Port 0 is any free one.  Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay off only for sockets that say they are TCP.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        config = uvicorn.Config(
            app,
            http=wire.CuttableProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            listening = asyncio.create_task(server.listening.wait())
            await asyncio.wait((serving, listening), return_when=asyncio.FIRST_COMPLETED)
            listening.cancel()
            name = f"[{host}]" if ":" in host else host
            yield f"http://{name}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving

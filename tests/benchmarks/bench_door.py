"""The door against what stands behind it, interleaved in one run on one machine.

``python -m tests.benchmarks.bench_door [--rounds 5] [--cases 200]`` prints: intake through HTTP over the rate of
starting the same workflow with the Temporal client directly (reach 0.7), and p95 of ``GET /applications/{no}`` over
that of a bare Temporal query (reach at most 3).  Nothing here is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.embedded.ports import any_free
from infra.identity.issuer import TokenIssuer, ensure_key
from infra.settings import OidcSettings
from infra.temporal.start import submit
from schemas.application import ApplicationRequest
from schemas.authority import Role
from schemas.overview import CaseOverview
from tests.benchmarks import workload
from tests.benchmarks.bench_application import QUEUE, Stack, stack

console = Console(width=110)
COMMAND = str(Path(sys.executable).parent / "mianzheng")


@dataclass
class Connection:
    """One kept-alive HTTP/1.1 connection, as cheap as can be: it is the door that is measured."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, method: str, path: str, token: str, body: bytes = b"") -> int:
        """The status of the answer."""
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: door\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        await self.reader.readexactly(length)
        return int(head.split(b" ", 2)[1])


@dataclass
class Measured:
    """Rates of the rounds, and seconds of each call."""

    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)


@asynccontextmanager
async def gateway(folder: Path) -> AsyncIterator[tuple[int, str]]:
    """A gateway over the benchmark's stack: its port, and a token of the deciding department's system."""
    port, key, ready = any_free(()), folder / "issuer.pem", folder / "door.ready"
    ensure_key(key)
    oidc = OidcSettings(issuer=f"http://127.0.0.1:{port}", issuer_key_path=key)
    settings = json.loads((folder / "worker.json").read_text())["settings"]
    told = settings | {
        "oidc": oidc.model_dump(mode="json"),
        "gateway": {"port": port},
        "rates": {"system_per_second": 1e6},
        "harvest": {"system_cases": 10**9},
    }
    env = {f"MIANZHENG_{k.upper()}": v if isinstance(v, str) else json.dumps(v) for k, v in told.items()}
    served = await asyncio.create_subprocess_exec(COMMAND, "gateway", "--ready-file", str(ready), env=os.environ | env)
    try:
        while not ready.exists():
            if served.returncode is not None:
                raise RuntimeError("the gateway ended early")
            await asyncio.sleep(0.05)
        department = next(d.uscc for d in workload.catalogue().departments)
        yield port, TokenIssuer(oidc, key).issue([Role.BUSINESS_SYSTEM], "bench", department=department)
    finally:
        served.terminate()
        await served.wait()


Call = Callable[[int], Awaitable[None]]


async def rush(call: Call, count: int, at_once: int, into: Measured) -> None:
    """So many calls, so many at once."""
    numbers = iter(range(count))

    async def one() -> None:
        for number in numbers:
            began = time.perf_counter()
            await call(number)
            into.took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(at_once)))
    into.rates.append(count / (time.perf_counter() - began))


async def compare(running: Stack, port: int, token: str, rounds: int, cases: int) -> None:
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(20):
        idle.put_nowait(Connection(*await asyncio.open_connection("127.0.0.1", port)))

    async def http(method: str, path: str, body: bytes, expected: int) -> None:
        connection = await idle.get()
        if connection.reader.at_eof():  # it stood idle longer than the door keeps one open
            connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
        status = await connection.send(method, path, token, body)
        idle.put_nowait(connection)
        assert status == expected, (status, path)

    def person(number: int) -> tuple[str, str]:
        return running.people[number % len(running.people)]

    asked = workload.application("bench-sample", running.people[0])
    admission = await running.intake._admission_of(asked)

    begun: list[str] = []

    def another(number: int) -> ApplicationRequest:
        begun.append(f"bench-{secrets.token_hex(8)}")
        return workload.application(begun[-1], person(number))

    async def direct(number: int) -> None:
        request = another(number)
        refs = dict(zip((p.party_id for p in request.parties), admission.subject_refs.values(), strict=True))
        await submit(running.client, QUEUE, request, admission.model_copy(update={"subject_refs": refs}))

    async def door(number: int) -> None:
        request = another(number)
        body = request.model_dump_json(exclude={"operator"}, exclude_none=True).encode()
        await http("POST", "/applications", body, 202)

    settled = [f"bench-{secrets.token_hex(8)}" for _ in range(50)]
    for number, name in enumerate(settled):
        await (await running.intake.submit(workload.application(name, person(number)))).result()

    async def query(number: int) -> None:
        handle = running.client.get_workflow_handle(f"application/{settled[number % len(settled)]}")
        await handle.query("overview", result_type=CaseOverview)

    async def read(number: int) -> None:
        await http("GET", f"/applications/{settled[number % len(settled)]}", b"", 200)

    kinds: dict[str, tuple[Call, int]] = {
        "start, client": (direct, 16), "start, door": (door, 16), "query, client": (query, 1), "GET, door": (read, 1),
    }  # fmt: skip
    measured = {name: Measured() for name in kinds}
    for call, at_once in kinds.values():
        await rush(call, 60, at_once, Measured())
    for _ in range(rounds):
        for name, (call, at_once) in kinds.items():
            await rush(call, cases, at_once, measured[name])
            while begun:  # the worker is not what is measured next
                await running.client.get_workflow_handle(f"application/{begun.pop()}").result()
    table = Table(title=f"{rounds} interleaved rounds, {cases} calls each; median (least to most)")
    for column in ("", "rate /s", "p50 ms", "p95 ms"):
        table.add_column(column, justify="right")
    for name, m in measured.items():
        cuts = statistics.quantiles(m.took, n=100)
        table.add_row(
            name,
            f"{statistics.median(m.rates):.0f} ({min(m.rates):.0f} to {max(m.rates):.0f})",
            f"{1000 * cuts[49]:.1f}",
            f"{1000 * cuts[94]:.1f}",
        )
    console.print(table)
    pairs = zip(measured["start, client"].rates, measured["start, door"].rates, strict=True)
    ratios = [behind / before for before, behind in pairs]
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    console.print(f"door / client in starts     {spread}, reach 0.70")
    p95 = [statistics.quantiles(measured[n].took, n=20)[-1] for n in ("query, client", "GET, door")]
    console.print(f"p95 of GET / of a query     {p95[1] / p95[0]:.2f}, reach at most 3")


async def main(rounds: int, cases: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mianzheng-bench-") as name:
        folder = Path(name)
        async with stack(folder) as running, gateway(folder) as (port, token):
            await compare(running, port, token, rounds, cases)
    await asyncio.sleep(0.3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=200)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.rounds, chosen.cases))

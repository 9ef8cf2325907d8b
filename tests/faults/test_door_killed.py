"""The door and a worker are killed in the middle of a rush: every application is there afterwards, once."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from infra.embedded.ports import any_free
from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.identity.issuer import TokenIssuer, ensure_key
from infra.ledger.trail import read_trail
from infra.sandbox.applications import sample_applications
from infra.settings import OidcSettings
from schemas.application import ApplicationRequest
from schemas.authority import Role
from tests.e2e.stack import environment_of, whole_stack
from tests.gateway.doors import body_of

COMMAND = str(Path(sys.executable).parent / "mianzheng")
pytestmark = pytest.mark.timeout(300)


class Killed:
    """A process that is killed without warning and started again."""

    def __init__(self, name: str, env: dict[str, str], ready: Path) -> None:
        self._name = name
        self._env = env
        self._ready = ready
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._ready.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            COMMAND, self._name, "--ready-file", str(self._ready), env=os.environ | self._env
        )
        async with asyncio.timeout(60):
            while not self._ready.exists():
                assert self._process.returncode is None, f"{self._name} ended early"
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


@asynccontextmanager
async def running(*processes: Killed) -> AsyncIterator[None]:
    try:
        for each in processes:
            await each.start()
        yield
    finally:
        for each in processes:
            await each.kill()


async def test_nothing_is_lost_or_doubled_when_door_and_worker_are_killed(
    client: Client, server: str, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    dsn = postgres.dsn(APP_ROLE, database_name)
    port = any_free(())
    base = f"http://127.0.0.1:{port}"
    async with whole_stack(client, server, dsn, tmp_path) as stack:
        key = tmp_path / "issuer.pem"
        ensure_key(key)
        oidc = OidcSettings(issuer=base, issuer_key_path=key)
        env = environment_of(stack.settings) | {
            "MIANZHENG_OIDC": oidc.model_dump_json(),
            "MIANZHENG_GATEWAY": f'{{"host": "127.0.0.1", "port": {port}}}',
        }
        # Numbers of their own: the server is shared, and other tests' cases have nobody who answers for them.
        samples = sample_applications(stack.catalogue, stack.sandbox.population, 120, 5)
        requests = [s.model_copy(update={"application_no": f"RUSH-{uuid.uuid4().hex[:12]}"}) for s in samples]
        departments = {d.code: d.uscc for d in stack.catalogue.departments}
        of_item = {i.code: departments[i.department] for i in stack.catalogue.items}
        issuer = TokenIssuer(oidc, key)
        tokens = {
            uscc: issuer.issue([Role.BUSINESS_SYSTEM], f"system-{uscc}", department=uscc) for uscc in of_item.values()
        }
        door, worker = (Killed(name, env, tmp_path / f"{name}.ready") for name in ("gateway", "worker"))
        async with running(door, worker), httpx.AsyncClient(base_url=base, timeout=20) as http:
            took: list[float] = []
            slots, done = asyncio.Semaphore(16), asyncio.Event()

            async def hand_in(request: ApplicationRequest) -> None:
                headers = {"Authorization": f"Bearer {tokens[of_item[request.item_code]]}"}
                async with slots:
                    for _ in range(200):
                        began = time.perf_counter()
                        try:
                            answer = await http.post("/applications", json=body_of(request), headers=headers)
                        except httpx.TransportError:
                            await asyncio.sleep(0.2)
                            continue
                        if answer.status_code == 202:
                            took.append(time.perf_counter() - began)
                            if len(took) > len(requests) // 4:
                                done.set()
                            return
                        assert answer.status_code == 503, answer.text
                        await asyncio.sleep(0.2)
                    raise AssertionError("never taken in")

            async def murder() -> None:
                await done.wait()
                await asyncio.gather(door.kill(), worker.kill())
                await asyncio.gather(door.start(), worker.start())

            began = time.perf_counter()
            await asyncio.gather(murder(), *(hand_in(r) for r in [*requests, *requests[:40]]))  # some come twice
            rate = len(took) / (time.perf_counter() - began)
            p95 = statistics.quantiles(took, n=20)[-1]
            print(f"\nintake {rate:.0f} /s over a kill of door and worker, p95 {1000 * p95:.0f} ms")
            for request in requests:
                handle = client.get_workflow_handle(f"application/{request.application_no}")
                await asyncio.wait_for(handle.result(), 90)
        received = await stack.pool.fetch(
            "SELECT application_no, count(*) AS times FROM ledger.event WHERE type = 'application_received' GROUP BY 1"
        )
        assert {r["application_no"]: r["times"] for r in received} == {r.application_no: 1 for r in requests}
        for request in requests[::20]:
            assert (await read_trail(stack.pool, request.application_no)).sound

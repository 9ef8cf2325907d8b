"""The supervisor: what it starts, watches and restarts; ports; and that nobody else's process is ever ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from infra.embedded import control, record
from infra.embedded.plan import Plan
from infra.embedded.ports import PortInUse, choose
from infra.embedded.processes import ProcessId, identify, is_running
from infra.embedded.record import Stack
from infra.embedded.state_dir import StateDir
from infra.platforms import acting_clients, http_client
from infra.settings import Settings
from infra.temporal.codec import codec_of
from schemas.application import Actor
from schemas.base import MASK
from schemas.codes import ActorKind
from schemas.collaboration_exchange import CollaborationKind, CollaborationRequest
from schemas.outside import PlatformReceipt
from tests.schemas.builders import request as a_request

pytestmark = pytest.mark.timeout(180)


def quietly(_: str) -> None:
    """Nobody is told what is being done."""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDir]:
    state = StateDir.at(tmp_path / "state")
    yield state
    control.down(state, quietly)
    control.forget(state)


def run(state: StateDir, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("MIANZHENG_")}
    command = [sys.executable, "-m", "infra.cli", *arguments, "--state-dir", str(state.root)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])


def current(state: StateDir) -> Stack:
    stack = record.read(state)
    assert stack is not None
    return stack


def replaced(state: StateDir, name: str, killed: ProcessId) -> bool:
    """Whether another process runs as this part."""
    return any(part.name == name and part.process != killed for part in current(state).running())


def until(condition: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


async def _status_of_a_call_back(settings: Settings, sandbox: int) -> int | None:
    """Ask a department for its opinion; gives what the sandbox is told when it brings the answer to our door."""
    department = "11350526MB0000001C"
    request = CollaborationRequest(
        kind=CollaborationKind.OPINION,
        key="STACK-1/opinion/1",
        stream="consultation/STACK-1/opinion",
        application_no="STACK-1",
        item_code="bm_student_card",
        item_name="学生公交优待证",
        purpose="办理学生公交优待证",
        operator=Actor(kind=ActorKind.CLERK, actor_id="window-1", department=department),
        from_department=department,
        to_department=department,
        evidence_name="学籍证明",
        question="是否同意",
        subject=None,
        due_at=datetime(2026, 1, 8, 9, 30, tzinfo=UTC),
    )
    async with http_client(2) as http:
        collaboration = acting_clients(settings.platforms, http).collaboration
        assert collaboration is not None
        assert isinstance(await collaboration.request(request), PlatformReceipt)
        async with asyncio.timeout(10):
            while True:
                told = (await http.get(f"http://127.0.0.1:{sandbox}/control/callbacks")).json()["tried"]
                if told:
                    status: int | None = told[0]["status"]
                    return status
                await asyncio.sleep(0.05)


async def _seen_through_the_ui(settings: Settings, ui: int, token: str) -> tuple[list[str], list[tuple[str, str]]]:
    """What the UI is shown of a sealed request by the codec server it was told of, and one with a token; and what is on
    record of it."""
    asked = a_request()
    plain = Payload(metadata={"encoding": b"json/plain"}, data=asked.model_dump_json().encode())
    sealed = await codec_of(settings.temporal).encode([plain])
    body = json_format.MessageToJson(Payloads(payloads=sealed))
    async with http_client(2) as http:
        told = (await http.get(f"http://127.0.0.1:{ui}/api/v1/settings")).json()["Codec"]["Endpoint"]
        headers = {"origin": settings.codec_server.ui_origin}
        door = f"http://127.0.0.1:{settings.codec_server.port}"
        answers = [
            await http.post(f"{told}/decode", content=body, headers=headers),
            await http.post(f"{door}/decode", content=body, headers=headers | {"authorization": f"Bearer {token}"}),
        ]
    shown = [json_format.ParseDict(a.json(), Payloads()).payloads[0].data.decode() for a in answers]
    assert settings.postgres.admin_dsn is not None
    connection = await asyncpg.connect(settings.postgres.admin_dsn.get_secret_value())
    rows = await connection.fetch("SELECT principal_id, application_no FROM access.entry ORDER BY at")
    await connection.close()
    assert all(asked.application_no in each and asked.parties[0].id_number not in each for each in shown)
    return shown, [tuple(row) for row in rows]


def test_what_runs_is_watched(state: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """One stack for all of it, for a start costs seconds."""
    stack, fresh = control.up(state, Plan(), quietly)
    assert fresh
    told = json.loads(run(state, "status", "--json").stdout)
    assert told["phase"] == "ready"
    parts = {"worker-1", "sandbox", "codec", "gateway", "relay", "temporal", "postgres"}
    assert {part["name"] for part in told["parts"]} == parts

    for private in (state.settings, state.sandbox_secrets, state.temporal, state.issuer_key):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    listening = [c.laddr for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr]
    for port in told["ports"].values():
        assert {address.ip for address in listening if address.port == port} == {"127.0.0.1"}

    monkeypatch.setenv("MIANZHENG_CONFIG", str(state.settings))
    status = asyncio.run(_status_of_a_call_back(Settings(), told["ports"]["sandbox"]))
    assert status == 404, "let in by its seal, and nobody waits for the answer"

    token = run(state, "token", "supervisor", "--subject", "sup-1").stdout.strip()
    shown, looked = asyncio.run(_seen_through_the_ui(Settings(), told["ports"]["ui"], token))
    assert all(MASK in each for each in shown)
    number = a_request().application_no
    assert looked == [("local-ui", number), ("sup-1", number)]

    assert control.up(state, Plan(workers=3), quietly) == (stack, False), "running already: nothing is changed"

    for name in ("worker-1", "relay"):
        killed = next(part.process for part in stack.parts if part.name == name)
        os.kill(killed.pid, signal.SIGKILL)
        until(partial(replaced, state, name, killed))
        assert f"{name} 已被信号 SIGKILL 结束" in run(state, "status").stderr

    temporal = next(part.process for part in stack.parts if part.name == "temporal")
    os.kill(temporal.pid, signal.SIGKILL)
    until(lambda: current(state).phase == "failed")
    assert not any(is_running(part.process) for part in stack.parts)
    failed = run(state, "status")
    assert failed.returncode == 4
    assert "temporal 已被信号 SIGKILL 结束" in failed.stderr


def test_a_usual_port_that_is_taken_is_replaced_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setitem(choose.__globals__["USUAL"], "ui", port)
        ports, notes = choose({}, {})
        assert ports.ui != port
        assert any(str(port) in note and str(ports.ui) in note for note in notes)
        with pytest.raises(PortInUse):
            choose({"codec": port}, {})


def test_ports_of_the_last_run_come_first() -> None:
    before, _ = choose({}, {})
    ports, _ = choose({}, {"ui": before.sandbox})
    assert ports.ui == before.sandbox


def test_nobody_elses_process_is_ended(state: StateDir) -> None:
    """A recorded process id that belongs to another process by now is left alone."""
    state.create()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        process = identify(stranger.pid)
        assert process is not None
        stale = process.model_copy(update={"started": process.started - 1})
        control.end_parts(
            Stack(
                phase="ready",
                step="",
                started_at="2026-01-01T00:00:00Z",
                supervisor=stale,
                parts=(record.Part(name="worker-1", process=stale, seconds=1.0),),
            )
        )
        assert stranger.poll() is None
        stranger.kill()

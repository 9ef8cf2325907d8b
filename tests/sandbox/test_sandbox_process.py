"""``python -m infra.sandbox`` as the stack starts it: quickly there, cleanly gone, clear about what it is not given."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import httpx

from schemas.codes import Platform

ROOT = Path(__file__).parents[2]
COUNTY = ROOT / "infra" / "catalogue" / "350526"


async def _start(tmp_path: Path, *more: str) -> asyncio.subprocess.Process:
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({p.value: {"access_id": "a", "secret": "s"} for p in Platform}))
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.sandbox", "--host", "127.0.0.1", "--port", "0", "--catalogue", str(COUNTY),
        "--seed", "1", "--size", "400", "--secrets", str(secrets), *more,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_it_starts_serves_and_ends(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    started = time.monotonic()
    process = await _start(tmp_path, "--ready-file", str(ready))
    try:
        while not ready.exists():
            assert process.returncode is None
            assert time.monotonic() - started < 20
            await asyncio.sleep(0.01)
        port = json.loads(ready.read_text())["port"]
        async with httpx.AsyncClient(trust_env=False) as http:
            told = await http.get(f"http://127.0.0.1:{port}/control/calls")
            assert told.json() == {"total": 0, "counts": {}, "calls": []}
            process.send_signal(signal.SIGTERM)
            output = await asyncio.wait_for(process.communicate(), 10)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0
    assert output == (b"", b"")


async def test_what_it_is_not_given_is_named(tmp_path: Path) -> None:
    process = await _start(tmp_path, "--catalogue", str(tmp_path / "nowhere"))
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert "catalogue.yaml" in errors.decode()
    assert "Traceback" not in errors.decode()

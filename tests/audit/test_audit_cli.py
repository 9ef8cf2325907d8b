"""The auditor's drill with the commands of docs/audit.md: a witness as a process, a head kept, an export, a check."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from infra.embedded import settings_file
from infra.embedded.ports import any_free
from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.sequencer import sequence
from infra.ledger.writer import PostgresLedger
from infra.settings import AuditSettings
from infra.transparency import keeper
from schemas.ledger import AppendRequest
from tests.audit.tampering import tamper
from tests.cli.program import ROOT, mianzheng, write_settings
from tests.ledger.cases import whole_case


@asynccontextmanager
async def running(*arguments: str, ready: Path) -> AsyncIterator[None]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("MIANZHENG_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infra.cli", *arguments, "--ready-file", str(ready)), cwd=ROOT, env=env
    )
    try:
        async with asyncio.timeout(60):
            while not ready.exists():  # noqa: ASYNC240 - a stat
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def once(pool: asyncpg.Pool, settings: AuditSettings) -> None:
    """The relay's part, until a head over everything is placed everywhere."""
    stopping = asyncio.Event()
    task = asyncio.create_task(keeper.run(pool, settings, stopping))
    places = len(settings.witnesses) + 1
    query = "SELECT count(*) FROM ledger.placement WHERE size = (SELECT max(index) + 1 FROM ledger.leaf)"
    async with asyncio.timeout(30):
        while await pool.fetchval(query) < places:
            await asyncio.sleep(0.02)
    stopping.set()
    await task


async def test_the_drill(
    database: asyncpg.Pool, admin: asyncpg.Pool, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    settings = write_settings(tmp_path / "state", None, postgres.dsn(APP_ROLE, database_name))

    async def said(*arguments: str, code: int = 0) -> str:
        ended = await mianzheng(*arguments, settings=settings)
        assert ended.code == code, ended.stdout + ended.stderr
        return ended.stdout + (ended.stderr if code else "")

    key = (await said("audit", "key", str(tmp_path / "state" / "log-key"), "--origin", "mianzheng/350526")).strip()
    witness_dir, port = tmp_path / "witness", any_free(())
    witness_key = tmp_path / "witness.vkey"
    witness_dir.mkdir()
    named = ("--origin", "witness/city", "--witness")
    witness_key.write_text(await said("audit", "key", str(witness_dir / "key"), *named))
    known = settings_file.read(settings)
    place = {"url": f"http://127.0.0.1:{port}", "key": witness_key.read_text().strip()}
    told = AuditSettings.model_validate(known["audit"] | {"witnesses": [place], "interval_seconds": 0.05})
    serving = ("witness", "--dir", str(witness_dir), "--log", key, "--port", str(port))
    ledger = PostgresLedger(database, SubjectKeys(database, base64.b64decode(known["identity"]["master_key"])))

    async with running(*serving, ready=tmp_path / "ready"):
        for number in ("A-1", "A-2"):
            await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case(number)))
        await sequence(database)
        await once(database, told)
        kept = tmp_path / "kept.txt"
        kept.write_text(await said("audit", "checkpoint"))
        await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case("A-3")))
        await sequence(database)
        await once(database, told)

    bundle = str(tmp_path / "bundle.zip")
    asked = ("audit", "export", "A-2", "--out", bundle, "--complete", "--anchor", str(kept))
    assert "已导出 1 件办件 9 条事件，日志第 27 条" in await said(*asked)
    check = ("audit", "verify", bundle, "--key", key, "--witness", str(witness_key), "--checkpoint", str(kept))
    report = await said(*check, code=5)  # the made-up catalogue was never published
    assert report.count("【已证明】") == 8
    assert "【未能证明】目录版本" in report
    assert "【不符】" not in report

    file = str(tmp_path / "state" / "checkpoints.jsonl")
    assert "【不符】" not in await said(*check, "--checkpoint", file, code=5), "the append-only file serves as well"

    month = str(tmp_path / "month.zip")
    assert "已导出 3 件办件 27 条事件" in await said("audit", "export", "--from", "2025-01-01", "--out", month)
    assert "没有 A-9" in await said("audit", "export", "A-9", "--out", month, code=3)
    assert "没有符合条件的办件" in await said("audit", "export", "--route", "commitment", "--out", month, code=3)
    assert "须写明 reason" in await said("audit", "export", "A-2", "--with-files", "--out", month, code=2)
    assert "query.outcome" in await said("audit", "export", "--outcome", "maybe", "--out", month, code=2)
    book, files = tmp_path / "台账.xlsx", tmp_path / "files.zip"
    assert "已导出 3 件办件" in await said("audit", "export", "--format", "xlsx", "--quiet", "--out", str(book))
    assert book.read_bytes().startswith(b"PK")
    await said("audit", "export", "A-2", "--with-files", "--reason", "复核材料真伪", "--out", str(files))
    assert "随附文件" in await said("audit", "verify", str(files), "--key", key, code=5)

    await tamper(admin, "UPDATE ledger.event SET canonical = replace(canonical, '办理', '补办')")
    await said("audit", "export", "A-2", "--out", bundle)
    assert "【不符】事件在册" in await said(*check, code=1)
    (tmp_path / "bundle.zip").write_bytes(b"PK")
    assert "无法核验" in await said(*check, code=2)

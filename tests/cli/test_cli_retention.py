"""erase, hold and purge as an operator runs them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import asyncpg
from temporalio.client import Client

from infra.cli.retention import histories_until
from infra.embedded import settings_file
from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from schemas.ledger import AppendRequest
from tests.cli.program import ROOT, Ended, mianzheng, write_settings
from tests.ledger.cases import APPLICANT, SPOUSE, whole_case
from tests.temporal_fixtures import settings_for

if TYPE_CHECKING:
    from infra.settings import Settings

LONG_AGO = datetime(2012, 3, 1, 1, 30, tzinfo=UTC)
ORDER = ("--order", "德政办〔2026〕3号")


async def test_two_people_erase_a_person_and_a_hold_keeps_the_other(
    database: asyncpg.Pool, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    settings = write_settings(tmp_path / "state", None, postgres.dsn(APP_ROLE, database_name))
    known = settings_file.read(settings)
    known["postgres"]["admin_dsn"] = postgres.dsn(OWNER_ROLE, database_name)
    settings_file.write(settings, known)
    master_key = base64.b64decode(known["identity"]["master_key"])
    ledger = PostgresLedger(database, SubjectKeys(database, master_key))

    async def done(*arguments: str, code: int = 0) -> Ended:
        ended = await mianzheng(*arguments, settings=settings)
        assert ended.code == code, ended.stdout + ended.stderr
        return ended

    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case("A-1", LONG_AGO)))
    await done("audit", "erase", "350526199001010019", *ORDER, "--by", "gh-1", code=2)
    await done("audit", "erase", APPLICANT, "--order", "", "--by", "gh-1", code=2)

    held = ("audit", "hold", "place", "FY-1", "--ground", "reconsideration", "--subject", SPOUSE, *ORDER)
    await done(*held, "--by", "gh-3", "--reason", "申请复议")
    assert "行政复议" in (await done("audit", "hold", "list")).stdout
    refused = await done("audit", "erase", SPOUSE, *ORDER, "--by", "gh-1", code=1)
    assert "不予清除" in refused.stdout and "留存令" in refused.stdout

    ordered = await done("audit", "erase", APPLICANT, *ORDER, "--by", "gh-1")
    assert "须由另一人" in ordered.stdout and "未能询问 Temporal" in ordered.stdout
    same = await done("audit", "erase", APPLICANT, *ORDER, "--by", "gh-1", "--confirm", "--json", code=1)
    assert [reason["code"] for reason in json.loads(same.stdout)["reasons"]] == ["same_person"]
    assert "已清除" in (await done("audit", "erase", APPLICANT, *ORDER, "--by", "gh-2", "--confirm")).stdout
    trail = await done("trail", "A-1")
    assert "核验通过" in trail.stdout and f"已清除：{APPLICANT}" in trail.stdout
    assert json.loads((await done("trail", "A-1", "--json")).stdout)["erased"] == [APPLICANT]

    await done("audit", "hold", "release", "FY-1", "--order", "复议决定1号", "--by", "gh-3")
    assert "没有" in (await done("audit", "hold", "list")).stdout
    await done("audit", "hold", "release", "FY-9", "--order", "复议决定1号", "--by", "gh-3", code=2)
    assert "没有到期的" in (await done("audit", "purge", "inbox", "--by", "gh-1")).stdout
    await done("audit", "purge", "ledger", "--by", "gh-1", code=2)
    rows = await database.fetch("SELECT type FROM ledger.event WHERE stream LIKE 'register/%'")
    types = [row["type"] for row in rows]
    assert {"erasure_begun", "subject_erased", "erasure_refused", "hold_placed", "hold_released"} < set(types)


async def test_a_process_killed_between_record_and_key_is_gone_on_with(
    database: asyncpg.Pool, admin: asyncpg.Pool, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    settings = write_settings(tmp_path / "state", None, postgres.dsn(APP_ROLE, database_name))
    known = settings_file.read(settings)
    known["postgres"]["admin_dsn"] = postgres.dsn(OWNER_ROLE, database_name)
    settings_file.write(settings, known)
    keys = SubjectKeys(database, base64.b64decode(known["identity"]["master_key"]))
    ledger = PostgresLedger(database, keys)
    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case("A-1", LONG_AGO)))
    erase = ("audit", "erase", APPLICANT, *ORDER)
    assert (await mianzheng(*erase, "--by", "gh-1", settings=settings)).code == 0
    async with admin.acquire() as connection, connection.transaction():
        # The key cannot be destroyed for now, so that is where the process stands when it is killed.
        await connection.execute("SELECT FROM identity.subject_key WHERE subject_ref = $1 FOR UPDATE", APPLICANT)
        env = {k: v for k, v in os.environ.items() if not k.startswith("MIANZHENG_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "infra.cli", *erase, "--by", "gh-2", "--confirm"),
            cwd=ROOT,
            env=env | {"MIANZHENG_CONFIG": str(settings)},
        )
        async with asyncio.timeout(60):
            while not await database.fetchval("SELECT EXISTS (SELECT FROM ledger.event WHERE type = 'erasure_begun')"):
                assert process.returncode is None
                await asyncio.sleep(0.02)
        process.kill()
        await process.wait()
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ('mianzheng-eraser',"
        " 'mianzheng-cli') AND datname = $1",
        database_name,
    )
    ended = await mianzheng(*erase, "--by", "gh-2", "--confirm", settings=settings)
    assert ended.code == 0 and "已清除" in ended.stdout, ended.stderr
    assert not await keys.existing([APPLICANT])
    rows = await database.fetch(
        "SELECT type FROM ledger.event WHERE stream LIKE 'register/erasure/%' ORDER BY position"
    )
    assert [row["type"] for row in rows] == ["erasure_ordered", "erasure_begun", "subject_erased"]


async def test_without_a_role_that_may_nothing_is_destroyed(
    database: asyncpg.Pool, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    settings = write_settings(tmp_path / "state", None, postgres.dsn(APP_ROLE, database_name))
    known = settings_file.read(settings)
    del known["postgres"]["admin_dsn"]
    settings_file.write(settings, known)
    ended = await mianzheng("audit", "purge", "inbox", "--by", "gh-1", settings=settings)
    assert ended.code == 2 and "eraser_dsn" in ended.stderr


async def test_whoever_orders_is_told_when_temporal_has_forgotten(client: Client, server: str, tmp_path: Path) -> None:
    told = settings_for(server)
    settings = cast("Settings", SimpleNamespace(temporal=told))
    until = await histories_until(settings)
    assert until is not None and until > datetime.now(UTC) + timedelta(hours=23)
    nowhere = cast("Settings", SimpleNamespace(temporal=settings_for("127.0.0.1:1")))
    assert await histories_until(nowhere) is None

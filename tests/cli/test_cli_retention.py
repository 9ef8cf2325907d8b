"""erase, hold and purge as an operator runs them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from infra.embedded import settings_file
from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import sequencer
from infra.ledger.writer import PostgresLedger
from schemas.ledger import AppendRequest
from tests.cli.program import Ended, mianzheng, write_settings
from tests.ledger.cases import APPLICANT, SPOUSE, whole_case

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

    async def read() -> None:
        await sequencer.sequence(database)
        await done("projections", "rebuild", "uses")

    await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case("A-1", LONG_AGO)))
    await sequencer.sequence(database)
    behind = await done("audit", "erase", APPLICANT, *ORDER, "--by", "gh-1", code=1)
    assert "使用记录尚未读完台账" in behind.stderr
    await read()
    await done("audit", "erase", "350526199001010019", *ORDER, "--by", "gh-1", code=2)
    await done("audit", "erase", APPLICANT, "--order", "", "--by", "gh-1", code=2)

    held = ("audit", "hold", "place", "FY-1", "--ground", "reconsideration", "--subject", SPOUSE, *ORDER)
    await done(*held, "--by", "gh-3", "--reason", "申请复议")
    assert "行政复议" in (await done("audit", "hold", "list")).stdout
    await read()
    refused = await done("audit", "erase", SPOUSE, *ORDER, "--by", "gh-1", code=1)
    assert "不予清除" in refused.stdout and "留存令" in refused.stdout

    await read()
    ordered = await done("audit", "erase", APPLICANT, *ORDER, "--by", "gh-1")
    assert "须由另一人" in ordered.stdout and "未能询问 Temporal" in ordered.stdout
    await read()
    same = await done("audit", "erase", APPLICANT, *ORDER, "--by", "gh-1", "--confirm", "--json", code=1)
    assert [reason["code"] for reason in json.loads(same.stdout)["reasons"]] == ["same_person"]
    await read()
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


async def test_without_a_role_that_may_nothing_is_destroyed(
    database: asyncpg.Pool, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    settings = write_settings(tmp_path / "state", None, postgres.dsn(APP_ROLE, database_name))
    known = settings_file.read(settings)
    del known["postgres"]["admin_dsn"]
    settings_file.write(settings, known)
    ended = await mianzheng("audit", "purge", "inbox", "--by", "gh-1", settings=settings)
    assert ended.code == 2 and "eraser_dsn" in ended.stderr

"""What is looked at with the command line is an event too, under the name of who is at the terminal."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import asyncpg

from infra.embedded import settings_file
from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import sequencer
from infra.ledger.writer import PostgresLedger
from infra.transparency import checkpoints
from infra.transparency.keys import load_key
from infra.transparency.log import MerkleLog
from schemas.ledger import AppendRequest
from tests.cli.program import Ended, mianzheng, write_settings
from tests.ledger.cases import APPLICANT, SPOUSE, whole_case


async def test_trail_export_and_uses_are_on_record(
    database: asyncpg.Pool, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    settings = write_settings(tmp_path / "state", None, postgres.dsn(APP_ROLE, database_name))
    settings.write_text('operator = "gh-007"\n' + settings.read_text())
    master_key = base64.b64decode(settings_file.read(settings)["identity"]["master_key"])
    ledger = PostgresLedger(database, SubjectKeys(database, master_key))

    async def done(*arguments: str, code: int = 0) -> Ended:
        ended = await mianzheng(*arguments, settings=settings)
        assert ended.code == code, ended.stdout + ended.stderr
        return ended

    async def looks() -> list[tuple[str, str, list[str]]]:
        rows = await database.fetch("SELECT canonical FROM ledger.event WHERE type = 'looks_recorded'")
        bodies = [json.loads(row["canonical"])["body"] for row in rows]
        assert {body["door"] for body in bodies} <= {"cli"}
        return sorted((look["action"], look["who"], look["cases"]) for body in bodies for look in body["looks"])

    await done("trail", "A-9", code=3)
    assert not await looks(), "there was nothing to see"
    for number in ("A-1", "A-2"):
        await ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole_case(number)))
    await done("trail", "A-1")
    key = tmp_path / "state" / "log-key"
    await done("audit", "key", str(key), "--origin", "mianzheng/350526")
    await sequencer.sequence(database)
    signer = load_key(key)
    log = await MerkleLog.open(database, signer.name, signer.suite)
    await log.grow(database)
    await checkpoints.sign(database, log, signer)
    await done("audit", "export", "--from", "2025-01-01", "--out", str(tmp_path / "b.zip"))
    seen = await looks()
    assert ("trail", "gh-007", ["A-1"]) in seen
    [exported] = [cases for action, _, cases in seen if action == "export"]
    assert {"A-1", "A-2"} < set(exported) and exported[-1].startswith("R-"), "the register's own day is in it too"

    await sequencer.sequence(database)
    assert "uses：20 个事件" in (await done("projections", "rebuild", "uses")).stdout
    told = json.loads((await done("audit", "uses", SPOUSE, "--json")).stdout)
    assert sorted((use["kind"], use["application_no"]) for use in told["uses"]) == [
        ("export", "A-1"), ("export", "A-2"), ("taken_in", "A-1"), ("taken_in", "A-2"), ("trail", "A-1"),
    ]  # fmt: skip
    shown = (await done("audit", "uses", APPLICANT, "--limit", "3")).stdout
    assert "导出" in shown and "gh-007" in shown
    assert ("access_record", "gh-007", []) in await looks()
    await done("audit", "uses", "350526199001010019", code=2)
    await done("audit", "uses", APPLICANT, "--cursor", "x", code=2)

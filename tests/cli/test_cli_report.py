"""report …: made once, fetched, made again and compared; what is wrong is said with its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client

from infra.embedded import settings_file
from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.settings import TemporalSettings
from tests.cli.program import mianzheng, write_settings
from tests.report.test_report_workflow import Dying, served
from tests.report.world import Office

TITLE = "“无证明城市”建设月报（2025年11月）"


async def test_a_report_is_made_fetched_and_made_again(
    tmp_path: Path,
    postgres: EmbeddedPostgres,
    database: asyncpg.Pool,
    database_name: str,
    client: Client,
    temporal_settings: TemporalSettings,
) -> None:
    settings = write_settings(tmp_path, temporal_settings, postgres.dsn(APP_ROLE, database_name))
    office = await Office(database, tmp_path).open()
    await office.cases("N-1", "N-2")
    out = tmp_path / "月报"
    async with served(client, Dying(office.desk)) as queue:
        told = settings_file.read(settings)
        settings_file.write(settings, settings_file.overlaid(told, {"temporal": {"task_queue": queue}}))
        made = await mianzheng("report", "monthly", "2025-11", "--out", str(out), settings=settings)
        assert made.code == 0, made.stderr
        assert TITLE in made.stdout and "第 1 版" in made.stdout
        again = await mianzheng("report", "monthly", "2025-11", "--json", settings=settings)
        assert json.loads(again.stdout)["edition"] == 1
        early = await mianzheng("report", "monthly", "2099-01", settings=settings)
        assert early.code == 1 and "期间尚未开始" in early.stderr
    assert sorted(path.name for path in out.iterdir()) == [f"{TITLE}.html", f"{TITLE}.xlsx"]

    await office.cases("N-3")
    for what in ("2025-11", str(out / f"{TITLE}.xlsx"), str(out / f"{TITLE}.html")):
        checked = await mianzheng("report", "check", what, "--json", settings=settings)
        assert checked.code == 0, checked.stderr
        assert json.loads(checked.stdout)["same"] == {"figures": True, "xlsx": True, "html": True}
    (out / "另一份.xlsx").write_bytes((out / f"{TITLE}.xlsx").read_bytes() + b" ")
    changed = await mianzheng("report", "check", str(out / "另一份.xlsx"), settings=settings)
    assert changed.code == 3 and "没有登记" in changed.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("monthly", "2026-13"), 2, "name"),
        (("monthly", "2026-Q4"), 2, "YYYY-MM"),
        (("quarterly", "2026-11"), 2, "YYYY-Qn"),
        (("monthly", "2026-11", "--send"), 2, "report.smtp"),
        (("check", "nonsense"), 2, "name"),
    ],
)
async def test_what_is_wrong_is_said(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    settings = write_settings(tmp_path, None, "postgresql://nobody@127.0.0.1:1/none")
    ended = await mianzheng("report", *arguments, settings=settings)
    assert (ended.code, said in ended.stderr) == (code, True), ended.stderr

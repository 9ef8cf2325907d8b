"""The daily reconciliation from its schedule to the register, and the commands for people."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from activities.reconcile import ReconcileActivities
from infra.embedded import settings_file
from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.ledger.trail import events_of, read_trail
from infra.settings import Settings
from infra.temporal.schedules import keep
from schemas.reconcile import Code
from schemas.reconcile_events import ReconcileDone
from tests.cli.program import mianzheng, write_settings
from tests.reconcile.conftest import MASTER_KEY, County
from tests.test_settings import values
from tests.workflows.waiting import eventually_async
from workers.jobs import jobs
from workers.registry import Role
from workers.serve import build_workers


async def test_the_schedule_brings_its_result_into_the_register(place: County) -> None:
    (job,) = [each for each in jobs(Settings.model_validate(values())) if each.name == "reconcile"]
    assert await keep(place.client, place.settings.task_queue, [job]) == ("reconcile",)
    activities = place.world.activities()
    activities[Role.AUDIT] = (ReconcileActivities(place.reconciler).reconcile,)
    (worker,) = build_workers(place.client, place.settings, activities)
    async with worker:
        handle = await place.start()
        await handle.terminate("不想办了")
        await place.client.get_schedule_handle(job.name).trigger()

        async def entered() -> set[str]:
            rows = await place.pool.fetch("SELECT stream, type FROM ledger.event WHERE type = 'reconcile_done'")
            return {row["type"] for row in rows}

        await eventually_async(entered, {"reconcile_done"}, 30)
    number = await place.pool.fetchval("SELECT application_no FROM ledger.event WHERE type = 'reconcile_done'")
    (done,) = [e.body for e in events_of(await read_trail(place.pool, number)) if isinstance(e.body, ReconcileDone)]
    assert done.counts == {Code.TERMINATED: 1}


async def test_the_commands_find_and_account(
    place: County, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path
) -> None:
    async with place.served():
        handle = await place.start()
        await handle.terminate("不想办了")
    settings = write_settings(tmp_path, place.settings, postgres.dsn(APP_ROLE, database_name))
    table = settings_file.read(settings)
    table["identity"]["master_key"] = base64.b64encode(MASTER_KEY).decode()
    settings_file.write(settings, table)
    found = await mianzheng("audit", "reconcile", "--json", settings=settings)
    assert found.code == 1, found.stderr
    (finding,) = json.loads(found.stdout)["findings"]
    shown = await mianzheng("audit", "reconcile", "--look", settings=settings)
    assert shown.code == 1 and "流程被强行终止" in shown.stdout
    about = (finding["code"], finding["stream"], finding["run_id"], str(finding["history_event"]))
    why = ("--reason", "重复收件", "--reference", "督办单 12", "--by", "s-1")
    explained = await mianzheng("audit", "explain", *about, *why, settings=settings)
    assert explained.code == 0, explained.stderr
    refused = await mianzheng("audit", "explain", "missing", *about[1:], *why, settings=settings)
    assert refused.code == 2
    number = handle.id.partition("/")[2]
    clean = await mianzheng("audit", "reconcile", number, "--deep", settings=settings)
    assert clean.code == 0, clean.stderr + clean.stdout
    assert "对账一致" in clean.stdout and "1 处干预已有说明" in clean.stdout
    unknown = await mianzheng("audit", "reconcile", "T-unknown", settings=settings)
    assert unknown.code == 3

"""statistics: the same figures as tables and as JSON, now and as they were; what is wrong is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import asyncpg
from typer.testing import Result

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger import feed, sequencer
from infra.ledger.writer import PostgresLedger
from schemas.codes import Route
from schemas.events import Event, RungFinding
from schemas.ledger import AppendRequest
from schemas.statistics import Gaps, Statistics
from tests.cli.program import mianzheng, write_settings
from tests.ledger.cases import MASTER_KEY, admitted, attempt, link, received, settled

NOVEMBER = ("--from", "2025-11-01", "--to", "2025-11-30")


def case(number: str) -> tuple[Event, ...]:
    """One requirement verified that the library does not have, two shared."""
    missing = RungFinding(route=Route.ELICENCE, evidence="marriage_certificate", reason="tried_no_record")
    verified = settled(0).model_copy(update={"ground": "verification", "findings": (missing,)})
    return link(number, [received(), admitted(), attempt(1), attempt(2), settled(1), settled(2), verified])


async def test_figures_and_gaps_of_a_period(
    tmp_path: Path, postgres: EmbeddedPostgres, database: asyncpg.Pool, database_name: str
) -> None:
    settings = write_settings(tmp_path, None, postgres.dsn(APP_ROLE, database_name))
    assert (await mianzheng("catalogue", "publish", "infra/catalogue/350526", settings=settings)).code == 0
    ledger = PostgresLedger(database, SubjectKeys(database, MASTER_KEY))
    for number in ("S-1", "S-2"):
        await ledger.append(AppendRequest(run_id=number, chain_run_id=number, events=case(number)))
    await sequencer.sequence(database)
    rebuilt = await mianzheng("projections", "rebuild", "statistics", settings=settings)
    assert (rebuilt.code, "14" in rebuilt.stdout) == (0, True)

    told = await mianzheng("statistics", *NOVEMBER, "--by", "route", "--json", settings=settings)
    found = Statistics.model_validate_json(told.stdout)
    assert found.as_of == await feed.head(database) == 13
    assert (found.total.evidence.exempted, found.total.cases.received) == (6, 2)
    assert {row.key: row.figures.evidence.exempted for row in found.rows} == {"": 0, "elicence": 4, "verification": 2}
    assert found.total.evidence.exempted_rate == 1.0
    assert {row.figures.evidence.exempted_rate for row in found.rows} == {None}, "of one route there is no rate"
    table = await mianzheng("statistics", *NOVEMBER, "--by", "route", settings=settings)
    assert all(word in table.stdout for word in ("免提交率", "100.00%", "电子证照库", "信息核验", "合计", "命中率"))

    worst = await mianzheng("statistics", *NOVEMBER, "--gaps", "--json", settings=settings)
    [gap] = Gaps.model_validate_json(worst.stdout).rows
    assert (gap.evidence, gap.route, gap.failed) == ("marriage_certificate", Route.ELICENCE, 2)
    gaps = await mianzheng("statistics", *NOVEMBER, "--gaps", settings=settings)
    assert "已查，无记录" in gaps.stdout

    first = await mianzheng("statistics", *NOVEMBER, "--as-of", "6", "--json", settings=settings)
    assert json.loads(first.stdout)["total"]["cases"]["received"] == 1
    ahead = await mianzheng("statistics", *NOVEMBER, "--as-of", "99", settings=settings)
    assert (ahead.code, "99" in ahead.stderr) == (3, True)
    nothing = await mianzheng("statistics", "--from", "2020-01-01", "--to", "2020-01-31", settings=settings)
    assert (nothing.code, nothing.stdout.strip()) == (0, "此期间没有可统计的事")


def test_a_wrong_period_is_2_and_nothing_running_is_4(invoke: Callable[..., Result]) -> None:
    assert invoke("statistics", "--from", "2026-02-01", "--to", "2026-01-01").exit_code == 2
    assert invoke("statistics", "--from", "yesterday").exit_code == 2
    assert invoke("statistics", "--by", "weather").exit_code == 2
    assert invoke("statistics").exit_code == 4

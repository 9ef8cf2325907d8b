"""Commands as processes of their own: how they end, and what they say when something does not answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from temporalio.client import Client

from infra.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from infra.settings import TemporalSettings
from tests.cli.program import mianzheng, write_settings

TIMES = 50
AT_ONCE = 5
NOWHERE = "postgresql://x@/x?host=/nowhere"


@pytest.fixture
def settings(tmp_path: Path, temporal_settings: TemporalSettings, client: Client) -> Path:
    """Settings with a Temporal server that answers (and has our search attributes) and no database."""
    return write_settings(tmp_path, temporal_settings, NOWHERE)


async def test_a_process_that_used_a_temporal_client_ends_cleanly_every_time(settings: Path) -> None:
    """Left to the interpreter, some abort at exit (temporalio/sdk-python#300)."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def once() -> tuple[int, str]:
        async with limit:
            ended = await mianzheng("application", "list", "--limit", "1", "--json", settings=settings)
            json.loads(ended.stdout)
            return ended.code, ended.stderr

    ends = await asyncio.gather(*(once() for _ in range(TIMES)))
    assert [code for code, _ in ends] == [0] * TIMES, [said for code, said in ends if code != 0][:1]


async def test_a_case_that_is_not_there_is_3(settings: Path) -> None:
    for command in ("status", "explain", "wait"):
        ended = await mianzheng("application", command, "NONE-1", settings=settings)
        assert (ended.code, ended.stdout) == (3, ""), command


async def test_withdrawing_needs_an_operator_of_a_real_department(settings: Path) -> None:
    act = ("application", "withdraw", "NONE-1", "--reason", "x", "--operator", "c1", "--department")
    assert (await mianzheng(*act, "123", settings=settings)).code == 2
    assert (await mianzheng(*act, "11350526MB0000002F", settings=settings)).code == 3


async def test_a_database_that_does_not_answer_is_4(settings: Path) -> None:
    ended = await mianzheng("trail", "NONE-1", "--json", settings=settings)
    assert ended.code == 4
    error = json.loads(ended.stderr.splitlines()[-1])["error"]
    assert (error["exit_code"], "数据库" in error["message"]) == (4, True)


async def test_a_server_that_does_not_answer_is_4(tmp_path: Path) -> None:
    ended = await mianzheng("application", "status", "X", settings=write_settings(tmp_path, None, NOWHERE))
    assert ended.code == 4
    assert "Traceback" not in ended.stderr


async def test_the_trail_of_an_unknown_case_is_3(
    tmp_path: Path, postgres: EmbeddedPostgres, database_name: str
) -> None:
    settings = write_settings(tmp_path, None, postgres.dsn(APP_ROLE, database_name))
    assert (await mianzheng("trail", "NONE-1", settings=settings)).code == 3


async def test_migrate_is_needed_first_and_may_be_repeated(
    tmp_path: Path, postgres: EmbeddedPostgres, database_name: str
) -> None:
    settings = write_settings(tmp_path, None, postgres.dsn(OWNER_ROLE, database_name))
    assert (await mianzheng("migrate", settings=settings)).code == 0
    assert (await mianzheng("migrate", settings=settings)).code == 0


async def test_catalogue_is_published_once_and_shown(
    tmp_path: Path, postgres: EmbeddedPostgres, database_name: str
) -> None:
    settings = write_settings(tmp_path, None, postgres.dsn(APP_ROLE, database_name))
    assert (await mianzheng("catalogue", "show", settings=settings)).code == 3
    folder = "infra/catalogue/350526"
    first = await mianzheng("catalogue", "publish", folder, "--json", settings=settings)
    again = await mianzheng("catalogue", "publish", folder, "--json", settings=settings)
    assert (first.code, again.code, first.stdout) == (0, 0, again.stdout)
    shown = await mianzheng("catalogue", "show", "--json", settings=settings)
    assert json.loads(shown.stdout)["digest"] == json.loads(first.stdout)["digest"]

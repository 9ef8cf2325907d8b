"""completion start: a licence is completed once, however often it is asked; what is wrong is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus
from typer.testing import Result

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.settings import TemporalSettings
from tests.cli.program import mianzheng, write_settings
from tests.workflows.long_world import DECIDING

Invoke = Callable[..., Result]


def request(**changes: Any) -> str:
    values: dict[str, Any] = {
        "evidence_type": "resident_id_card",
        "opened_by": "counter",
        "lack": "no_record",
        "holder": {
            "party_id": "holder",
            "role": "holder",
            "kind": "living",
            "id_type": "111",
            "id_number": "350526199001010019",
            "name": "测试甲",
        },
        "operator": {"kind": "clerk", "actor_id": "window-9", "department": DECIDING},
    }
    return json.dumps(values | changes)


async def test_it_is_started_once_and_names_nobody(
    tmp_path: Path,
    temporal_settings: TemporalSettings,
    client: Client,
    postgres: EmbeddedPostgres,
    database_name: str,
) -> None:
    settings = write_settings(tmp_path, temporal_settings, postgres.dsn(APP_ROLE, database_name))
    assert (await mianzheng("catalogue", "publish", "infra/catalogue/350526", settings=settings)).code == 0
    told = []
    for opened_by in ("counter", "holder"):
        asked = request(opened_by=opened_by)
        ended = await mianzheng("completion", "start", "-", "--json", settings=settings, stdin=asked)
        assert ended.code == 0, ended.stderr
        assert "测试甲" not in ended.stdout + ended.stderr
        assert "350526199001010019" not in ended.stdout + ended.stderr
        told.append(json.loads(ended.stdout))
    assert told[0] == told[1]
    assert told[0]["application_no"].startswith("BQ-resident_id_card-")
    handle = client.get_workflow_handle(told[0]["workflow_id"])
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await handle.terminate("end of the test")
    wrong = await mianzheng("completion", "start", "-", settings=settings, stdin=request(evidence_type="nonsense"))
    assert (wrong.code, "evidence_type" in wrong.stderr) == (2, True)


def test_a_bad_request_names_every_field(invoke: Invoke) -> None:
    result = invoke("completion", "start", "-", stdin=request(lack="lost", operator={"kind": "clerk"}))
    assert result.exit_code == 2
    assert all(field in result.stderr for field in ("lack", "operator.actor_id"))


def test_an_empty_request_is_2_and_nothing_running_is_4(invoke: Invoke) -> None:
    assert invoke("completion", "start", "-", stdin=" ").exit_code == 2
    assert invoke("completion", "start", "-", stdin=request()).exit_code == 4

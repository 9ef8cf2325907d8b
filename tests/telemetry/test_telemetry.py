"""Traces run unbroken, both kinds of metrics stand on one page, and nothing personal is in any of it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.settings import TelemetrySettings
from infra.telemetry.logs import configure_logs, personal_names
from schemas.base import MASK

ROOT = Path(__file__).parents[2]


@pytest.fixture
def seen(server: str, postgres: EmbeddedPostgres, database_name: str, tmp_path: Path) -> dict[str, Any]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {
        "address": server,
        "dsn": postgres.dsn(APP_ROLE, database_name),
        "folder": str(tmp_path),
        "metrics_port": port,
    }
    command = [sys.executable, "-m", "tests.telemetry.traced_process", json.dumps(told)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


async def test_one_trace_from_client_to_http_and_sql(seen: dict[str, Any]) -> None:
    spans = {s["id"]: s for s in seen["spans"]}

    def way_up(span: dict[str, Any]) -> list[str]:
        names = [span["name"]]
        while span["parent"] is not None:
            span = spans[span["parent"]]
            names.append(span["name"])
        return names

    sql = [way_up(s) for s in spans.values() if "append_events" in s["attributes"].get("db.statement", "")]
    http = [way_up(s) for s in spans.values() if s["attributes"].get("http.method") == "POST"]
    assert sql
    assert http
    for way, activity in ((sql[0], "ledger.append"), (http[0], "retrieve")):
        assert activity in way[1], way
        assert any(name.startswith("RunWorkflow") for name in way), way
        assert way[-1].startswith("StartWorkflow"), way

    assert "mianzheng_requirements_settled" in seen["metrics"]
    assert "mianzheng_platform_outcomes" in seen["metrics"]
    assert "temporal_workflow_completed" in seen["metrics"]

    assert seen["personal"]
    everything = json.dumps(seen["spans"], ensure_ascii=False) + seen["metrics"] + seen["log"]
    assert not [v for v in seen["personal"] if v in everything]


def test_logs_are_json_and_mask_what_is_personal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(TelemetrySettings())
    structlog.get_logger("test").info(
        "looked up",
        id_number="350526199001010019",
        party={"name": "测试甲", "role": "applicant"},
        workflow_id="application/A-1",
    )
    line = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    assert line["event"] == "looked up"
    assert line["id_number"] == MASK
    assert line["party"] == {"name": MASK, "role": "applicant"}
    assert line["application_no"] == "A-1"


def test_names_of_personal_fields_come_from_the_marks() -> None:
    assert {"id_number", "name", "facts", "identifier", "holder_code", "content"} <= personal_names()

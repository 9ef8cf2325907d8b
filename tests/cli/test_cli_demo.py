"""The demo, small: what it tells, and that what it tells to look at next is there when it has ended."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
COUNT = 60
LONG = {"verification", "paper_first", "commitment", "deferred_supply", "assistance", "flexible_disposition"}
ALL = LONG | {"abolished", "elicence", "data_sharing", "trusted_document", "volunteered"}


def mianzheng(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("MIANZHENG_")}
    command = [sys.executable, "-m", "infra.cli", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(300)
def test_the_demo_and_what_comes_after(tmp_path: Path) -> None:
    done = mianzheng("demo", "--count", str(COUNT), "--json", "--state-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["cases"] == sum(told["by_result"].values()) == COUNT
    assert told["failed"] == 0
    assert told["by_result"].get("in_hand", 0) == 0
    assert told["still_waiting"] == 0, "nobody is waited for any more"
    assert set(told["routes_opened"]) == LONG
    assert set(told["look_at"]) >= ALL
    assert set(told["settled_by_route"]) >= ALL - LONG
    assert told["dispositions"]
    assert told["reviews"]
    assert told["papers"]
    assert told["alarms"]["blue"] >= told["alarms"].get("red", 0)
    assert told["refused_acts"] > 0
    assert told["spared"] > 0
    assert told["chain_verified"] is True
    assert told["ledger_events"] >= 10 * COUNT
    assert told["ledger_streams"] > COUNT
    assert told["latency_p50_ms"] <= told["latency_p95_ms"]
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or ())]

    command = re.search(r"mianzheng trail (\S+) --state-dir (\S+)", done.stderr)
    assert command is not None
    number, state = command.groups()
    assert number in told["look_at"].values()
    trail = mianzheng("trail", number, "--json", "--state-dir", state)
    assert trail.returncode == 0, trail.stderr
    assert json.loads(trail.stdout)["verified"] is True
    assert "样例" not in trail.stdout, "names of persons are not shown"

    assert mianzheng("up", "--state-dir", state).returncode == 0
    try:
        status = mianzheng("application", "status", number, "--json", "--state-dir", state)
        assert json.loads(status.stdout)["application_no"] == number
    finally:
        assert mianzheng("down", "--delete-data", "--state-dir", state).returncode == 0
    assert not Path(state).exists()
